//! Simulate: what an evaluation and its findings would be after events of other services and commands.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_edge::{Fields, Simulated, Supposing, pb_names, read_status};
use jixiao_eventlog::{Decoded, Difference, Query, Simulation, StoredEvent};
use jixiao_events::finding::Subject;
use jixiao_events::scoring::ScoringEvent;
use jixiao_events::{Evaluated, IndicatorId};
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::scoring::v1::simulated_command::Command as C;
use tonic::{Request, Response, Status};

use super::reader::Reader;
use super::supposed_findings::{self, Changed};
use super::{Answer, Scoring, States, evaluation_query, shown_evaluation};
use crate::domain::state::{
    Evaluation as Open, LoadedScheme, ScoringState, evaluation_key, rows, scheme_version_key,
};
use crate::from_proto;
use crate::log::ScoringDomain;
use crate::to_proto;

/// The most indicators that differ in one answer.
const INDICATORS: usize = 1_000;

/// The most findings.
const FINDINGS: usize = 500;

impl Scoring {
    pub(super) async fn simulated(
        &self,
        request: Request<pb::SimulateRequest>,
    ) -> Answer<pb::SimulateResponse> {
        let (metadata, _, request) = request.into_parts();
        let pb::SimulateRequest { name, commands, foreign_events, wait_for } = request;
        let mut fields = Fields::new();
        let of = fields.evaluated("name", &name);
        let opened = Supposing::open(metadata, commands.len(), &foreign_events, wait_for, &mut fields);
        let (of, mut supposing) = fields.all((of, opened))?;
        let fund = &of.fund;
        for pb::SimulatedCommand { command } in commands {
            match command {
                None => supposing.add_nothing(),
                Some(C::LoadScheme(request)) => supposing.add_call(request, from_proto::load_scheme),
                Some(C::OpenEvaluation(request)) => supposing.add_call(request, from_proto::open_evaluation),
                Some(C::SetManualScore(request)) => supposing.add_call(request, from_proto::set_manual_score),
                Some(C::JudgeIndicator(request)) => supposing.add_call(request, from_proto::judge_indicator),
                Some(C::AnswerFinding(request)) => supposing.add_call(request, from_proto::answer_finding),
                Some(C::ReachDate(request)) => supposing.add_call(request, from_proto::reach_date),
                Some(C::ApproveScheme(request)) => supposing.add_call(request, from_proto::approve_scheme),
                Some(C::WithdrawScheme(request)) => supposing.add_call(request, from_proto::withdraw_scheme),
                Some(C::DescribeEvaluation(request)) => {
                    supposing.add_call(request, from_proto::describe_evaluation);
                }
                Some(C::RecordScore(request)) => supposing.add_call(request, from_proto::record_score),
                Some(C::StateFigure(request)) => supposing.add_call(request, from_proto::state_figure),
            }
        }
        let Simulated { outcomes, not_taken_in, position, appended, mut simulation } =
            supposing.run(&self.log).await?;
        let causes = Causes::of(&of, &appended);
        let before = simulation.before(evaluation_query(&of)).await.map_err(|error| read_status(&error))?;
        let after = simulation.after(evaluation_query(&of)).await.map_err(|error| read_status(&error))?;
        let loaded_before = scheme_of(&mut simulation, &of, &before).await?;
        let loaded_after = scheme_of(&mut simulation, &of, &after).await?;

        let indicators = differences(&mut simulation, &rows("indicator", &of)).await?;
        let indicators = indicators.iter().filter_map(|Difference { before, after, .. }| {
            let result =
                |state: &Option<ScoringState>| state.as_ref().and_then(ScoringState::as_indicator).cloned();
            let (before, after) = (result(before), result(after));
            let indicator = &after.as_ref().or(before.as_ref())?.indicator;
            let causes = causes.of_indicators.get(indicator).cloned().unwrap_or_default();
            to_proto::indicator_difference(&of, before.as_deref(), after.as_deref(), causes)
        });
        let mut indicators: Vec<_> = indicators.collect();
        let indicator_count = count(indicators.len());
        indicators.truncate(INDICATORS);

        // Findings are about funds.
        let changed = match of.project {
            Some(_) => Vec::new(),
            None => supposed_findings::changed(&mut simulation, fund).await?,
        };
        let shown = changed.iter().take(FINDINGS).filter_map(Changed::shown);
        let scheme = loaded_after.as_ref().map(|loaded| loaded.scheme.as_ref());
        // What is only supposed has a name too.
        let supposed = Reader::of_scratch(&self.log, simulation.into_after());
        let about = supposed.about(fund, scheme, shown).await?;
        let findings = changed.iter().take(FINDINGS).filter_map(|changed| {
            let shown = changed.shown()?;
            let of = (shown.subject.clone(), shown.code.clone());
            let causes = causes.of_findings.get(&of).cloned().unwrap_or_default();
            let Changed { before, after } = changed;
            let mut difference = to_proto::finding_difference(before.as_ref(), after.as_ref(), causes)?;
            let names = about.name(&shown.subject).as_ref().map(pb_names);
            for finding in difference.finding.iter_mut().chain(&mut difference.before) {
                finding.subject_names.clone_from(&names);
            }
            Some(difference)
        });
        let findings = findings.collect();
        Ok(Response::new(pb::SimulateResponse {
            outcomes,
            not_taken_in,
            position,
            before: loaded_before.and_then(|loaded| shown_evaluation(&of, &before, &loaded)),
            after: loaded_after.and_then(|loaded| shown_evaluation(&of, &after, &loaded)),
            indicators,
            indicator_count,
            findings,
            finding_count: count(changed.len()),
        }))
    }
}

fn count(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}

/// The scheme that a fund is evaluated by at a moment of a simulation. A version that is there before is there after.
async fn scheme_of(
    simulation: &mut Simulation<'_, ScoringDomain>,
    of: &Evaluated,
    states: &States,
) -> Result<Option<LoadedScheme>, Status> {
    let open = states.get(&evaluation_key(of)).and_then(ScoringState::as_evaluation);
    let Some(Open { scheme, version, .. }) = open else { return Ok(None) };
    let key = scheme_version_key(scheme, *version);
    let read = simulation.after(Query::new().key(&key)).await.map_err(|error| read_status(&error))?;
    Ok(read.get(&key).and_then(ScoringState::as_scheme).cloned())
}

pub(super) async fn differences(
    simulation: &mut Simulation<'_, ScoringDomain>,
    prefix: &str,
) -> Result<Vec<Difference<ScoringState>>, Status> {
    simulation.differences(prefix).await.map_err(|error| read_status(&error))
}

/// Which hypothetical events change what.
#[derive(Debug, Default)]
struct Causes {
    of_indicators: BTreeMap<IndicatorId, Vec<pb::EventRef>>,
    of_findings: BTreeMap<(Subject, String), Vec<pb::EventRef>>,
}

impl Causes {
    fn of(of: &Evaluated, appended: &[(Option<StoredEvent>, Vec<StoredEvent>)]) -> Self {
        let mut causes = Self::default();
        for (source, rows) in appended {
            // What follows from an event of another service is that one's doing; a command's own first event is the command.
            let Some(cause) = source.as_ref().or(rows.first()).map(to_proto::own) else { continue };
            let mut seen: (BTreeSet<IndicatorId>, BTreeSet<(Subject, String)>) = Default::default();
            for row in rows {
                match row.decode() {
                    Ok(Decoded::Domain(ScoringEvent::EvaluationChanged(change)))
                        if (&change.fund, &change.project) == (&of.fund, &of.project) =>
                    {
                        seen.0.extend(change.indicators.into_iter().map(|result| result.indicator));
                        seen.0.extend(change.removed);
                    }
                    Ok(Decoded::Domain(
                        ScoringEvent::FindingRaised { finding, .. }
                        | ScoringEvent::FindingRevised { finding, .. }
                        | ScoringEvent::FindingAnswered { finding, .. }
                        | ScoringEvent::FindingCleared { finding, .. },
                    )) if finding.fund == of.fund => {
                        seen.1.insert((finding.subject, finding.code));
                    }
                    _ => {}
                }
            }
            for indicator in seen.0 {
                causes.of_indicators.entry(indicator).or_default().push(cause.clone());
            }
            for finding in seen.1 {
                causes.of_findings.entry(finding).or_default().push(cause.clone());
            }
        }
        causes
    }
}
