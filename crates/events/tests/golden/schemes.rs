//! A scheme with what schemes may hold since 0.4.0.

use jixiao_events::scheme::{
    Anchor, Ask, AskKind, Band, Basis, Between, ByHand, Case, Choice, Combine, Counted, CriterionRules, Gate,
    Item, LateIn, Level, Measure, Node, NodeBody, Outside, Override, Parameter, Rule, Scale, Scheme, Side,
};
use jixiao_events::targets::TargetLevel;

use crate::scoring::{assumed, node, scheme};
use crate::{names, of, some};

fn basis<T>(value: T) -> Parameter<T> {
    Parameter { value, basis: Basis::Inferred, source: some("the form") }
}

/// Every form of rule, ask, gate and combination that schemes got with 0.4.0.
pub(crate) fn every_form() -> Scheme {
    let rules = CriterionRules {
        at_most: Some(Rule::InverseRatio { full_at: assumed("100") }),
        equal: Some(deduct()),
        between: Some(curve(Scale::Number(of("100")))),
        by_date: Some(deduct()),
        late_in: Some(basis(LateIn::Months)),
        qualitative: Some(levels()),
    };
    let targets = NodeBody::EachTarget {
        level: TargetLevel::Detail,
        class: Some(basis("output.quantity".to_owned())),
        rule: Rule::ProRata { full_at: assumed("100") },
        rules: Box::new(rules),
        equal_parts: Some(basis(2)),
        combine: Combine { out_of: Some(assumed("100")), redistribute: Some(basis(true)), best_of: None },
        as_published: None,
    };
    let best_of = Combine { best_of: Some(basis(true)), ..Combine::default() };
    let mut rate = NodeBody::indicator(
        Some(basis(Measure::ExecutionRateAdjusted)),
        Rule::Bands {
            bands: vec![Band {
                up_to: None,
                inclusive: false,
                points: assumed("4"),
                at_least: Some(assumed("2")),
            }],
        },
    );
    if let NodeBody::Indicator { month, by_hand, evidence, .. } = &mut rate {
        *month = Some(basis(7));
        *by_hand = Some(basis(ByHand::Deduct));
        *evidence = Some(basis(true));
    }
    let mut asked = NodeBody::indicator(
        Some(basis(Measure::Answer)),
        Rule::Cases {
            cases: vec![Case {
                when: vec!["value <= answer.last_year".parse().unwrap(), "answer.harm = no".parse().unwrap()],
                points: assumed("2"),
            }],
            otherwise: assumed("0"),
        },
    );
    if let NodeBody::Indicator { asks, gates, by_hand, .. } = &mut asked {
        *asks = every_ask();
        *gates =
            vec![Gate { when: vec!["budget.receipt_rate < 100".parse().unwrap()], at_most: assumed("1") }];
        *by_hand = Some(basis(ByHand::Replace));
    }
    let mut over =
        NodeBody::indicator(Some(basis(Measure::OverProjects)), curve(Scale::Date(of("2019-12-31"))));
    if let NodeBody::Indicator { targets, .. } = &mut over {
        *targets = Some(basis("培训人数".to_owned()));
    }
    let checklist = Rule::Checklist {
        items: vec![Item {
            item: "complete".to_owned(),
            name: names("资料齐全", "Complete"),
            points: Some(assumed("4")),
            gate: Some(basis(true)),
        }],
    };
    let manual = Rule::Manual { self_score_stands: basis(false), coefficient: Some(basis(true)) };
    let optional =
        Node { optional: Some(basis(true)), ..node("process.rules", NodeBody::indicator(None, checklist)) };
    let bonus =
        Node { outside: Some(basis(Outside::Bonus)), ..node("bonus", NodeBody::indicator(None, levels())) };
    let penalty =
        Node { outside: Some(basis(Outside::Penalty)), ..node("penalty", NodeBody::indicator(None, manual)) };
    Scheme {
        nodes: vec![
            node("targets", targets),
            node("process", NodeBody::Group { as_published: None, combine: best_of }),
            node("process.rate", rate),
            optional,
            node("asked", asked),
            node("over", over),
            bonus,
            penalty,
        ],
        execution_bound: Some(assumed("80")),
        redistribute: Some(basis(true)),
        overrides: vec![Override {
            name: names("一票否决", "Veto"),
            when: vec!["answer.asked.harm = yes".parse().unwrap(), "total >= 60".parse().unwrap()],
            grade: basis("good".to_owned()),
        }],
        ..scheme()
    }
}

fn every_ask() -> Vec<Ask> {
    let ask = |ask: &str, kind| Ask { ask: ask.to_owned(), name: names("填报项", "Asked"), kind };
    let satisfied =
        Choice { choice: "satisfied".to_owned(), name: names("满意", "Satisfied"), share: assumed("1") };
    vec![
        ask(
            "surplus",
            AskKind::Number {
                unit: some("万元"),
                at_least: Some(assumed("0")),
                at_most: Some(assumed("100")),
            },
        ),
        ask("last_year", AskKind::Number { unit: None, at_least: None, at_most: None }),
        ask("done", AskKind::Date {}),
        ask("harm", AskKind::YesNo {}),
        ask("survey", AskKind::Survey { choices: vec![satisfied] }),
    ]
}

fn curve(at: Scale) -> Rule {
    let anchor = Anchor { at: basis(at), share: assumed("0.5") };
    Rule::Curve { anchors: vec![anchor], between: basis(Between::Linear) }
}

fn deduct() -> Rule {
    Rule::Deduct {
        each: assumed("1"),
        per: Some(assumed("3")),
        from: Some(basis(Scale::Number(of("100")))),
        side: Some(basis(Side::Either)),
        counted: Some(basis(Counted::Begun)),
        cap: Some(assumed("3")),
        floor: Some(assumed("1")),
    }
}

fn levels() -> Rule {
    Rule::Levels {
        levels: vec![Level {
            level: "good".to_owned(),
            name: names("良", "Good"),
            to: assumed("1"),
            from: Some(assumed("0.8")),
        }],
    }
}
