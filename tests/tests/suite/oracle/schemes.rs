//! Schemes by chance, as files: every rule, every modifier, trees of all shapes.

use std::fmt::Write;

use crate::sim::random::Dice;

/// A number of hundredths, as a file has it.
pub fn hundredths(value: u64) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

/// A scheme file in the making. Weights are hundredths of a point.
pub struct Draft<'d> {
    dice: &'d Dice,
    nodes: String,
    /// Levels and classes of targets that have a node.
    taken: Vec<(&'static str, Option<&'static str>)>,
    /// Indicators that ask, with what has one value.
    asked: Vec<String>,
    count: usize,
}

const FIGURES: [&str; 12] = [
    "budget.adjustment_rate.gross",
    "budget.adjustment_rate.net",
    "budget.adjustment_rate.signed_net",
    "budget.adjustment_rate.cuts_only",
    "budget.execution_rate.original",
    "budget.execution_rate.adjusted",
    "budget.execution_rate.received",
    "budget.receipt_rate",
    "budget.saving_rate",
    "filings.contract_filing.not_filed",
    "filings.acceptance.not_filed",
    "budget.adjustments",
];
/// Those from here on are counts.
const COUNTS: usize = 9;
const OPS: [&str; 6] = ["<", "<=", "=", "!=", ">=", ">"];
pub const CLASSES: [&str; 3] = ["output", "output.quantity", "benefit"];

/// A scheme of an id, as a file.
pub fn scheme(id: &str, dice: &Dice) -> String {
    let mut draft = Draft { dice, nodes: String::new(), taken: Vec::new(), asked: Vec::new(), count: 0 };
    let total = [10_000, 10_000, 5_050, 777][dice.index(4)];
    for weight in draft.divided(total, dice.between(2, 5)) {
        draft.node("", weight, 0, "");
    }
    for kind in ["bonus", "penalty"] {
        if dice.chance(3_500) {
            draft.outside(kind);
        }
    }
    let mut text = format!(
        "scheme = \"{id}\"\nname = {{ zh = \"{id}\" }}\nfiscal_year = 2019\nbasis = \"assumed\"\nsource = \"generated\"\ntotal = {}\n",
        hundredths(total)
    );
    if dice.chance(6_000) {
        writeln!(text, "decimals = {}", dice.below(4)).unwrap();
    }
    if dice.chance(3_000) {
        text.push_str("redistribute = true\n");
    }
    text.push_str(&draft.nodes);
    // Often low: where nearly every total is poor, no override shows.
    let [good, fair, weak] = if dice.chance(5_000) { [90, 60, 30] } else { [45, 20, 5] };
    for (grade, percent) in [("good", good), ("fair", fair), ("weak", weak), ("poor", 0)] {
        let from = total * percent / 100;
        writeln!(
            text,
            "[[grade]]\ngrade = \"{grade}\"\nname = {{ zh = \"{grade}\" }}\nfrom = {}",
            hundredths(from)
        )
        .unwrap();
    }
    for at in 0..dice.below(5) {
        let grade = ["fair", "weak", "poor"][dice.index(3)];
        let condition = match draft.asked.len() {
            asked if asked > 0 && dice.chance(4_000) => {
                format!("answer.{} {} {}", draft.asked[dice.index(asked)], draft.op(), dice.below(3))
            }
            _ if dice.chance(5_000) => format!("total {} {}", draft.op(), hundredths(dice.below(total))),
            _ => draft.figure_condition(),
        };
        writeln!(
            text,
            "[[override]]\nname = {{ zh = \"否决{at}\" }}\nwhen = [\"{condition}\"]\ngrade = \"{grade}\""
        )
        .unwrap();
    }
    text
}

impl Draft<'_> {
    fn op(&self) -> &'static str {
        OPS[self.dice.index(OPS.len())]
    }

    fn figure_condition(&self) -> String {
        let at = self.dice.index(FIGURES.len());
        let bound = if at >= COUNTS { self.dice.below(4) } else { self.dice.between(0, 12) * 10 };
        format!("{} {} {bound}", FIGURES[at], self.op())
    }

    /// A weight in so many parts, each above zero.
    fn divided(&self, weight: u64, parts: u64) -> Vec<u64> {
        let parts = parts.min(weight);
        let mut left = weight;
        let mut all = Vec::new();
        for at in (1..parts).rev() {
            let part = self.dice.between(1, ((left - at) * 2 / (at + 1)).clamp(1, left - at));
            all.push(part);
            left -= part;
        }
        all.push(left);
        all
    }

    /// What is written of a node before its body; the id of the new node.
    fn head(&mut self, parent: &str, weight: Option<u64>, kind: &str, more: &str) -> String {
        let own = format!("n{}", self.count);
        self.count += 1;
        let id = if parent.is_empty() { own } else { format!("{parent}.{own}") };
        writeln!(self.nodes, "[[node]]\nnode = \"{id}\"\nname = {{ zh = \"{id}\" }}\nkind = \"{kind}\"")
            .unwrap();
        if let Some(weight) = weight {
            writeln!(self.nodes, "weight = {}", hundredths(weight)).unwrap();
        }
        self.nodes.push_str(more);
        id
    }

    fn node(&mut self, parent: &str, weight: u64, depth: usize, more: &str) {
        match self.dice.below(10) {
            0..=3 if depth < 2 && weight > 300 => self.group(parent, weight, depth, more),
            4..=5 if more.is_empty() => self.each_target(parent, weight),
            _ => self.indicator(parent, Some(weight), weight, more),
        }
    }

    fn group(&mut self, parent: &str, weight: u64, depth: usize, more: &str) {
        let dice = self.dice.clone();
        let parts = dice.between(2, 4);
        match dice.below(6) {
            0 => {
                let id = self.head(parent, Some(weight), "group", &format!("{more}best_of = true\n"));
                for _ in 0..parts {
                    self.node(&id, weight, depth + 1, "");
                }
            }
            1 => {
                let decimals = dice.below(4);
                let id =
                    self.head(parent, Some(weight), "group", &format!("{more}equal_parts = {decimals}\n"));
                for _ in 0..parts {
                    // No part is below a whole point less than its share.
                    self.indicator(&id, None, (weight / parts).saturating_sub(100).max(1), "");
                }
            }
            kind => {
                let out_of = if dice.chance(4_000) { dice.between(1, 4) * 1_111 } else { weight };
                let mut form = more.to_owned();
                if out_of != weight {
                    writeln!(form, "out_of = {}", hundredths(out_of)).unwrap();
                }
                if kind == 2 || kind == 3 {
                    form.push_str("redistribute = true\n");
                }
                let id = self.head(parent, Some(weight), "group", &form);
                for part in self.divided(out_of, parts) {
                    self.node(&id, part, depth + 1, "");
                }
            }
        }
    }

    fn outside(&mut self, kind: &str) {
        let more = format!("outside = \"{kind}\"\n");
        let weight = self.dice.between(1, 10) * 100;
        if self.dice.chance(3_000) {
            return self.indicator("", Some(weight), weight, &more);
        }
        let id = self.head("", Some(weight), "group", &more);
        for _ in 0..self.dice.between(1, 3) {
            // Together they may come to more than the group lets count.
            let part = self.dice.between(50, weight);
            self.node(&id, part, 1, "");
        }
    }

    fn each_target(&mut self, parent: &str, weight: u64) {
        let dice = self.dice.clone();
        let level = ["overall", "detail"][dice.index(2)];
        let class = dice.chance(5_000).then(|| CLASSES[dice.index(CLASSES.len())]);
        if self.taken.contains(&(level, class)) {
            return self.indicator(parent, Some(weight), weight, "");
        }
        self.taken.push((level, class));
        let mut more = format!("level = \"{level}\"\n");
        if let Some(class) = class {
            writeln!(more, "class = \"{class}\"").unwrap();
        }
        let rule = match dice.below(4) {
            0 => "{ kind = \"all_or_nothing\" }".to_owned(),
            1 => self.person_rule(),
            _ => self.percent_rule(None),
        };
        writeln!(more, "rule = {rule}").unwrap();
        if !rule.contains("manual") {
            for key in ["at_most", "equal", "between"] {
                if dice.chance(6_000) {
                    writeln!(more, "{key} = {}", self.percent_rule(None)).unwrap();
                }
            }
            if dice.chance(7_000) {
                writeln!(more, "by_date = {}", self.late_rule()).unwrap();
                if dice.chance(7_000) {
                    writeln!(more, "late_in = \"{}\"", ["days", "months", "percent"][dice.index(3)]).unwrap();
                }
            }
        }
        if dice.chance(5_000) {
            writeln!(more, "qualitative = {}", self.levels()).unwrap();
        }
        if dice.chance(4_000) {
            writeln!(more, "equal_parts = {}", dice.below(4)).unwrap();
        }
        if dice.chance(2_500) {
            writeln!(more, "out_of = {}", hundredths(dice.between(1, 20) * 100)).unwrap();
        }
        self.head(parent, Some(weight), "each_target", &more);
    }

    /// `stated` is the weight in the file; `weight` what at least is there.
    fn indicator(&mut self, parent: &str, stated: Option<u64>, weight: u64, more: &str) {
        let dice = self.dice.clone();
        let own = format!("n{}", self.count);
        let path = if parent.is_empty() { own } else { format!("{parent}.{own}") };
        let mut form = more.to_owned();
        let mut terms = Vec::new();
        let mut asks: Vec<String> = Vec::new();
        let rule = match dice.below(12) {
            0 => self.person_rule(),
            1 => self.levels(),
            2 => {
                let (rule, items) = self.checklist(stated);
                terms.extend(items.iter().map(|item| format!("answer.{item}")));
                self.asked.extend(items.iter().map(|item| format!("{path}.{item}")));
                rule
            }
            3 => {
                let ask = ["num", "day", "yes", "survey"][dice.index(4)];
                asks.push(ask.to_owned());
                form.push_str("measure = \"answer\"\n");
                terms.push("value".to_owned());
                match ask {
                    "day" => self.day_rule(weight),
                    "num" => self.count_rule(weight, false),
                    "yes" => "{ kind = \"all_or_nothing\", at_least = 1 }".to_owned(),
                    _ => self.percent_rule(Some(weight)),
                }
            }
            4 => {
                writeln!(form, "measure = \"targets.over_projects\"\ntargets = \"共同{}\"", dice.below(3))
                    .unwrap();
                terms.push("value".to_owned());
                self.percent_rule(Some(weight))
            }
            5 => {
                asks.push("yes".to_owned());
                let measured = dice.chance(5_000);
                if measured {
                    writeln!(form, "measure = \"{}\"", FIGURES[dice.index(FIGURES.len())]).unwrap();
                    terms.push("value".to_owned());
                }
                terms.push("answer.yes".to_owned());
                let cases: Vec<String> = (0..dice.between(1, 3))
                    .map(|_| {
                        format!("{{ when = [{}], points = {} }}", self.when(&terms), self.some_of(weight))
                    })
                    .collect();
                format!(
                    "{{ kind = \"cases\", otherwise = {}, cases = [{}] }}",
                    self.some_of(weight),
                    cases.join(", ")
                )
            }
            at => {
                let at =
                    if at % 3 == 0 { dice.between(COUNTS as u64, 11) } else { dice.below(COUNTS as u64) };
                let at = usize::try_from(at).unwrap();
                writeln!(form, "measure = \"{}\"", FIGURES[at]).unwrap();
                terms.push("value".to_owned());
                if at >= COUNTS {
                    self.count_rule(weight, true)
                } else {
                    if dice.chance(2_500) {
                        writeln!(form, "month = {}", dice.between(1, 12)).unwrap();
                    }
                    self.percent_rule(Some(weight))
                }
            }
        };
        if dice.chance(1_500) && !asks.contains(&"num".to_owned()) {
            asks.push("num".to_owned());
        }
        let kind = |ask: &String| match ask.as_str() {
            "num" => "number\", at_least = 0, at_most = 50",
            "day" => "date\"",
            "yes" => "yes_no\"",
            _ => {
                "survey\", choices = [{ choice = \"a\", name = { zh = \"满意\" }, share = 1 }, { choice = \"b\", name = { zh = \"一般\" }, share = 0.6 }, { choice = \"c\", name = { zh = \"不满意\" }, share = 0 }]"
            }
        };
        let each = asks
            .iter()
            .map(|ask| format!("{{ ask = \"{ask}\", name = {{ zh = \"{ask}\" }}, kind = \"{} }}", kind(ask)));
        let each: Vec<String> = each.collect();
        if !each.is_empty() {
            writeln!(form, "asks = [{}]", each.join(", ")).unwrap();
        }
        let of_one_value = asks.iter().filter(|ask| *ask != "survey");
        terms.extend(of_one_value.clone().map(|ask| format!("answer.{ask}")));
        self.asked.extend(of_one_value.map(|ask| format!("{path}.{ask}")));
        writeln!(form, "rule = {rule}").unwrap();
        if dice.chance(2_500) {
            let gate =
                |_| format!("{{ when = [{}], at_most = {} }}", self.when(&terms), self.some_of(weight));
            let gates: Vec<String> = (0..dice.between(1, 2)).map(gate).collect();
            writeln!(form, "gates = [{}]", gates.join(", ")).unwrap();
        }
        if dice.chance(3_500) {
            form.push_str("optional = true\n");
        }
        if dice.chance(3_000) {
            writeln!(form, "by_hand = \"{}\"", ["replace", "deduct"][dice.index(2)]).unwrap();
        }
        if dice.chance(1_000) {
            form.push_str("evidence = true\n");
        }
        self.head(parent, stated, "indicator", &form);
    }

    fn when(&self, terms: &[String]) -> String {
        let one = |_| match terms.len() {
            count if count > 0 && self.dice.chance(6_000) => {
                let term = &terms[self.dice.index(count)];
                let most = if term == "value" { 100 } else { 3 };
                format!("\"{term} {} {}\"", self.op(), self.dice.below(most))
            }
            _ => format!("\"{}\"", self.figure_condition()),
        };
        (0..self.dice.between(1, 2)).map(one).collect::<Vec<_>>().join(", ")
    }

    /// Points from nothing to a weight.
    fn some_of(&self, weight: u64) -> String {
        let weight = weight.max(1);
        hundredths([0, self.dice.below(weight), self.dice.below(weight), weight][self.dice.index(4)])
    }

    fn person_rule(&self) -> String {
        let coefficient = if self.dice.chance(3_000) { ", coefficient = true" } else { "" };
        format!("{{ kind = \"manual\", self_score_stands = {}{coefficient} }}", self.dice.chance(6_000))
    }

    fn levels(&self) -> String {
        let all = [("优", 100), ("良", 80), ("中", 60), ("差", 0)];
        let range = |(name, to): &(&str, u64)| {
            let from = if *to > 0 && self.dice.chance(5_000) {
                format!(", from = {}", hundredths(to - 15))
            } else {
                String::new()
            };
            format!(
                "{{ level = \"{name}\", name = {{ zh = \"{name}好\" }}, to = {}{from} }}",
                hundredths(*to)
            )
        };
        let levels: Vec<String> = all.iter().skip(self.dice.index(2)).map(range).collect();
        format!("{{ kind = \"levels\", levels = [{}] }}", levels.join(", "))
    }

    /// A checklist, its points only where the weight is stated; and its items.
    fn checklist(&self, weight: Option<u64>) -> (String, Vec<String>) {
        let count = self.dice.between(2, 4);
        let parts = weight
            .filter(|weight| *weight > 10 && self.dice.chance(5_000))
            .map(|weight| self.divided(weight, count));
        let items: Vec<String> = (0..count).map(|at| format!("i{at}")).collect();
        let item = |(at, item): (usize, &String)| {
            let points =
                parts.as_ref().map_or(String::new(), |parts| format!(", points = {}", hundredths(parts[at])));
            let gate = if self.dice.chance(3_000) { ", gate = true" } else { "" };
            format!("{{ item = \"{item}\", name = {{ zh = \"{item}\" }}{points}{gate} }}")
        };
        let all: Vec<String> = items.iter().enumerate().map(item).collect();
        (format!("{{ kind = \"checklist\", items = [{}] }}", all.join(", ")), items)
    }

    /// Values that ascend, `count` of them.
    fn ascending(&self, from: u64, step: u64, count: u64) -> Vec<u64> {
        let mut value = from;
        (0..count)
            .map(|_| {
                value += self.dice.between(1, step);
                value
            })
            .collect()
    }

    fn shares(&self, count: usize) -> Vec<String> {
        (0..count).map(|_| hundredths(self.dice.below(21) * 5)).collect()
    }

    /// A rule for percents; without a weight one for targets.
    fn percent_rule(&self, weight: Option<u64>) -> String {
        let dice = self.dice;
        match dice.below(if weight.is_some() { 9 } else { 8 }) {
            0 => {
                let mut from = self.ascending(20, 40, dice.between(1, 3));
                from.reverse();
                let steps: Vec<String> = from
                    .iter()
                    .zip(self.shares(from.len()))
                    .map(|(from, factor)| format!("{{ from = {from}, factor = {factor} }}"))
                    .collect();
                format!("{{ kind = \"steps\", steps = [{}] }}", steps.join(", "))
            }
            1 => {
                let full_at = if dice.chance(5_000) { 100 } else { dice.between(30, 120) };
                format!("{{ kind = \"pro_rata\", full_at = {full_at} }}")
            }
            2 => format!("{{ kind = \"inverse_ratio\", full_at = {} }}", dice.between(5, 120)),
            3 => {
                let at = self.ascending(0, 50, dice.between(1, 4));
                let anchors: Vec<String> = at.iter().map(ToString::to_string).collect();
                self.curve(&anchors)
            }
            4 => self.bands(weight, 40),
            5..=7 => {
                let per = dice.chance(4_000).then(|| format!(", per = {}", dice.between(1, 9)));
                let from = dice.chance(7_000).then(|| format!(", from = {}", dice.between(0, 11) * 10));
                self.deduct(
                    weight.unwrap_or(300),
                    &format!("{}{}", per.unwrap_or_default(), from.unwrap_or_default()),
                )
            }
            _ => self.threshold(120),
        }
    }

    fn curve(&self, at: &[String]) -> String {
        let between = ["linear", "step"][self.dice.index(2)];
        let shares = self.shares(at.len());
        let anchors: Vec<String> =
            at.iter().zip(shares).map(|(at, share)| format!("{{ at = {at}, share = {share} }}")).collect();
        format!("{{ kind = \"curve\", between = \"{between}\", anchors = [{}] }}", anchors.join(", "))
    }

    fn threshold(&self, most: u64) -> String {
        let low = self.dice.below(most);
        match self.dice.below(3) {
            0 => format!("{{ kind = \"all_or_nothing\", at_least = {low} }}"),
            1 => format!("{{ kind = \"all_or_nothing\", at_most = {low} }}"),
            _ => format!(
                "{{ kind = \"all_or_nothing\", at_least = {low}, at_most = {} }}",
                low + self.dice.below(most)
            ),
        }
    }

    fn bands(&self, weight: Option<u64>, step: u64) -> String {
        let of = weight.unwrap_or(300);
        let ends = self.ascending(0, step, self.dice.between(1, 4));
        let mut bands: Vec<String> = Vec::new();
        for end in ends.iter().map(|end| Some(*end)).chain([None]) {
            let key = if self.dice.chance(5_000) { "up_to" } else { "below" };
            let end = end.map_or(String::new(), |end| format!("{key} = {end}, "));
            let points = self.dice.below(of + 1);
            let least = if points > 0 && self.dice.chance(2_500) {
                format!(", at_least = {}", hundredths(self.dice.below(points)))
            } else {
                String::new()
            };
            bands.push(format!("{{ {end}points = {}{least} }}", hundredths(points)));
        }
        format!("{{ kind = \"bands\", bands = [{}] }}", bands.join(", "))
    }

    fn deduct(&self, weight: u64, more: &str) -> String {
        let mut form = more.to_owned();
        if self.dice.chance(6_000) {
            write!(form, ", side = \"{}\"", ["above", "below", "either"][self.dice.index(3)]).unwrap();
        }
        if self.dice.chance(6_000) {
            write!(form, ", counted = \"{}\"", ["in_proportion", "begun", "whole"][self.dice.index(3)])
                .unwrap();
        }
        form.push_str(&self.limits(weight));
        format!("{{ kind = \"deduct\", each = {}{form} }}", hundredths(self.dice.between(1, weight / 4 + 2)))
    }

    fn limits(&self, weight: u64) -> String {
        let mut form = String::new();
        if self.dice.chance(3_000) {
            write!(form, ", cap = {}", hundredths(self.dice.between(1, weight.max(1)))).unwrap();
        }
        if self.dice.chance(3_000) {
            write!(form, ", floor = {}", hundredths(self.dice.below(weight.max(1)))).unwrap();
        }
        form
    }

    fn count_rule(&self, weight: u64, is_count: bool) -> String {
        match self.dice.below(6) {
            0 => self.threshold(4),
            1 => self.bands(Some(weight), 2),
            2 => self.deduct(weight, ""),
            3 => format!("{{ kind = \"inverse_ratio\", full_at = {} }}", self.dice.between(1, 3)),
            _ if is_count => {
                let each = hundredths(self.dice.between(1, weight / 2 + 1));
                format!("{{ kind = \"deduct_per_finding\", each = {each}{} }}", self.limits(weight))
            }
            _ => format!("{{ kind = \"pro_rata\", full_at = {} }}", self.dice.between(1, 50)),
        }
    }

    fn late_rule(&self) -> String {
        match self.dice.below(4) {
            0 => self.curve(
                &self
                    .ascending(0, 30, self.dice.between(1, 3))
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>(),
            ),
            1 => self.bands(None, 30),
            2 => format!("{{ kind = \"inverse_ratio\", full_at = {} }}", self.dice.between(1, 30)),
            _ => self.deduct(300, &format!(", per = {}", self.dice.between(1, 30))),
        }
    }

    fn day_rule(&self, weight: u64) -> String {
        let day = |month: &u64| format!("2019-{month:02}-{:02}", self.dice.between(1, 28));
        if self.dice.chance(5_000) {
            let months = self.ascending(0, 4, self.dice.between(1, 3));
            return self.curve(&months.iter().map(day).collect::<Vec<_>>());
        }
        let per = self.dice.between(1, 40);
        self.deduct(weight, &format!(", per = {per}, from = {}", day(&self.dice.between(3, 9))))
    }
}
