//! The canonical form of an evaluation: a function of the set of events, whatever order and time they came in.
//!
//! JSON with its keys in order and no spaces. Positions, recorded times and counts of deliveries are left out; events are
//! in the order of their logs and ids.

use std::fmt::Write;

use jixiao_proto::google::r#type::Money;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1::Names;
use serde_json::{Value, json};

use super::fetch::Fetched;
use super::figure::money;
use super::fund_and_project;

/// An evaluation in its canonical form.
pub fn canonical(fetched: &Fetched) -> String {
    let evaluation = &fetched.evaluation;
    let mut indicators: Vec<&pb::Indicator> = fetched.indicators.iter().collect();
    indicators.sort_by(|a, b| a.indicator.cmp(&b.indicator));
    let mut stated: Vec<&pb::StatedFigure> = fetched.stated_figures.iter().collect();
    stated.sort_by(|a, b| (&a.quantity, &a.place).cmp(&(&b.quantity, &b.place)));
    let (fund, project) = fund_and_project(&evaluation.name);
    let mut value = json!({
        "fund": fund,
        "names": names(evaluation.names.as_ref()),
        "fiscal_year": evaluation.fiscal_year,
        "display_unit": evaluation.display_unit().as_str_name(),
        "time_zone": evaluation.time_zone,
        "year_closed_on": evaluation.year_closed_on,
        "scheme": evaluation.scheme,
        "scheme_version": evaluation.scheme_version,
        "budget": evaluation.budget.as_ref().map(budget),
        "projects": evaluation.projects,
        "contracts_not_filed": evaluation.contracts_not_filed,
        "acceptances_not_filed": evaluation.acceptances_not_filed,
        "targets": evaluation.targets.iter().map(|level| json!({
            "level": level.level().as_str_name(),
            "total": level.total,
            "met": level.met,
            "self_full": level.self_full,
            "not_scored": level.not_scored,
        })).collect::<Vec<_>>(),
        "total": evaluation.total.as_ref().map(|total| &total.value),
        "sums": evaluation.sums.iter().map(sum).collect::<Vec<_>>(),
        "grade": evaluation.grade.as_ref().map(|grade| &grade.grade),
        "self_grade": evaluation.self_grade.as_ref().map(|grade| &grade.grade),
        "indicators": indicators.into_iter().map(indicator).collect::<Vec<_>>(),
        "stated_figures": stated.into_iter().map(stated_figure).collect::<Vec<_>>(),
    });
    if !project.is_empty() {
        value["project"] = project.into();
    }
    let mut text = String::new();
    write(&mut text, &value);
    text
}

fn names(names: Option<&Names>) -> Value {
    names.map_or(Value::Null, |names| json!({ "zh": names.zh, "en": names.en }))
}

fn budget(budget: &pb::Budget) -> Value {
    let yuan = |amount: Option<&Money>| money(amount).to_string();
    json!({
        "original": yuan(budget.original.as_ref()),
        "increase": yuan(budget.increase.as_ref()),
        "decrease": yuan(budget.decrease.as_ref()),
        "adjusted": yuan(budget.adjusted.as_ref()),
        "received": yuan(budget.received.as_ref()),
        "paid": yuan(budget.paid.as_ref()),
        "refunded": yuan(budget.refunded.as_ref()),
        "unspent_explained": yuan(budget.unspent_explained.as_ref()),
        "adjustment_rate": {
            "gross": budget.adjustment_rate_gross,
            "net": budget.adjustment_rate_net,
            "signed_net": budget.adjustment_rate_signed_net,
            "cuts_only": budget.adjustment_rate_cuts_only,
        },
        "execution_rate": {
            "original": budget.execution_rate_original,
            "adjusted": budget.execution_rate_adjusted,
            "received": budget.execution_rate_received,
        },
    })
}

fn sum(sum: &pb::Sum) -> Value {
    json!({
        "node": sum.node,
        "names": names(sum.names.as_ref()),
        "weight": sum.weight,
        "filled_weight": sum.filled_weight,
        "unallocated_weight": sum.unallocated_weight,
        "self_score": sum.self_score,
        "self_missing": sum.self_missing,
        "score": sum.score,
        "not_scored": sum.not_scored,
        "indicators": sum.indicators,
        "met": sum.met,
        "self_full": sum.self_full,
        "as_published": sum.as_published,
    })
}

fn indicator(indicator: &pb::Indicator) -> Value {
    json!({
        "indicator": indicator.indicator,
        "names": names(indicator.names.as_ref()),
        "group": indicator.group,
        "weight": indicator.weight,
        "self_score": indicator.self_score,
        "score": indicator.score,
        "status": indicator.status().as_str_name(),
        "rule": indicator.rule,
        "measure": indicator.measure,
        "measured": indicator.measured,
        "inputs": indicator.inputs.iter().map(|input| {
            let mut events: Vec<&pb::EventRef> = input.events.iter().collect();
            events.sort_by(|a, b| (&a.log, &a.id).cmp(&(&b.log, &b.id)));
            json!({
                "quantity": input.quantity,
                "value": input.value,
                "unit": input.unit,
                "events": events.into_iter().map(event).collect::<Vec<_>>(),
                "event_count": input.event_count,
            })
        }).collect::<Vec<_>>(),
    })
}

fn stated_figure(figure: &pb::StatedFigure) -> Value {
    json!({
        "quantity": figure.quantity,
        "stated": figure.stated,
        "value": figure.value,
        "unit": figure.unit,
        "basis": figure.basis,
        "place": figure.place,
        "computed": figure.computed,
        "event": figure.event.as_ref().map(event),
    })
}

fn event(event: &pb::EventRef) -> Value {
    json!({ "log": event.log, "id": event.id, "type": event.r#type, "effective": event.effective, "actor": event.actor })
}

/// Writes JSON with the keys of every object in order, whatever order the map keeps them in.
fn write(text: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(text, item);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (at, (key, value)) in fields.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(text, &Value::String(key.clone()));
                text.push(':');
                write(text, value);
            }
            text.push('}');
        }
        // A String never fails to be written to.
        plain => _ = write!(text, "{plain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetched(events: &[(&str, &str)], recorded: &str) -> Fetched {
        let events = events.iter().map(|(log, id)| pb::EventRef {
            log: (*log).into(),
            id: (*id).into(),
            recorded_time: recorded.into(),
            ..Default::default()
        });
        let input = pb::Input {
            quantity: "target".into(),
            events: events.collect(),
            event_count: 2,
            ..Default::default()
        };
        let indicator = pb::Indicator {
            indicator: "targets.detail.d1".into(),
            inputs: vec![input],
            ..Default::default()
        };
        Fetched {
            evaluation: pb::Evaluation {
                name: "funds/a".into(),
                budget: Some(pb::Budget::default()),
                ..Default::default()
            },
            indicators: vec![indicator],
            stated_figures: Vec::new(),
            scheme: pb::Scheme::default(),
            position: recorded.into(),
            moment: crate::cli::Moment::default(),
        }
    }

    #[test]
    fn order_positions_and_times_leave_no_trace() {
        let one = canonical(&fetched(&[("targets", "b"), ("registry", "c")], "2026-11-24T00:00:00Z"));
        let other = canonical(&fetched(&[("registry", "c"), ("targets", "b")], "2026-11-25T00:00:00Z"));
        assert_eq!(one, other);
        assert!(!one.contains("2026-11"), "{one}");
        assert!(one.starts_with(r#"{"acceptances_not_filed":0,"budget":{"adjusted":"0.00","#), "{one}");
    }

    #[test]
    fn another_event_is_another_form() {
        let one = canonical(&fetched(&[("targets", "b")], ""));
        assert_ne!(one, canonical(&fetched(&[("targets", "d")], "")));
    }

    #[test]
    fn keys_are_in_order_at_every_depth() {
        let mut text = String::new();
        write(&mut text, &json!({ "b": [1, { "d": null, "c": "\"" }], "a": true }));
        assert_eq!(text, r#"{"a":true,"b":[1,{"c":"\"","d":null}]}"#);
    }
}
