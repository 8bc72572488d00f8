//! Answers from states and events.

mod answer;
pub(crate) mod claims;
mod evaluation;
mod finding;
mod life;
mod monitoring;
pub(crate) mod portfolio;
mod refusal;
mod scheme;
mod simulate;

pub(crate) use answer::given;
pub(crate) use evaluation::{Given, Head, budget, evaluation, pb_grade};
pub(crate) use finding::{check, explained, finding, finding_answered, finding_change, hypotheses};
pub(crate) use life::{computed_score, given_score, judged_score, record, recorded_score, self_score};
pub(crate) use monitoring::{monitor_standing, monitoring, standing_warning, warning_change};
pub(crate) use scheme::{parameter, scheme, scheme_head};
pub(crate) use simulate::{finding_difference, indicator_difference};

use std::collections::BTreeMap;

use jixiao_edge::pb_names;
use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::event::recorded_text;
use jixiao_events::scoring::{
    Cause, EvaluationChange, EventRef, IndicatorResult, IndicatorStatus, Standing, SumResult,
};
use jixiao_events::{Evaluated, Names, Number, SourceEvent};
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1 as types;

use crate::domain::change::stood;
use crate::domain::figures::Figures;
use crate::domain::state::{Cited, Evaluation, StatedFigure};
use crate::explain::Explained;
use crate::explain::sums::{Part, SumExplained};
use crate::rules::Words;

/// A number that may not be there: empty on the wire.
pub(crate) fn number(value: Option<Number>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

pub(crate) fn words(words: &Words) -> types::Names {
    pb_names(&Names { zh: words.zh.clone(), en: Some(words.en.clone()) })
}

fn status(status: IndicatorStatus) -> pb::IndicatorStatus {
    match status {
        IndicatorStatus::Met => pb::IndicatorStatus::Met,
        IndicatorStatus::Unmet => pb::IndicatorStatus::Unmet,
        IndicatorStatus::Scored => pb::IndicatorStatus::Scored,
        IndicatorStatus::NotStarted => pb::IndicatorStatus::NotStarted,
        IndicatorStatus::UnitMismatch => pb::IndicatorStatus::UnitMismatch,
        IndicatorStatus::NoActual => pb::IndicatorStatus::NoActual,
        IndicatorStatus::NoValue => pb::IndicatorStatus::NoValue,
        IndicatorStatus::AwaitsJudgement => pb::IndicatorStatus::AwaitsJudgement,
        IndicatorStatus::NotApplicable => pb::IndicatorStatus::NotApplicable,
    }
}

/// An indicator with the events behind each of its inputs: references and how many there are.
pub(crate) fn indicator(
    of: &Evaluated,
    result: &IndicatorResult,
    measure: Option<String>,
    events: Vec<(Vec<pb::EventRef>, u64)>,
) -> pb::Indicator {
    let inputs = result.inputs.iter().zip(events).map(|(input, (events, event_count))| pb::Input {
        quantity: input.quantity.clone(),
        value: input.value.clone().unwrap_or_default(),
        unit: input.unit.clone().unwrap_or_default(),
        events,
        event_count,
    });
    pb::Indicator {
        name: of.indicator(&result.indicator),
        indicator: result.indicator.to_string(),
        names: Some(pb_names(&result.name)),
        group: result.indicator.group().map(|group| group.to_string()).unwrap_or_default(),
        weight: result.weight.to_string(),
        self_score: number(result.self_score),
        score: number(result.score),
        status: status(result.status).into(),
        rule: result.rule.clone(),
        measure: measure.unwrap_or_default(),
        measured: number(result.measured),
        inputs: inputs.collect(),
        self_given: None,
        reviewer: None,
        finance: None,
    }
}

pub(crate) fn source(source: &SourceEvent, event_type: &str) -> pb::EventRef {
    cited(&Cited::source(source, event_type))
}

pub(crate) fn cited(event: &Cited) -> pb::EventRef {
    pb::EventRef {
        log: event.log.clone(),
        id: event.id.clone(),
        r#type: event.event_type.clone(),
        effective: event.effective.map(|on| on.to_string()).unwrap_or_default(),
        actor: event.actor.clone(),
        recorded_time: recorded_text(event.recorded_time),
    }
}

/// An event of which no more is known than what names it.
pub(crate) fn reference(event: &EventRef) -> pb::EventRef {
    pb::EventRef { log: event.log.clone(), id: event.id.clone(), ..Default::default() }
}

/// An event of scoring's own log.
pub(crate) fn own(stored: &StoredEvent) -> pb::EventRef {
    pb::EventRef {
        log: stored.log.clone(),
        id: stored.id.clone(),
        r#type: stored.event_type.clone(),
        effective: stored.effective.clone().unwrap_or_default(),
        actor: stored.actor.clone(),
        recorded_time: stored.recorded_text(),
    }
}

pub(crate) fn explanation(
    open: &Evaluation,
    indicator: pb::Indicator,
    explained: &Explained,
) -> pb::Explanation {
    pb::Explanation {
        indicator: Some(indicator),
        scheme: open.scheme.resource(),
        scheme_version: open.version,
        rule: Some(words(&explained.rule)),
        parameters: explained.parameters.iter().map(parameter).collect(),
        formula: explained.formula.as_ref().map(words),
        result: Some(words(&explained.result)),
        rounding: Some(words(&explained.rounding)),
        unrounded: explained.unrounded.clone().unwrap_or_default(),
        steps: explained.steps.iter().map(words).collect(),
        ..Default::default()
    }
}

/// The words of a sum's explanation.
pub(crate) fn sum_explanation(
    open: &Evaluation,
    explained: &SumExplained,
    row: &SumResult,
) -> pb::Explanation {
    pb::Explanation {
        scheme: open.scheme.resource(),
        scheme_version: open.version,
        rule: Some(words(&explained.rule)),
        parameters: explained.parameters.iter().map(parameter).collect(),
        result: Some(words(&explained.result)),
        rounding: Some(words(&explained.rounding)),
        unrounded: row.score.to_string(),
        steps: explained.steps.iter().map(words).collect(),
        ..Default::default()
    }
}

/// What stands directly below a sum.
pub(crate) fn sum_part(part: &Part) -> pb::SumPart {
    pb::SumPart {
        path: part.path.clone(),
        names: Some(pb_names(&part.name)),
        score: part.score.to_string(),
        weight: part.weight.to_string(),
        not_applicable: part.not_applicable.to_string(),
        not_scored: part.not_scored,
        outside: part.outside.map(|outside| <&str>::from(outside).to_owned()).unwrap_or_default(),
    }
}

/// Why something changed, and the event of another log, or of this one, that is behind it.
pub(crate) fn cause(stored: &StoredEvent, cause: &Cause) -> (pb::CauseKind, Option<pb::EventRef>) {
    match cause {
        Cause::Source { log, id, event_type } => {
            let (log, id, r#type) = (log.clone(), id.clone(), event_type.clone());
            (pb::CauseKind::Source, Some(pb::EventRef { log, id, r#type, ..Default::default() }))
        }
        Cause::Voided { id, .. } => {
            let (log, r#type) = (stored.log.clone(), "log_feed_voided".to_owned());
            let event = pb::EventRef { log, id: id.clone(), r#type, ..Default::default() };
            (pb::CauseKind::Voided, Some(event))
        }
        Cause::Opened => (pb::CauseKind::Opened, None),
        Cause::Judged { .. } => (pb::CauseKind::Judged, None),
        Cause::Stated { .. } => (pb::CauseKind::Stated, None),
        Cause::Date { .. } => (pb::CauseKind::Date, None),
    }
}

/// A change as its event holds it.
pub(crate) fn change(stored: &StoredEvent, change: &EvaluationChange) -> pb::Change {
    let of = Evaluated::new(&change.fund, change.project.as_ref());
    let (kind, source) = cause(stored, &change.cause);
    let judged = match &change.cause {
        Cause::Judged { indicator } => of.indicator(indicator),
        _ => String::new(),
    };
    let before: BTreeMap<_, _> = change.before.iter().map(|before| (&before.indicator, before)).collect();
    let indicators = change.indicators.iter().map(|now| pb::IndicatorChange {
        name: of.indicator(&now.indicator),
        names: Some(pb_names(&now.name)),
        before: before.get(&now.indicator).map(|before| standing(before)),
        after: Some(standing(&stood(now))),
    });
    pb::Change {
        event_id: stored.id.clone(),
        recorded_time: stored.recorded_text(),
        cause: kind.into(),
        source,
        judged,
        scheme: change.scheme.resource(),
        scheme_version: change.version,
        indicators: indicators.collect(),
        removed: change.removed.iter().map(|indicator| of.indicator(indicator)).collect(),
        sums: change.sums.iter().map(sum_change).collect(),
        indicators_touched: change.indicators_touched,
        sums_touched: change.sums_touched,
    }
}

/// How an indicator stands.
pub(crate) fn standing(standing: &Standing) -> pb::Standing {
    pb::Standing {
        weight: standing.weight.to_string(),
        self_score: number(standing.self_score),
        score: number(standing.score),
        status: status(standing.status).into(),
        measured: number(standing.measured),
    }
}

pub(crate) fn sum_change(sum: &SumResult) -> pb::SumChange {
    pb::SumChange {
        node: sum.node.to_string(),
        filled_weight: sum.filled_weight.to_string(),
        self_score: sum.self_score.to_string(),
        score: sum.score.to_string(),
    }
}

pub(crate) fn stated_figure(stated: &StatedFigure, figures: &Figures) -> pb::StatedFigure {
    pb::StatedFigure {
        quantity: stated.quantity.clone(),
        stated: stated.stated.clone(),
        value: stated.value.to_string(),
        unit: stated.unit.clone().unwrap_or_default(),
        basis: stated.basis.clone(),
        place: stated.place.clone(),
        computed: number(crate::claims::check(&stated.claim(), figures).computed()),
        event: Some(cited(&stated.event)),
    }
}
