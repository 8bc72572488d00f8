//! What a rate divides, and what a whole is made of.

use jixiao_events::budget::{Denominator, Reading};
use jixiao_events::scheme::QuantityBody;
use jixiao_events::targets::TargetLevel;

use super::super::quantity::{Part, Projects, Quantity, ScopeKind};
use super::super::reading::children;
use super::{All, Role, declared, own_name};

/// How a whole is made of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// Divided into these parts and no others.
    Divided,
    /// The same, but nothing enumerates: a form has each part at a line of its own, or the facts know parts that a report
    /// may leave out.
    Listed,
    /// Moved by these and nothing else.
    Moved,
    /// Moved by these and perhaps by more: only said where all are stated.
    MovedAmongOthers,
}

/// What a quantity is made of.
pub(super) struct Whole {
    pub(super) made: Made,
    pub(super) plus: Vec<String>,
    pub(super) minus: Vec<String>,
    /// What is added besides where it does not hold without: it may be inside another part, or not.
    pub(super) perhaps: Option<String>,
}

impl All<'_> {
    /// What a rate divides by what, by each of its definitions: names to add and to take off, and the divisor.
    pub(super) fn divisions(&self, name: &str) -> Vec<(Vec<(Role, String)>, String)> {
        let plain = |above: &str, below: &str| (vec![(Role::Plus, above.to_owned())], below.to_owned());
        if let Some(QuantityBody::Rate { numerator, denominator }) = declared(self.figures, name) {
            return vec![plain(&own_name(self.figures, numerator), &own_name(self.figures, denominator))];
        }
        match Quantity::parse(name) {
            Some(Quantity::Targets(level, Part::Rate)) => {
                let room = match level {
                    Some(TargetLevel::Overall) => "targets.overall",
                    Some(TargetLevel::Detail) => "targets.detail",
                    None => "targets",
                };
                vec![plain(&format!("{room}.attained"), &format!("{room}.total"))]
            }
            Some(Quantity::ExecutionRate(of)) => {
                let all = [
                    (Denominator::Adjusted, "budget.adjusted"),
                    (Denominator::Received, "budget.received"),
                    (Denominator::Original, "budget.original"),
                ];
                let known = all.iter().filter(|(one, _)| of.is_none_or(|of| of == *one));
                known.map(|(_, below)| plain("budget.expenditure", below)).collect()
            }
            Some(Quantity::AdjustmentRate(of)) => {
                let up = "budget.adjustment_increase".to_owned();
                let down = "budget.adjustment_decrease".to_owned();
                let plus = |name: &String| (Role::Plus, name.clone());
                let minus = |name: &String| (Role::Minus, name.clone());
                // The net rate without its sign is the signed one of whichever is larger.
                let all = [
                    (Reading::CutsOnly, vec![plus(&down)]),
                    (Reading::Gross, vec![plus(&up), plus(&down)]),
                    (Reading::SignedNet, vec![plus(&up), minus(&down)]),
                    (Reading::Net, vec![plus(&up), minus(&down)]),
                    (Reading::Net, vec![plus(&down), minus(&up)]),
                ];
                let known = all.into_iter().filter(|(one, _)| of.is_none_or(|of| of == *one));
                known.map(|(_, above)| (above, "budget.original".to_owned())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a quantity is made of.
    pub(super) fn wholes(&self, name: &str) -> Vec<Whole> {
        let whole = |made, plus: &[&str], minus: &[&str]| {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            Whole { made, plus: owned(plus), minus: owned(minus), perhaps: None }
        };
        if let Some(QuantityBody::Sum { parts }) = declared(self.figures, name) {
            let plus = parts.iter().map(|part| own_name(self.figures, part)).collect();
            return vec![Whole { made: Made::Divided, plus, minus: Vec::new(), perhaps: None }];
        }
        match Quantity::parse(name) {
            Some(Quantity::Targets(None, Part::Total)) => {
                vec![whole(Made::Divided, &["targets.overall.total", "targets.detail.total"], &[])]
            }
            Some(Quantity::Targets(None, Part::Attained)) => {
                vec![whole(Made::Divided, &["targets.overall.attained", "targets.detail.attained"], &[])]
            }
            Some(Quantity::Adjusted) => vec![whole(
                Made::Moved,
                &["budget.original", "budget.adjustment_increase"],
                &["budget.adjustment_decrease"],
            )],
            Some(Quantity::Unspent) => {
                vec![whole(Made::Moved, &["budget.adjusted"], &["budget.expenditure"])]
            }
            Some(Quantity::Projects(Projects::Total)) => {
                let moved = whole(
                    Made::MovedAmongOthers,
                    &["projects.start_of_year", "projects.new"],
                    &["projects.removed"],
                );
                vec![self.origins(), Whole { perhaps: Some("projects.taken_over".to_owned()), ..moved }]
            }
            Some(Quantity::Scope(scope)) if scope.kind == ScopeKind::BeforeSplit => {
                let prefix = format!("budget.split.{}:", scope.scope);
                let mut plus: Vec<String> = Vec::new();
                for one in self.stated.iter().filter(|one| one.name.starts_with(&prefix)) {
                    if !plus.contains(&one.name) {
                        plus.push(one.name.clone());
                    }
                }
                vec![Whole { made: Made::Divided, plus, minus: Vec::new(), perhaps: None }]
            }
            Some(Quantity::Score(node)) => vec![self.form("score", &node)],
            Some(Quantity::Weight(node)) => {
                let lost = format!("deduction.{node}");
                let is_stated = self.of(&lost).next().is_some();
                let kept = format!("score.{node}");
                let parts = is_stated.then(|| whole(Made::MovedAmongOthers, &[&kept, &lost], &[]));
                std::iter::once(self.form("weight", &node)).chain(parts).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Projects by how they came. Reports of funds that have none of their own since the start of the year do not name
    /// those; where the others are stated, they are what is left.
    fn origins(&self) -> Whole {
        const OWN: &str = "projects.own";
        let mut plus = vec!["projects.taken_over", "projects.new", "projects.other_agencies"];
        let is_stated = |name: &str| self.of(name).next().is_some();
        let knows_own = self.figures.has_own_projects;
        if knows_own || is_stated(OWN) || plus.iter().all(|name| is_stated(name)) {
            plus.insert(0, OWN);
        }
        let made = if knows_own { Made::Listed } else { Made::Divided };
        let plus = plus.into_iter().map(str::to_owned).collect();
        Whole { made, plus, minus: Vec::new(), perhaps: None }
    }

    /// The nodes below a node of the form; for one that is not stated, those below it, where any of them is.
    fn form(&self, what: &str, node: &str) -> Whole {
        let mut plus = Vec::new();
        let mut open: Vec<&str> = children(self.figures, node);
        open.reverse();
        while let Some(child) = open.pop() {
            let name = format!("{what}.{child}");
            let below = format!("{name}.");
            let is_stated = self.of(&name).next().is_some();
            if !is_stated && self.stated.iter().any(|one| one.name.starts_with(&below)) {
                open.extend(children(self.figures, child).into_iter().rev());
            } else {
                plus.push(name);
            }
        }
        Whole { made: Made::Listed, plus, minus: Vec::new(), perhaps: None }
    }
}
