//! Folds events into states. Nothing is computed here: results come ready-made in their events.

use std::collections::BTreeSet;
use std::sync::Arc;

use jixiao_eventlog::Meta;
use jixiao_events::finding::Finding;
use jixiao_events::registry::FilingKind;
use jixiao_events::scoring::{
    EvaluationChange, EvaluationDescribed, Fact, IndicatorResult, IndicatorStatus, Judgement, SchemeApproved,
    SchemeWithdrawn, ScoringEvent,
};
use jixiao_events::targets::{ScoreSubject, TargetRef, UnitMatch};
use jixiao_events::{Evaluated, Number, PartialDate};

use super::facts::{fact_keys, fact_target};
use super::state::{
    Actual, Adjustment, Cited, Defined, Described, Evaluation, Explained, Filing, FundFacts, LoadedScheme,
    ManualScore, OPENINGS, Partial, ProjectFacts, RunningCount, RunningSum, Said, SchemeLife, ScoringState,
    SelfScore, StatedFigure, TakenBack, TargetChange, TargetFacts, attained_key, changes_key, described_key,
    evaluation_key, finding_counts_key, finding_tag, findings_key, fold_life, indicator_key, judged_key,
    manual_key, scheme_key, scheme_version_key, stated_key, stated_places_key, sum_key,
};
use super::{answer, booked, monitoring, papers, portfolio, wordings};
use super::{given, life};

/// How the value of a target is written of which the actual is to be no less.
const AT_LEAST: char = '≥';

/// The most targets that a project may have for them to be looked at together.
pub(crate) const PROJECT_TARGETS: usize = 200;

/// The most stated figures that a fund may have for them to be looked at together.
const STATED_FIGURES: usize = 1_000;

/// The most targets of one name for them to be looked at together.
const NAMED_TARGETS: usize = 1_000;

/// The keys of an event.
pub fn keys(event: &ScoringEvent) -> Vec<String> {
    let mut keys = keys_but_portfolio(event);
    keys.extend(portfolio::keys_of(event));
    keys
}

fn keys_but_portfolio(event: &ScoringEvent) -> Vec<String> {
    match event {
        ScoringEvent::SourceTakenIn { facts, .. } => {
            facts.iter().flat_map(fact_keys).collect::<BTreeSet<_>>().into_iter().collect()
        }
        ScoringEvent::SchemeLoaded { version, scheme, draft: false, .. } => {
            life::keys(&scheme.scheme, *version, scheme.fiscal_year)
        }
        ScoringEvent::SchemeLoaded { version, scheme, draft: true, .. } => {
            vec![scheme_key(&scheme.scheme), scheme_version_key(&scheme.scheme, *version)]
        }
        ScoringEvent::SchemeApproved(SchemeApproved { scheme, version, fiscal_year, .. })
        | ScoringEvent::SchemeWithdrawn(SchemeWithdrawn { scheme, version, fiscal_year, .. }) => {
            life::keys(scheme, *version, *fiscal_year)
        }
        ScoringEvent::EvaluationDescribed(EvaluationDescribed { fund, project, .. }) => {
            vec![described_key(&Evaluated::new(fund, project.as_ref()))]
        }
        ScoringEvent::ScoreRecorded(recorded) => given::recorded_keys(recorded),
        ScoringEvent::GivenSumsChanged(changed) => {
            given::sum_keys(&Evaluated::new(&changed.fund, changed.project.as_ref()), &changed.sums)
        }
        ScoringEvent::EvaluationOpened { fund, project: None, .. } => {
            vec![evaluation_key(fund), OPENINGS.to_owned()]
        }
        ScoringEvent::EvaluationOpened { fund, project, .. } => {
            vec![evaluation_key(&Evaluated::new(fund, project.as_ref()))]
        }
        ScoringEvent::ManualScoreSet { fund, project, indicator, .. }
        | ScoringEvent::IndicatorJudged { fund, project, indicator, .. } => {
            let of = Evaluated::new(fund, project.as_ref());
            vec![manual_key(&of, indicator), judged_key(&of, indicator)]
        }
        ScoringEvent::FigureStated { fund, quantity, place, .. } => {
            vec![stated_key(fund, quantity, place), stated_places_key(fund)]
        }
        ScoringEvent::EvaluationChanged(change) => {
            let EvaluationChange { fund, project, indicators, before, removed, sums, removed_sums, .. } =
                change;
            let of = &Evaluated::new(fund, project.as_ref());
            let now = indicators.iter().map(|result| (result.status, result.measured));
            let was = before.iter().map(|was| (was.status, was.measured));
            // What findings look at is the fund's own evaluation.
            let all = now.chain(was).filter(|_| project.is_none());
            let percents = all.filter_map(|(status, measured)| partly_met(status, measured));
            let attained: BTreeSet<_> = percents.map(|percent| attained_key(fund, percent)).collect();
            let indicators = indicators.iter().map(|result| indicator_key(of, &result.indicator));
            let removed = removed.iter().map(|indicator| indicator_key(of, indicator));
            let sums = sums.iter().map(|sum| sum_key(of, Some(&sum.node)));
            let removed_sums = removed_sums.iter().map(|node| sum_key(of, Some(node)));
            let history = std::iter::once(changes_key(of));
            history.chain(indicators).chain(removed).chain(sums).chain(removed_sums).chain(attained).collect()
        }
        ScoringEvent::FindingRaised { finding, .. }
        | ScoringEvent::FindingRevised { finding, .. }
        | ScoringEvent::FindingCleared { finding, .. } => {
            let Finding { fund, subject, .. } = finding;
            let kept = vec![findings_key(fund, subject), finding_counts_key(fund)];
            kept.into_iter().chain(answer::keys(finding)).collect()
        }
        ScoringEvent::FindingAnswered { finding, .. } => answer::keys(finding),
        ScoringEvent::DateReached { .. }
        | ScoringEvent::WarningRaised { .. }
        | ScoringEvent::WarningChanged { .. }
        | ScoringEvent::WarningCleared { .. } => monitoring::keys_of(event),
        ScoringEvent::CategoriesChanged { .. } => Vec::new(),
    }
}

/// The attainment of a target that is met in part: what its unit gave it is compared with others of the same.
pub fn partly_met(status: IndicatorStatus, measured: Option<Number>) -> Option<Number> {
    let hundred = Number::from(100_i64);
    measured
        .filter(|percent| status == IndicatorStatus::Unmet && *percent > Number::ZERO && *percent < hundred)
}

/// Folds an event into the state of one of its keys.
pub fn evolve(key: &str, state: &mut Option<ScoringState>, event: &ScoringEvent, meta: &Meta) {
    let own = |event_type: &str, effective| Cited {
        log: super::LOG.to_owned(),
        id: meta.id.clone(),
        event_type: event_type.to_owned(),
        effective,
        actor: meta.actor.clone(),
        recorded_time: meta.recorded_time,
    };
    if key.starts_with("answers/") {
        return answer::fold(state, event, meta);
    }
    match event {
        event if key.starts_with("portfolio/") && !matches!(event, ScoringEvent::SourceTakenIn { .. }) => {
            portfolio::fold(key, state, event);
        }
        ScoringEvent::SourceTakenIn { source, event_type, facts } => {
            let cited = Cited::source(source, event_type);
            let of_key: Vec<_> =
                facts.iter().filter(|fact| fact_keys(fact).iter().any(|other| other == key)).collect();
            let is_there = !of_key.is_empty();
            let is_still =
                is_there && of_key.iter().all(|fact| matches!(fact, Fact::Count { change: 0, .. }));
            for fact in of_key {
                match fact_target(fact) {
                    Some(target) if key.starts_with("target-place/") => {
                        *state = Some(ScoringState::Place(target.clone()));
                    }
                    Some(target) if key.starts_with("project-targets/") => {
                        let mut few = state
                            .as_ref()
                            .and_then(ScoringState::as_project_targets)
                            .cloned()
                            .unwrap_or_default();
                        few.insert(target.target.clone(), PROJECT_TARGETS);
                        *state = Some(ScoringState::ProjectTargets(few));
                    }
                    Some(target) if key.starts_with("named-targets/") => {
                        let named = state.as_ref().and_then(ScoringState::as_named_targets);
                        let mut few = named.cloned().unwrap_or_default();
                        few.insert(target.clone(), NAMED_TARGETS);
                        *state = Some(ScoringState::NamedTargets(few));
                    }
                    _ if key.starts_with("wording/") => wordings::fold(state, fact),
                    None if key.starts_with("money-months/") => fold_month(state, fact, source.effective),
                    None if key.starts_with("own-projects/") => count(state, 1),
                    None if key.starts_with("life/") => fold_life(state, fact, &cited),
                    None if key.starts_with("portfolio/") => portfolio::fold_fact(state, fact),
                    _ => fold_fact(state, fact, &cited),
                }
            }
            // One event counts once, however many of its facts move a sum.
            match state {
                Some(ScoringState::Money(money)) if is_there => money.events += 1,
                Some(ScoringState::MoneyMonths(months)) if is_there => {
                    months.entry(booked::month_of(source.effective)).or_default().events += 1;
                }
                Some(ScoringState::Count(count)) if is_still => count.still += 1,
                Some(ScoringState::Count(count)) if is_there => count.events += 1,
                _ => {}
            }
        }
        ScoringEvent::SchemeLoaded { version, scheme, text, draft } if !key.starts_with("scheme-year/") => {
            *state = Some(ScoringState::Scheme(LoadedScheme {
                version: *version,
                scheme: Arc::clone(scheme),
                text: text.as_str().into(),
                life: SchemeLife { draft: *draft, ..SchemeLife::default() },
            }));
        }
        ScoringEvent::EvaluationOpened { .. } if key == OPENINGS => {}
        ScoringEvent::SchemeLoaded { .. } => life::fold(key, state, event, own("scheme_loaded", None)),
        ScoringEvent::SchemeApproved(approved) => {
            life::fold(key, state, event, own("scheme_approved", approved.approval.approved_on));
        }
        ScoringEvent::SchemeWithdrawn(withdrawn) => {
            life::fold(key, state, event, own("scheme_withdrawn", Some(withdrawn.on)));
        }
        ScoringEvent::EvaluationDescribed(EvaluationDescribed { record, .. }) => {
            let (record, event) = (record.clone(), own("evaluation_described", None));
            *state = Some(ScoringState::Described(Box::new(Described { record, event })));
        }
        ScoringEvent::ScoreRecorded(recorded) => {
            given::fold(key, state, recorded, own("score_recorded", Some(recorded.on)));
        }
        ScoringEvent::GivenSumsChanged(changed) => given::fold_sums(key, state, &changed.sums),
        ScoringEvent::EvaluationOpened { scheme, version, .. } => {
            *state = Some(ScoringState::Evaluation(Evaluation { scheme: scheme.clone(), version: *version }));
        }
        ScoringEvent::ManualScoreSet { .. } if key.starts_with("judged/") => {
            // Whoever gives points says that it is applicable.
            let mut judged = state.as_ref().and_then(ScoringState::as_judged).cloned().unwrap_or_default();
            judged.not_applicable = None;
            *state = judged.kept();
        }
        ScoringEvent::IndicatorJudged { judgement, reason, on, evidence, .. } => {
            if key.starts_with("manual/") {
                // A level comes with points of its own.
                if matches!(judgement, Judgement::Withdrawn {} | Judgement::Level { .. }) {
                    *state = None;
                }
                return;
            }
            let (reason, evidence) = (reason.clone(), evidence.clone());
            let event = own("indicator_judged", Some(*on));
            let said = Said { value: (), reason, on: *on, evidence, event };
            let mut judged = state.as_ref().and_then(ScoringState::as_judged).cloned().unwrap_or_default();
            judged.take_in(judgement, &said);
            *state = judged.kept();
        }
        ScoringEvent::ManualScoreSet { score, reason, on, evidence, .. } => {
            *state = Some(ScoringState::Manual(ManualScore {
                score: *score,
                reason: reason.clone(),
                on: *on,
                evidence: evidence.clone(),
                event: own("manual_score_set", Some(*on)),
            }));
        }
        ScoringEvent::FigureStated { quantity, place, .. } if key.starts_with("stated-places/") => {
            let mut few =
                state.as_ref().and_then(ScoringState::as_stated_places).cloned().unwrap_or_default();
            few.insert((quantity.clone(), place.clone()), STATED_FIGURES);
            *state = Some(ScoringState::StatedPlaces(few));
        }
        ScoringEvent::FigureStated { quantity, value, stated, unit, basis, place, .. } => {
            *state = Some(ScoringState::Stated(StatedFigure {
                quantity: quantity.clone(),
                value: *value,
                stated: stated.clone(),
                unit: unit.clone(),
                basis: basis.clone(),
                place: place.clone(),
                event: own("figure_stated", None),
            }));
        }
        ScoringEvent::EvaluationChanged(change) => {
            fold_change(key, state, change);
        }
        ScoringEvent::FindingRaised { finding, .. } => fold_finding(key, state, finding, 1),
        ScoringEvent::FindingRevised { finding, .. } => fold_finding(key, state, finding, 0),
        ScoringEvent::FindingCleared { finding, .. } => fold_finding(key, state, finding, -1),
        // Apart from the answers it is history alone.
        ScoringEvent::FindingAnswered { .. } => {}
        ScoringEvent::DateReached { on, .. } => {
            monitoring::fold(key, state, event, own("date_reached", Some(*on)));
        }
        ScoringEvent::WarningRaised { .. }
        | ScoringEvent::WarningChanged { .. }
        | ScoringEvent::WarningCleared { .. } => {
            monitoring::fold(key, state, event, own(event.into(), None));
        }
        ScoringEvent::CategoriesChanged { .. } => portfolio::fold(key, state, event),
    }
}

/// Folds a finding that is new (1), changed (0) or gone (-1). The history of the findings has no state.
fn fold_finding(key: &str, state: &mut Option<ScoringState>, finding: &Finding, change: i64) {
    if key.starts_with("findings/") {
        let mut standing = state.take().and_then(|state| match state {
            ScoringState::Findings(findings) => Some(findings),
            _ => None,
        });
        let findings = standing.get_or_insert_default();
        let tag = finding_tag(finding);
        if change < 0 {
            findings.remove(&tag);
        } else {
            findings.insert(tag, Arc::new(finding.clone()));
        }
        *state = standing.filter(|findings| !findings.is_empty()).map(ScoringState::Findings);
    } else if key.starts_with("finding-counts/") {
        let mut counts =
            state.as_ref().and_then(ScoringState::as_finding_counts).cloned().unwrap_or_default();
        let count = counts.entry(finding.code.clone()).or_default();
        *count = count.saturating_add_signed(change);
        counts.retain(|_, count| *count > 0);
        *state = Some(counts).filter(|counts| !counts.is_empty()).map(ScoringState::FindingCounts);
    }
}

fn fold_change(key: &str, state: &mut Option<ScoringState>, change: &EvaluationChange) {
    let mut parts = key.splitn(3, '/');
    let (kind, id) = (parts.next(), parts.nth(1));
    match (kind, id) {
        (Some("indicator"), Some(id)) => {
            if let Some(result) = change.indicators.iter().find(|result| result.indicator.as_str() == id) {
                *state = Some(ScoringState::Indicator(Arc::new(result.clone())));
            } else if change.removed.iter().any(|indicator| indicator.as_str() == id) {
                *state = None;
            }
        }
        (Some("sum"), Some(id)) => {
            if let Some(sum) = change.sums.iter().find(|sum| sum.node.as_str() == id) {
                *state = Some(ScoringState::Sum(Arc::new(sum.clone())));
            } else if change.removed_sums.iter().any(|node| node.as_str() == id) {
                *state = None;
            }
        }
        (Some("attained"), Some(percent)) => {
            let mut attained =
                state.as_ref().and_then(ScoringState::as_attained).cloned().unwrap_or_default();
            for gone in change.before.iter().map(|before| &before.indicator) {
                attained.remove(gone);
            }
            let of_key = |result: &&IndicatorResult| {
                partly_met(result.status, result.measured).is_some_and(|of| of.to_string() == percent)
            };
            let now = change.indicators.iter().filter(of_key);
            attained.extend(now.filter_map(|result| Some((result.indicator.clone(), partial(result)?))));
            *state = Some(attained).filter(|attained| !attained.is_empty()).map(ScoringState::Attained);
        }
        // The history of the changes has no state.
        _ => {}
    }
}

/// A target that is met in part; `None` while its unit gave it no points, and for one whose measure is no share of what is
/// to be reached: what is eight days late is not reached by eight percent.
fn partial(result: &IndicatorResult) -> Option<Partial> {
    let target = result.input("target").and_then(|target| target.value.as_deref());
    target.filter(|target| target.starts_with(AT_LEAST))?;
    Some(Partial {
        name: result.name.clone(),
        weight: result.weight,
        self_score: result.self_score?,
        event: result.event("self_score").cloned(),
    })
}

fn fold_fact(state: &mut Option<ScoringState>, fact: &Fact, cited: &Cited) {
    match fact {
        Fact::Fund { name, fiscal_year, display_unit, time_zone, kind, .. } => {
            *state = Some(ScoringState::Fund(FundFacts {
                name: name.clone(),
                fiscal_year: *fiscal_year,
                display_unit: *display_unit,
                time_zone: time_zone.clone(),
                kind: *kind,
                closed: None,
            }));
        }
        Fact::YearClosed { on, .. } => {
            if let Some(ScoringState::Fund(fund)) = state {
                fund.closed = Some(*on);
            }
        }
        Fact::Project { name, membership, origin, state: now, group, category, agency, .. } => {
            *state = Some(ScoringState::Project(ProjectFacts {
                name: name.clone(),
                membership: *membership,
                origin: *origin,
                state: *now,
                group: group.clone(),
                category: category.clone(),
                agency: agency.clone(),
                event: cited.clone(),
                before: None,
                registered: None,
                removed: None,
            }));
        }
        Fact::ProjectState { state: now, leaves_fund, .. } => {
            if let Some(ScoringState::Project(project)) = state {
                project.moved(*now, *leaves_fund, cited);
            }
        }
        Fact::Money { change, .. } => {
            if let ScoringState::Money(money) =
                state.get_or_insert(ScoringState::Money(RunningSum::default()))
            {
                money.sum += *change;
            }
        }
        Fact::Count { change, .. } => count(state, *change),
        Fact::Target { target, version, definition } => with_target(state, target, |facts| {
            let (version, definition) = (*version, definition.clone());
            facts.previous = facts.defined.take();
            facts.withdrawn = None;
            facts.defined = Some(Defined { version, definition, event: cited.clone() });
        }),
        Fact::TargetWithdrawn { target } => with_target(state, target, |facts| {
            let was = facts.defined.take().map(|defined| defined.definition);
            facts.previous = None;
            facts.withdrawn = was.map(|definition| TakenBack { definition, event: cited.clone() });
        }),
        Fact::Actual { target, value, unit, unit_match, .. } => with_target(state, target, |facts| {
            let assumed = facts.defined.as_ref().filter(|_| *unit_match == UnitMatch::Assumed);
            let unit = assumed.map_or_else(|| unit.clone(), |defined| defined.definition.unit.clone());
            let before = facts.previous.as_ref().and_then(|previous| previous.definition.unit.as_ref());
            let unit_from = assumed.filter(|_| unit.as_ref() != before).map(|defined| defined.event.clone());
            facts.actual = Some(Actual { value: value.clone(), unit, event: cited.clone(), unit_from });
        }),
        Fact::SelfScore { subject, score, on, reason, .. } => {
            let (score, reason) = (*score, reason.clone());
            let self_score = SelfScore { score, reason, on: *on, version: None, event: cited.clone() };
            match subject {
                ScoreSubject::Target { target } => with_target(state, target, |facts| {
                    let version = facts.defined.as_ref().map(|defined| defined.version);
                    facts.self_score = Some(SelfScore { version, ..self_score });
                }),
                ScoreSubject::Indicator { .. } | ScoreSubject::ProjectIndicator { .. } => {
                    *state = Some(ScoringState::SelfScore(self_score));
                }
            }
        }
        Fact::Filing { kind, state: now, .. } => {
            let filing = Filing { state: *now, event: cited.clone() };
            let mut filings = state.as_ref().and_then(ScoringState::as_filings).cloned().unwrap_or_default();
            match kind {
                FilingKind::ContractFiling => filings.contract = Some(filing),
                FilingKind::Acceptance => filings.acceptance = Some(filing),
            }
            *state = Some(ScoringState::Filings(filings));
        }
        Fact::MissExplained { explanation, project, .. } => {
            *state = Some(ScoringState::Explained(Explained {
                explanation: explanation.clone(),
                project: project.clone(),
                event: cited.clone(),
            }));
        }
        Fact::Adjustment { direction, scope, amount, on, approver, .. } => {
            *state = Some(ScoringState::Adjustment(Adjustment {
                direction: *direction,
                scope: scope.clone(),
                amount: *amount,
                on: *on,
                approver: approver.clone(),
                event: cited.clone(),
            }));
        }
        Fact::AdjustmentReversed { .. } => *state = None,
        // What they tell is part of a life alone.
        Fact::Tender { .. } | Fact::Dated { .. } | Fact::Split { .. } | Fact::DatedReversed { .. } => {}
        Fact::ScopeMoney { quantity, amount, .. } => {
            let mut money =
                state.as_ref().and_then(ScoringState::as_scope_money).cloned().unwrap_or_default();
            booked::fold(&mut money, *quantity, *amount, cited);
            *state = Some(ScoringState::ScopeMoney(money));
        }
        Fact::TargetChangeStated { statement, text, value, previous_value, unit, .. } => {
            let change = TargetChange {
                text: text.clone(),
                value: value.clone(),
                previous_value: previous_value.clone(),
                unit: unit.clone(),
                event: cited.clone(),
            };
            let mut changes =
                state.as_ref().and_then(ScoringState::as_target_changes).cloned().unwrap_or_default();
            changes.insert(statement.clone(), change);
            *state = Some(ScoringState::TargetChanges(changes));
        }
        Fact::DocumentCited { .. }
        | Fact::AnnexReferred { .. }
        | Fact::YearStated { .. }
        | Fact::AchievementStated { .. }
        | Fact::ReasonGiven { .. }
        | Fact::ReasonTakenBack { .. }
        | Fact::UniversalStated { .. } => papers::fold(state, fact, cited),
    }
}

/// Adds money to the month that it counts from.
fn fold_month(state: &mut Option<ScoringState>, fact: &Fact, effective: Option<PartialDate>) {
    let Fact::Money { change, .. } = fact else { return };
    let mut months = state.as_ref().and_then(ScoringState::as_money_months).cloned().unwrap_or_default();
    months.entry(booked::month_of(effective)).or_default().sum += *change;
    *state = Some(ScoringState::MoneyMonths(months));
}

fn count(state: &mut Option<ScoringState>, change: i64) {
    if let ScoringState::Count(count) = state.get_or_insert(ScoringState::Count(RunningCount::default())) {
        count.count = count.count.saturating_add(change);
    }
}

/// Changes the target under a key, there or new; a state of another kind gives way, so that every fold is total.
fn with_target(state: &mut Option<ScoringState>, target: &TargetRef, change: impl FnOnce(&mut TargetFacts)) {
    let mut facts = match state.take() {
        Some(ScoringState::Target(facts)) => facts,
        _ => Box::new(TargetFacts {
            target: target.clone(),
            defined: None,
            previous: None,
            withdrawn: None,
            actual: None,
            self_score: None,
        }),
    };
    change(&mut facts);
    *state = Some(ScoringState::Target(facts));
}
