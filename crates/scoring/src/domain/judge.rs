//! What persons say of indicators: what is taken, what is refused, and what follows.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_eventlog::{Need, States};
use jixiao_events::finding::Subject;
use jixiao_events::scheme::{Answer, Ask, AskKind, ByHand, NodeBody, Rule};
use jixiao_events::scoring::{Cause, Fact, Judgement, ScoringEvent};
use jixiao_events::{Evaluated, FundId, IndicatorId, Number, PartialDate};

use super::command::ScoringRefusal;
use super::evaluate::{self, Slot, View};
use super::state::{
    Evaluation, LoadedScheme, ScoringState, changes_key, evaluation_key, judged_key, manual_key, place_key,
    scheme_version_key,
};
use super::{change, followed, monitoring, opened, overrides, portfolio, reviewed, slot_of};
use crate::findings;
use crate::rules;

/// A place of an open evaluation that is judged.
struct Judging<'a> {
    open: &'a Evaluation,
    loaded: &'a LoadedScheme,
    slot: Slot<'a>,
    weight: Number,
}

fn find<'a>(
    states: &States<'a, ScoringState>,
    view: &View<'_>,
    of: &Evaluated,
    indicator: &IndicatorId,
) -> Result<Judging<'a>, ScoringRefusal> {
    let Some((open, loaded)) = opened(states, of) else {
        return Err(ScoringRefusal::EvaluationNotOpen(of.clone()));
    };
    let slot = slot_of(states, of, &loaded.scheme, indicator);
    let now = slot.as_ref().and_then(|slot| evaluate::compute(view, of, &loaded.scheme, slot));
    match (slot, now) {
        (Some(slot), Some(now)) => Ok(Judging { open, loaded, slot, weight: now.weight }),
        _ => Err(ScoringRefusal::IndicatorNotFound { of: of.clone(), indicator: indicator.clone() }),
    }
}

/// What judging an indicator has to see.
pub(super) fn needs(states: &States<'_, ScoringState>, of: &Evaluated, indicator: &IndicatorId) -> Vec<Need> {
    let own = [evaluation_key(of), manual_key(of, indicator), judged_key(of, indicator), changes_key(of)];
    let mut needs: Vec<_> = own.map(Need::Key).into();
    let Some(open) = states.get(&evaluation_key(of)).and_then(ScoringState::as_evaluation) else {
        return needs;
    };
    needs.push(Need::Key(scheme_version_key(&open.scheme, open.version)));
    needs.extend(indicator.target().map(|target| Need::Key(place_key(&of.fund, &target))));
    let Some((_, loaded)) = opened(states, of) else { return needs };
    let fund = &of.fund;
    let is_of_fund = of.project.is_none();
    if is_of_fund {
        needs.extend(monitoring::keys(fund, &loaded.scheme).into_iter().map(Need::Key));
    }
    let Some(slot) = slot_of(states, of, &loaded.scheme, indicator) else { return needs };
    needs.extend(slot.keys(of, states).into_iter().map(Need::Key));
    needs.extend(overrides::keys(of, &loaded.scheme).into_iter().map(Need::Key));
    if is_of_fund {
        let keys = portfolio::keys(states, fund, &[], std::slice::from_ref(&slot));
        needs.extend(keys.into_iter().map(Need::Key));
        // Whatever is judged, its attainment is what it was.
        let mut scopes = scopes(states, fund, &slot, &[]);
        scopes.insert(Subject::Indicator { indicator: indicator.clone() });
        needs.extend(findings::needs(states, fund, &loaded.scheme, &scopes));
    }
    needs
}

/// Points.
pub(super) fn points(
    states: &States<'_, ScoringState>,
    of: &Evaluated,
    indicator: &IndicatorId,
    score: Number,
    reason: &str,
    on: PartialDate,
    evidence: &[String],
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    let view = View::new(states);
    let judging = find(states, &view, of, indicator)?;
    let Some((least, most)) = evaluate::allowed(&view, of, &judging.loaded.scheme, &judging.slot) else {
        return Err(judging.not_by_points(of, indicator));
    };
    if score < least || score > most {
        return Err(ScoringRefusal::ScoreOutOfRange { score, least, most });
    }
    judging.proven(indicator, evidence)?;
    let judged = ScoringEvent::ManualScoreSet {
        fund: of.fund.clone(),
        project: of.project.clone(),
        indicator: indicator.clone(),
        score,
        reason: reason.to_owned(),
        on,
        evidence: evidence.to_vec(),
    };
    Ok(judging.follows(states, of, indicator, judged))
}

/// Anything but points.
pub(super) fn otherwise(
    states: &States<'_, ScoringState>,
    of: &Evaluated,
    indicator: &IndicatorId,
    judgement: &Judgement,
    reason: &str,
    on: PartialDate,
    evidence: &[String],
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    let view = View::new(states);
    let judging = find(states, &view, of, indicator)?;
    judging.allows(indicator, judgement)?;
    if !matches!(judgement, Judgement::Withdrawn {}) {
        judging.proven(indicator, evidence)?;
    }
    let judged = ScoringEvent::IndicatorJudged {
        fund: of.fund.clone(),
        project: of.project.clone(),
        indicator: indicator.clone(),
        judgement: judgement.clone(),
        reason: reason.to_owned(),
        on,
        evidence: evidence.to_vec(),
    };
    if let Judgement::Level { points: Some(points), .. } = judgement {
        // What the level allows is known once it is given.
        let mut after = View::new(states);
        after.fold(&judged);
        let allowed = evaluate::allowed(&after, of, &judging.loaded.scheme, &judging.slot);
        let (least, most) = allowed.unwrap_or((Number::ZERO, judging.weight));
        if *points < least || *points > most {
            return Err(ScoringRefusal::ScoreOutOfRange { score: *points, least, most });
        }
    }
    Ok(judging.follows(states, of, indicator, judged))
}

impl Judging<'_> {
    /// The rule that scores it: of a target the one for words, where there is one.
    fn rule(&self) -> Option<&Rule> {
        match &self.slot.node().body {
            NodeBody::Group { .. } => None,
            NodeBody::EachTarget { rule, rules, .. } => Some(rules.qualitative.as_ref().unwrap_or(rule)),
            NodeBody::Indicator { rule, .. } => Some(rule),
        }
    }

    fn not_by_points(&self, of: &Evaluated, indicator: &IndicatorId) -> ScoringRefusal {
        let (of, indicator) = (of.clone(), indicator.clone());
        match self.rule() {
            Some(Rule::Levels { .. }) => ScoringRefusal::LevelMissing { of, indicator },
            Some(Rule::Manual { coefficient: Some(by_coefficient), .. }) if by_coefficient.value => {
                ScoringRefusal::NotJudgedSo { indicator, by: "points", instead: "coefficient" }
            }
            Some(Rule::Checklist { .. } | Rule::Cases { .. }) => {
                ScoringRefusal::NotJudgedSo { indicator, by: "points", instead: "answers" }
            }
            _ => ScoringRefusal::IndicatorComputed { of, indicator },
        }
    }

    /// Refused where the scheme asks for evidence and none is named.
    fn proven(&self, indicator: &IndicatorId, evidence: &[String]) -> Result<(), ScoringRefusal> {
        let is_asked = matches!(
            &self.slot.node().body,
            NodeBody::Indicator { evidence: Some(evidence), .. } if evidence.value
        );
        if is_asked && evidence.is_empty() {
            return Err(ScoringRefusal::EvidenceMissing { indicator: indicator.clone() });
        }
        Ok(())
    }

    /// Whether a judgement is one that the indicator takes.
    fn allows(&self, indicator: &IndicatorId, judgement: &Judgement) -> Result<(), ScoringRefusal> {
        let by: &'static str = judgement.into();
        let refuse = |instead| Err(ScoringRefusal::NotJudgedSo { indicator: indicator.clone(), by, instead });
        match (judgement, self.rule()) {
            (Judgement::Withdrawn {}, _) => Ok(()),
            (Judgement::NotApplicable {}, _) => {
                let optional = self.slot.node().optional.as_ref();
                let is_own = matches!(self.slot, Slot::Node(_));
                if is_own && optional.is_some_and(|optional| optional.value) {
                    Ok(())
                } else {
                    Err(ScoringRefusal::NotOptional { indicator: indicator.clone() })
                }
            }
            (Judgement::Level { level, points }, Some(Rule::Levels { levels })) => {
                let Some(found) = levels.iter().find(|other| rules::is_called(other, level)) else {
                    let levels = levels.iter().map(|level| level.level.clone()).collect();
                    return Err(ScoringRefusal::LevelNotFound { level: level.clone(), levels });
                };
                if found.from.is_some() && points.is_none() {
                    return Err(ScoringRefusal::PointsMissing { level: level.clone() });
                }
                Ok(())
            }
            (Judgement::Coefficient { coefficient }, Some(Rule::Manual { coefficient: Some(is_so), .. }))
                if is_so.value =>
            {
                if *coefficient < Number::ZERO || *coefficient > Number::ONE {
                    let (least, most) = (Number::ZERO, Number::ONE);
                    return Err(ScoringRefusal::ScoreOutOfRange { score: *coefficient, least, most });
                }
                Ok(())
            }
            (Judgement::Deduction { points }, _) => match &self.slot.node().body {
                NodeBody::Indicator { by_hand: Some(by_hand), .. } if by_hand.value == ByHand::Deduct => {
                    if *points < Number::ZERO || *points > self.weight {
                        let (least, most) = (Number::ZERO, self.weight);
                        return Err(ScoringRefusal::ScoreOutOfRange { score: *points, least, most });
                    }
                    Ok(())
                }
                _ => refuse("points"),
            },
            (Judgement::Answers { answers }, rule) => self.answers(indicator, answers, rule),
            (Judgement::Level { .. } | Judgement::Coefficient { .. }, _) => refuse("points"),
        }
    }

    /// Whether answers are to what is asked, and of its kind.
    fn answers(
        &self,
        indicator: &IndicatorId,
        answers: &BTreeMap<String, Answer>,
        rule: Option<&Rule>,
    ) -> Result<(), ScoringRefusal> {
        let asks = match &self.slot.node().body {
            NodeBody::Indicator { asks, .. } => asks.as_slice(),
            NodeBody::Group { .. } | NodeBody::EachTarget { .. } => &[],
        };
        let items = match rule {
            Some(Rule::Checklist { items }) => items.as_slice(),
            _ => &[],
        };
        for (ask, answer) in answers {
            let is_item = items.iter().any(|item| item.item == *ask);
            let found = asks.iter().find(|other| other.ask == *ask);
            let fits = match found {
                Some(found) => fits(found, answer),
                None if is_item && matches!(answer, Answer::YesNo { .. }) => Ok(()),
                None if is_item => Err("yes or no".to_owned()),
                None => {
                    let known = asks.iter().map(|ask| &ask.ask).chain(items.iter().map(|item| &item.item));
                    let (indicator, asks) = (indicator.clone(), known.cloned().collect());
                    return Err(ScoringRefusal::NotAsked { indicator, ask: ask.clone(), asks });
                }
            };
            if let Err(wanted) = fits {
                return Err(ScoringRefusal::AnswerDoesNotFit { ask: ask.clone(), wanted });
            }
        }
        Ok(())
    }

    /// The judgement and what it changes.
    fn follows(
        &self,
        states: &States<'_, ScoringState>,
        of: &Evaluated,
        indicator: &IndicatorId,
        judged: ScoringEvent,
    ) -> Vec<ScoringEvent> {
        let Self { open, loaded, slot, .. } = self;
        let mut view = View::new(states);
        view.fold(&judged);
        let cause = Cause::Judged { indicator: indicator.clone() };
        let slots = std::slice::from_ref(slot);
        let changes = change::revise(&view, of, open, &loaded.scheme, slots, &cause);
        let mut events = vec![judged];
        if of.project.is_some() {
            events.extend(followed(&mut view, of, &cause, changes));
            return events;
        }
        let fund = &of.fund;
        let scopes = scopes(states, fund, slot, &changes);
        events.extend(reviewed(&mut view, fund, &loaded.scheme, &scopes, &cause, changes));
        events.extend(portfolio::review(&mut view, fund, &[], slots, &cause));
        events
    }
}

/// Whether an answer is of the kind that is asked for; else what is.
fn fits(ask: &Ask, answer: &Answer) -> Result<(), String> {
    match (&ask.kind, answer) {
        (AskKind::Number { at_least, at_most, .. }, Answer::Number { value }) => {
            let is_enough = at_least.as_ref().is_none_or(|least| *value >= least.value);
            let is_little = at_most.as_ref().is_none_or(|most| *value <= most.value);
            if is_enough && is_little {
                return Ok(());
            }
            let least = at_least.as_ref().map(|least| format!(" from {}", least.value)).unwrap_or_default();
            let most = at_most.as_ref().map(|most| format!(" up to {}", most.value)).unwrap_or_default();
            Err(format!("a number{least}{most}"))
        }
        (AskKind::Date {}, Answer::Date { .. }) | (AskKind::YesNo {}, Answer::YesNo { .. }) => Ok(()),
        (AskKind::Survey { choices }, Answer::Survey { counts }) => {
            let known: BTreeSet<_> = choices.iter().map(|choice| choice.choice.as_str()).collect();
            if counts.keys().all(|choice| known.contains(choice.as_str())) {
                return Ok(());
            }
            let known: Vec<_> = known.into_iter().collect();
            Err(format!("how many chose each of {}", known.join(", ")))
        }
        (AskKind::Number { .. }, _) => Err("a number".to_owned()),
        (AskKind::Date {}, _) => Err("a date".to_owned()),
        (AskKind::YesNo {}, _) => Err("yes or no".to_owned()),
        (AskKind::Survey { .. }, _) => Err("how many chose each answer".to_owned()),
    }
}

/// The scopes that a judgement touches.
fn scopes(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    slot: &Slot<'_>,
    changes: &[ScoringEvent],
) -> BTreeSet<Subject> {
    let facts: &[Fact] = &[];
    let mut scopes = findings::touched(states, fund, facts, changes);
    if let Slot::Target(_, target) = slot {
        scopes.insert(Subject::Target { target: target.target.clone() });
        scopes.extend(target.project.clone().map(|project| Subject::Project { project }));
    }
    scopes
}
