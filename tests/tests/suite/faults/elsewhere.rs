//! Another fund that says the same.

use jixiao_events::registry::{Fund as Registered, RegistryEvent};
use jixiao_events::targets::{ScoreSubject, TargetEvent};

use super::fund::{Fund, Points};
use super::world::{World, created, id, of_registry, of_targets, scored};

const OTHER: &str = "other";

const WORDS: &str = "制定了管理办法和实施细则";

/// What is said of an indicator in the words of another fund.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    pub indicator: usize,
    /// What the other fund gave itself for it.
    pub points: Points,
    /// Whether the other fund is evaluated too.
    pub is_evaluated: bool,
}

/// Tells it of both funds.
pub fn tell(world: &mut World, fund: &Fund) {
    let Some(elsewhere) = &fund.papers.elsewhere else { return };
    let indicator = &fund.indicators[elsewhere.indicator];
    let subject = || ScoreSubject::Indicator { indicator: id(indicator.node) };
    world.take(of_targets(&because(scored(subject(), indicator.self_score), WORDS)));
    let other = Registered { fund: id(OTHER), ..created() };
    world.take(of_registry(&RegistryEvent::FundCreated(other)));
    if elsewhere.is_evaluated {
        world.evaluate(OTHER);
    }
    let TargetEvent::SelfScoreRecorded { subject, score, above_weight, on, source, .. } =
        scored(subject(), elsewhere.points)
    else {
        unreachable!("a self-score is one")
    };
    let reason = Some(format!("{WORDS}。"));
    let fund = id(OTHER);
    let there = TargetEvent::SelfScoreRecorded { fund, subject, score, above_weight, on, reason, source };
    world.take(of_targets(&there));
}

/// Has the fund use words of its own.
pub fn repair(world: &mut World, broken: &Fund, whole: &Fund) {
    if let (Some(elsewhere), None) = (&broken.papers.elsewhere, &whole.papers.elsewhere) {
        let indicator = &whole.indicators[elsewhere.indicator];
        let subject = ScoreSubject::Indicator { indicator: id(indicator.node) };
        world.take(of_targets(&because(scored(subject, indicator.self_score), "办法尚在制定之中")));
    }
}

fn because(event: TargetEvent, words: &str) -> TargetEvent {
    match event {
        TargetEvent::SelfScoreRecorded { fund, subject, score, above_weight, on, source, .. } => {
            let reason = Some(words.to_owned());
            TargetEvent::SelfScoreRecorded { fund, subject, score, above_weight, on, reason, source }
        }
        other => other,
    }
}
