//! Every number and choice of a scheme's node, with what it rests on.

use jixiao_events::scheme::{Ask, AskKind, Combine, CriterionRules, Node, NodeBody, Scheme};

use crate::rules::{self, Described};

/// The parameters of a node under the keys of its file, in the order of the form. `weight` is one of them.
pub(crate) fn of_node(node: &Node) -> Vec<Described> {
    let mut all = vec![Described::new("weight", &node.weight)];
    all.extend(node.outside.iter().map(|outside| Described::word("outside", outside)));
    all.extend(beside_weight(node));
    all
}

/// The same without the weight, which a target has of its own.
fn beside_weight(node: &Node) -> Vec<Described> {
    let mut all: Vec<Described> = node.optional.iter().map(|it| Described::new("optional", it)).collect();
    match &node.body {
        NodeBody::Group { combine, .. } => all.extend(of_combine(combine)),
        NodeBody::EachTarget { class, rule, rules: by_criterion, equal_parts, combine, .. } => {
            all.extend(class.iter().map(|class| Described::new("class", class)));
            all.extend(rules::parameters(rule));
            all.extend(of_criteria(by_criterion));
            all.extend(equal_parts.iter().map(|decimals| Described::new("equal_parts", decimals)));
            all.extend(of_combine(combine));
        }
        NodeBody::Indicator { measure, month, targets, asks, rule, gates, by_hand, evidence, none_found } => {
            all.extend(measure.iter().map(|measure| Described::word("measure", measure)));
            all.extend(month.iter().map(|month| Described::new("month", month)));
            all.extend(targets.iter().map(|name| Described::new("targets", name)));
            all.extend(asks.iter().flat_map(of_ask));
            all.extend(rules::parameters(rule));
            all.extend(gates.iter().enumerate().map(|(at, gate)| {
                let when: Vec<_> = gate.when.iter().map(ToString::to_string).collect();
                Described::new(format!("gates[{at}].at_most: {}", when.join(" and ")), &gate.at_most)
            }));
            all.extend(by_hand.iter().map(|by_hand| Described::word("by_hand", by_hand)));
            all.extend(evidence.iter().map(|evidence| Described::new("evidence", evidence)));
            all.extend(none_found.iter().map(|checks| Described {
                key: "none_found".to_owned(),
                value: checks.value.join(", "),
                basis: checks.basis,
                source: checks.source.clone(),
            }));
        }
    }
    all
}

/// Those that had a part in the points of an indicator, with the scheme's rounding.
pub(super) fn of_points(scheme: &Scheme, node: &Node) -> Vec<Described> {
    let mut all = of_node(node);
    all.retain(|described| described.key != "none_found");
    all.extend(scheme.decimals.iter().map(|decimals| Described::new("decimals", decimals)));
    all
}

/// The same of a target: those of the rule of its criterion's `kind`, or of the node's own. Its weight is its own, but
/// where the node's is divided.
pub(super) fn of_target(scheme: &Scheme, node: &Node, kind: Option<&'static str>) -> Vec<Described> {
    let NodeBody::EachTarget { class, rule, rules: by_criterion, equal_parts, .. } = &node.body else {
        return Vec::new();
    };
    let mut all = Vec::new();
    if let Some(decimals) = equal_parts {
        all.extend([Described::new("weight", &node.weight), Described::new("equal_parts", decimals)]);
    }
    all.extend(class.iter().map(|class| Described::new("class", class)));
    match kind {
        None => all.extend(rules::parameters(rule)),
        Some(kind) => {
            let prefix = format!("{kind}.");
            let is_own = |described: &Described| {
                described.key.starts_with(&prefix) || (kind == "by_date" && described.key == "late_in")
            };
            all.extend(of_criteria(by_criterion).into_iter().filter(is_own));
        }
    }
    all.extend(scheme.decimals.iter().map(|decimals| Described::new("decimals", decimals)));
    all
}

/// How the points below a node come together.
pub(super) fn of_combine(combine: &Combine) -> Vec<Described> {
    let Combine { out_of, redistribute, best_of } = combine;
    let out_of = out_of.iter().map(|points| Described::new("out_of", points));
    let redistribute = redistribute.iter().map(|is_so| Described::new("redistribute", is_so));
    let best_of = best_of.iter().map(|is_so| Described::new("best_of", is_so));
    out_of.chain(redistribute).chain(best_of).collect()
}

fn of_ask(ask: &Ask) -> Vec<Described> {
    let key = |rest: &str| format!("asks.{}.{rest}", ask.ask);
    match &ask.kind {
        AskKind::Number { at_least, at_most, .. } => {
            let least = at_least.iter().map(|least| Described::new(key("at_least"), least));
            least.chain(at_most.iter().map(|most| Described::new(key("at_most"), most))).collect()
        }
        AskKind::Date {} | AskKind::YesNo {} => Vec::new(),
        AskKind::Survey { choices } => choices
            .iter()
            .map(|choice| Described::new(key(&format!("{}.share", choice.choice)), &choice.share))
            .collect(),
    }
}

fn of_criteria(by_criterion: &CriterionRules) -> Vec<Described> {
    let CriterionRules { at_most, equal, between, by_date, late_in, qualitative } = by_criterion;
    let named = [
        ("at_most", at_most),
        ("equal", equal),
        ("between", between),
        ("by_date", by_date),
        ("qualitative", qualitative),
    ];
    let mut all = Vec::new();
    for (name, rule) in named {
        for described in rule.iter().flat_map(rules::parameters) {
            all.push(Described { key: format!("{name}.{}", described.key), ..described });
        }
    }
    all.extend(late_in.iter().map(|late_in| Described::word("late_in", late_in)));
    all
}
