//! What was reached by chance: a comparison of what never happens shows nothing.

use std::collections::BTreeMap;

use jixiao_events::scheme::{Between, ByHand, Counted, Measure, Node, NodeBody, Outside, Rule, Scheme, Side};
use jixiao_events::scoring::IndicatorStatus;
use strum::VariantNames;

use super::evaluator::{Evaluation, Line, evaluate};
use super::ratio::Ratio;
use super::rules::{earned, left_by_overrides};
use super::told::Told;

/// How often something was reached, by what it is.
#[derive(Debug, Default)]
pub struct Seen {
    counts: BTreeMap<String, u32>,
}

impl FromIterator<Self> for Seen {
    fn from_iter<I: IntoIterator<Item = Self>>(all: I) -> Self {
        let mut counts = BTreeMap::new();
        for (what, count) in all.into_iter().flat_map(|seen| seen.counts) {
            *counts.entry(what).or_default() += count;
        }
        Self { counts }
    }
}

/// Modifiers and parameters that have to be reached with an effect.
const EFFECTS: [&str; 34] = [
    "above",
    "answers",
    "below",
    "begun",
    "best of",
    "bonus",
    "by hand deduct",
    "by hand replace",
    "chosen in band",
    "coefficient",
    "criterion at_most",
    "criterion between",
    "criterion by_date",
    "criterion equal",
    "criterion qualitative",
    "either",
    "gate",
    "in proportion",
    "left out",
    "linear",
    "month",
    "out of",
    "override not the first",
    "override not the last",
    "override",
    "penalty",
    "redistributed at the top",
    "redistributed",
    "rounded",
    "self-score",
    "step",
    "target equal parts",
    "total at zero",
    "whole",
];

impl Seen {
    fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    /// What has to be reached, and never was.
    pub fn missed(&self) -> Vec<String> {
        let kinds = Rule::VARIANTS.iter();
        let mut all: Vec<String> = kinds.map(|kind| format!("indicator {kind}")).collect();
        // All but one of them know something between nothing and all.
        let partly = Rule::VARIANTS.iter().filter(|kind| **kind != "all_or_nothing");
        all.extend(partly.map(|kind| format!("indicator {kind} partly")));
        let of_targets =
            ["all_or_nothing", "steps", "pro_rata", "inverse_ratio", "curve", "bands", "deduct", "manual"];
        all.extend(of_targets.map(|kind| format!("target {kind}")));
        all.extend(Measure::VARIANTS.iter().map(|measure| format!("measure {measure}")));
        all.extend(IndicatorStatus::VARIANTS.iter().map(|status| format!("status {status}")));
        all.extend(EFFECTS.map(str::to_owned));
        all.retain(|what| !self.counts.contains_key(what));
        all
    }

    /// Notes what an evaluation came to.
    pub fn note(&mut self, scheme: &Scheme, told: &Told, found: &Evaluation) {
        for line in found.lines.values() {
            self.count(format!("status {}", <&str>::from(line.status)));
        }
        for node in &scheme.nodes {
            let path = node.node.as_str();
            match &node.body {
                NodeBody::Indicator { .. } => self.indicator(scheme, told, node, &found.lines[path], found),
                NodeBody::EachTarget { .. } => self.each_target(node, found),
                NodeBody::Group { .. } => {}
            }
            let Some(sum) = found.sums.get(path) else { continue };
            if let NodeBody::Group { combine, .. } | NodeBody::EachTarget { combine, .. } = &node.body {
                let is_scored = sum.score > Ratio::ZERO;
                for (what, is_so) in [
                    ("best of", combine.best_of.is_some() && is_scored),
                    ("out of", combine.out_of.is_some() && is_scored),
                    (
                        "redistributed",
                        combine.redistribute.is_some() && is_scored && sum.left_out > Ratio::ZERO,
                    ),
                ] {
                    self.count_if(what, is_so);
                }
            }
            if let Some(outside) = &node.outside
                && sum.score != Ratio::ZERO
            {
                self.count(if outside.value == Outside::Bonus { "bonus" } else { "penalty" });
            }
        }
        let total = found.sums["total"];
        let redistributes =
            scheme.redistribute.is_some() && total.left_out > Ratio::ZERO && total.score > Ratio::ZERO;
        self.count_if("redistributed at the top", redistributes);
        let outside = scheme.nodes.iter().filter(|node| node.outside.is_some());
        let lost =
            outside.filter_map(|node| found.sums.get(node.node.as_str())).any(|sum| sum.score < Ratio::ZERO);
        self.count_if("total at zero", lost && total.score == Ratio::ZERO);
        let left = left_by_overrides(scheme, told, total.score);
        let earned = earned(scheme, total.score);
        self.count_if("override", scheme.grades[earned].grade != found.grade);
        // Of several it is the worst that counts, and another would show: not the first, not the last.
        if let ([first, .., last], Some(worst)) = (left.as_slice(), left.iter().max()) {
            self.count_if("override not the first", first < worst && earned < *worst);
            self.count_if("override not the last", last < worst && earned < *worst);
        }
    }

    fn count_if(&mut self, what: &str, is_so: bool) {
        if is_so {
            self.count(what);
        }
    }

    fn indicator(&mut self, scheme: &Scheme, told: &Told, node: &Node, line: &Line, found: &Evaluation) {
        let NodeBody::Indicator { measure, month, asks, rule, gates, by_hand, .. } = &node.body else {
            return;
        };
        let kind = <&str>::from(rule);
        if let Some(measure) = measure.as_ref().filter(|_| line.value.is_some()) {
            self.count(format!("measure {}", <&str>::from(measure.value)));
        }
        self.count_if("left out", line.status == IndicatorStatus::NotApplicable);
        let Some(score) = line.score else { return };
        self.count(format!("indicator {kind}"));
        let is_partly = score.abs() > Ratio::ZERO && score.abs() < line.weight;
        if is_partly {
            self.count(format!("indicator {kind} partly"));
        }
        self.parameters(rule, is_partly);
        let said = told.said(node.node.as_str());
        let by_hand = by_hand.as_ref().map(|by_hand| by_hand.value);
        let deducts =
            by_hand == Some(ByHand::Deduct) && said.deduction.is_some_and(|points| points > Ratio::ZERO);
        let is_own = score.rounded(12);
        let decimals = scheme.decimals.as_ref().map(|decimals| decimals.value);
        for (what, is_so) in [
            ("month", month.is_some()),
            ("answers", !asks.is_empty() && !said.answers.is_empty()),
            ("by hand deduct", deducts),
            ("by hand replace", by_hand == Some(ByHand::Replace) && said.points.is_some()),
            ("rounded", is_partly && decimals.is_some_and(|decimals| is_own.rounded(decimals) == is_own)),
        ] {
            self.count_if(what, is_so);
        }
        match rule {
            Rule::Manual { coefficient, .. } => {
                self.count_if("coefficient", coefficient.is_some() && said.coefficient.is_some());
                self.count_if("self-score", coefficient.is_none() && said.points.is_none());
            }
            Rule::Bands { bands } => {
                let is_chosen = bands.iter().any(|band| band.at_least.is_some()) && said.points.is_some();
                self.count_if("chosen in band", is_chosen && by_hand.is_none());
            }
            _ => {}
        }
        // Whether a gate has an effect is seen without it.
        if !gates.is_empty() && self.counts.get("gate").is_none_or(|count| *count <= 20) {
            let mut open = scheme.clone();
            for other in open.nodes.iter_mut().filter(|other| other.node == node.node) {
                if let NodeBody::Indicator { gates, .. } = &mut other.body {
                    gates.clear();
                }
            }
            let without = evaluate(told, &open);
            self.count_if("gate", without.lines[node.node.as_str()] != found.lines[node.node.as_str()]);
        }
    }

    fn parameters(&mut self, rule: &Rule, is_partly: bool) {
        match rule {
            Rule::Curve { between, .. } if is_partly => {
                self.count(if between.value == Between::Linear { "linear" } else { "step" });
            }
            Rule::Deduct { side, counted, .. } if is_partly => {
                self.count(match side.as_ref().map_or(Side::Above, |side| side.value) {
                    Side::Above => "above",
                    Side::Below => "below",
                    Side::Either => "either",
                });
                self.count(match counted.as_ref().map_or(Counted::InProportion, |counted| counted.value) {
                    Counted::InProportion => "in proportion",
                    Counted::Begun => "begun",
                    Counted::Whole => "whole",
                });
            }
            _ => {}
        }
    }

    fn each_target(&mut self, node: &Node, found: &Evaluation) {
        let NodeBody::EachTarget { rule, rules, equal_parts, .. } = &node.body else { return };
        let below = format!("{}.", node.node);
        let lines: Vec<&Line> =
            found.lines.iter().filter(|(path, _)| path.starts_with(&below)).map(|(_, line)| line).collect();
        self.count_if("target equal parts", equal_parts.is_some() && lines.len() > 1);
        for line in lines.into_iter().filter(|line| line.score.is_some()) {
            let is_partly =
                line.score.is_some_and(|score| score > Ratio::ZERO) && line.score != Some(line.weight);
            match line.status {
                IndicatorStatus::Unmet if is_partly || matches!(rule, Rule::AllOrNothing { .. }) => {
                    self.count(format!("target {}", <&str>::from(rule)));
                    for (what, own) in [
                        ("at_most", &rules.at_most),
                        ("equal", &rules.equal),
                        ("between", &rules.between),
                        ("by_date", &rules.by_date),
                    ] {
                        self.count_if(&format!("criterion {what}"), own.is_some());
                    }
                }
                IndicatorStatus::Scored => {
                    self.count_if("target manual", matches!(rule, Rule::Manual { .. }));
                    self.count_if("criterion qualitative", rules.qualitative.is_some() && is_partly);
                }
                _ => {}
            }
        }
    }
}
