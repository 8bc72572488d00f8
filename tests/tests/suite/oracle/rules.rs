//! The twelve rules, as docs/rules.md tells them.

use jixiao_events::scheme::{
    Answer, AskKind, Band, Between, Condition, Counted, Gate, Item, Level, Rule, Scheme, Side, Term,
};

use super::ratio::Ratio;
use super::told::{Said, Told};

/// Points, or why there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Points {
    Are(Ratio),
    /// A person has to say something first.
    Wait,
    /// There is no value.
    Missing,
}

/// What a rule looks at.
pub struct Before<'a> {
    pub told: &'a Told,
    pub weight: Ratio,
    pub value: Option<Ratio>,
    pub said: &'a Said,
    pub self_score: Option<Ratio>,
    pub level: Option<&'a str>,
}

fn is_so(parameter: Option<&jixiao_events::scheme::Parameter<bool>>) -> bool {
    parameter.is_some_and(|parameter| parameter.value)
}

impl Before<'_> {
    /// The points by a rule, at most the weight, never below zero.
    pub fn points(&self, rule: &Rule) -> Points {
        match self.unlimited(rule) {
            Points::Are(points) => Points::Are(points.min(self.weight).max(Ratio::ZERO)),
            none => none,
        }
    }

    fn unlimited(&self, rule: &Rule) -> Points {
        match rule {
            Rule::Manual { self_score_stands, coefficient } => {
                let by_person = if is_so(coefficient.as_ref()) {
                    self.said.coefficient.map(|coefficient| self.weight * coefficient)
                } else {
                    self.said.points
                };
                let stands = self.self_score.filter(|_| self_score_stands.value);
                by_person.or(stands).map_or(Points::Wait, Points::Are)
            }
            Rule::Levels { levels } => self.levels(levels),
            Rule::Checklist { items } => self.checklist(items),
            Rule::Cases { cases, otherwise } => {
                for case in cases {
                    match self.holds(&case.when) {
                        Ok(true) => return Points::Are(case.points.value.into()),
                        Ok(false) => {}
                        Err(unknown) => return unknown,
                    }
                }
                Points::Are(otherwise.value.into())
            }
            _ => self.value.map_or(Points::Missing, |value| self.of_value(rule, value)),
        }
    }

    fn of_value(&self, rule: &Rule, value: Ratio) -> Points {
        let weight = self.weight;
        let points = match rule {
            Rule::AllOrNothing { at_least, at_most } => {
                let is_bounded = at_least.is_some() || at_most.is_some();
                let is_enough = at_least.iter().all(|bound| value >= bound.value.into());
                let is_little = at_most.iter().all(|bound| value <= bound.value.into());
                if is_bounded && is_enough && is_little { weight } else { Ratio::ZERO }
            }
            Rule::Steps { steps } => {
                let reached = steps.iter().filter(|step| value >= step.from.value.into());
                let highest = reached.max_by_key(|step| Ratio::from(step.from.value));
                highest.map_or(Ratio::ZERO, |step| weight * step.factor.value.into())
            }
            Rule::ProRata { full_at } => (weight * value).over(full_at.value.into()).unwrap(),
            Rule::InverseRatio { full_at } => {
                let full_at = full_at.value.into();
                if value <= full_at { weight } else { (weight * full_at).over(value).unwrap() }
            }
            Rule::Curve { anchors, between } => {
                let place =
                    |at: usize| (Ratio::from(anchors[at].at.value.number()), anchors[at].share.value.into());
                let reached = (0..anchors.len()).rev().find(|at| value >= place(*at).0);
                let share = match reached {
                    None => place(0).1,
                    Some(at) if at + 1 == anchors.len() || place(at).0 == value => place(at).1,
                    Some(at) => {
                        let ((from, low), (to, high)): ((Ratio, Ratio), _) = (place(at), place(at + 1));
                        match between.value {
                            Between::Step => low.min(high),
                            Between::Linear => low + (high - low) * (value - from).over(to - from).unwrap(),
                        }
                    }
                };
                weight * share
            }
            Rule::Bands { bands } => return self.band(bands, value),
            Rule::Deduct { each, per, from, side, counted, cap, floor } => {
                let beyond = value - from.as_ref().map_or(Ratio::ZERO, |from| from.value.number().into());
                let units = match side.as_ref().map_or(Side::Above, |side| side.value) {
                    Side::Above => beyond.max(Ratio::ZERO),
                    Side::Below => (-beyond).max(Ratio::ZERO),
                    Side::Either => beyond.abs(),
                };
                let per = per.as_ref().map_or(Ratio::whole(1), |per| per.value.into());
                let units = units.over(per).unwrap();
                let units = match counted.as_ref().map_or(Counted::InProportion, |counted| counted.value) {
                    Counted::InProportion => units,
                    Counted::Begun => units.ceil(),
                    Counted::Whole => units.floor(),
                };
                self.less(units * each.value.into(), cap.as_ref(), floor.as_ref())
            }
            Rule::DeductPerFinding { each, cap, floor } => {
                let count = value.max(Ratio::ZERO);
                self.less(count * each.value.into(), cap.as_ref(), floor.as_ref())
            }
            Rule::Manual { .. } | Rule::Levels { .. } | Rule::Checklist { .. } | Rule::Cases { .. } => {
                unreachable!()
            }
        };
        Points::Are(points)
    }

    fn less(
        &self,
        lost: Ratio,
        cap: Option<&jixiao_events::scheme::Parameter<jixiao_events::Number>>,
        floor: Option<&jixiao_events::scheme::Parameter<jixiao_events::Number>>,
    ) -> Ratio {
        let lost = cap.map_or(lost, |cap| lost.min(cap.value.into()));
        let left = self.weight - lost;
        floor.map_or(left, |floor| left.max(floor.value.into()))
    }

    fn band(&self, bands: &[Band], value: Ratio) -> Points {
        let holds = |band: &&Band| match &band.up_to {
            None => true,
            Some(end) if band.inclusive => value <= end.value.into(),
            Some(end) => value < end.value.into(),
        };
        let Some(band) = bands.iter().find(holds) else { return Points::Missing };
        let most = Ratio::from(band.points.value).min(self.weight);
        match &band.at_least {
            None => Points::Are(most),
            Some(least) => self.chosen(Ratio::from(least.value).min(self.weight), most),
        }
    }

    /// A person's points, where they are allowed; where there is just one number, nothing is to be chosen.
    fn chosen(&self, least: Ratio, most: Ratio) -> Points {
        match self.said.points {
            _ if least == most => Points::Are(most),
            Some(points) if least <= points && points <= most => Points::Are(points),
            _ => Points::Wait,
        }
    }

    fn levels(&self, levels: &[Level]) -> Points {
        let is_it = |level: &&Level| {
            let words = self.level.map(str::trim);
            let names = [Some(level.level.as_str()), Some(level.name.zh.as_str()), level.name.en.as_deref()];
            words.is_some() && names.contains(&words)
        };
        let Some(level) = levels.iter().find(is_it) else { return Points::Wait };
        let most = self.weight * level.to.value.into();
        match &level.from {
            None => Points::Are(most),
            Some(from) => self.chosen(self.weight * from.value.into(), most),
        }
    }

    fn checklist(&self, items: &[Item]) -> Points {
        let there = |item: &Item| match self.said.answers.get(&item.item) {
            Some(Answer::YesNo { yes }) => Some(*yes),
            _ => None,
        };
        if items.iter().any(|item| is_so(item.gate.as_ref()) && there(item) == Some(false)) {
            return Points::Are(Ratio::ZERO);
        }
        if items.iter().any(|item| there(item).is_none()) {
            return Points::Wait;
        }
        let part = self.weight.over(Ratio::whole(items.len() as i128)).unwrap();
        let points = |item: &Item| item.points.as_ref().map_or(part, |points| points.value.into());
        Points::Are(items.iter().filter(|item| there(item) == Some(true)).map(points).sum())
    }

    /// What the gates leave of points. A gate that could lower them and is not known to apply leaves none to be told.
    pub fn gated(&self, gates: &[Gate], points: Points) -> Points {
        let Points::Are(points) = points else { return points };
        let mut left = points;
        for gate in gates {
            let most = Ratio::from(gate.at_most.value);
            if most < points {
                match self.holds(&gate.when) {
                    Ok(true) => left = left.min(most),
                    Ok(false) => {}
                    Err(unknown) => return unknown,
                }
            }
        }
        Points::Are(left)
    }

    /// Whether conditions all hold; one that is known not to decides, whatever is not known of the others.
    fn holds(&self, when: &[Condition]) -> Result<bool, Points> {
        let each: Vec<Result<bool, Points>> = when
            .iter()
            .map(|Condition { left, op, right }| compare(*op, self.term(left)?, self.term(right)?))
            .collect();
        if each.contains(&Ok(false)) {
            return Ok(false);
        }
        let waits = each.contains(&Err(Points::Wait));
        let misses = each.contains(&Err(Points::Missing));
        if waits {
            Err(Points::Wait)
        } else if misses {
            Err(Points::Missing)
        } else {
            Ok(true)
        }
    }

    fn term(&self, term: &Term) -> Result<Ratio, Points> {
        match term {
            Term::Value {} => self.value.ok_or(Points::Missing),
            Term::Number { number } => Ok(Ratio::from(*number)),
            Term::Measure { measure } => self.told.figure(*measure, None).ok_or(Points::Missing),
            Term::Answer { node: None, ask } => {
                self.said.answers.get(ask).and_then(number_of).ok_or(Points::Wait)
            }
            Term::Answer { node: Some(_), .. } | Term::Total {} => Err(Points::Missing),
        }
    }
}

fn compare(op: jixiao_events::scheme::Op, left: Ratio, right: Ratio) -> Result<bool, Points> {
    use jixiao_events::scheme::Op;
    Ok(match op {
        Op::Below => left < right,
        Op::AtMost => left <= right,
        Op::Equal => left == right,
        Op::NotEqual => left != right,
        Op::AtLeast => left >= right,
        Op::Above => left > right,
    })
}

fn number_of(answer: &Answer) -> Option<Ratio> {
    match answer {
        Answer::Number { value } => Some(Ratio::from(*value)),
        Answer::Date { date } => Some(date.day_number().into()),
        Answer::YesNo { yes } => Some(Ratio::whole(i128::from(*yes))),
        Answer::Survey { .. } => None,
    }
}

/// An answer as what is measured; of a survey the mean worth of the valid answers, in percent.
pub fn answered(kind: &AskKind, answer: &Answer) -> Option<Ratio> {
    let (AskKind::Survey { choices }, Answer::Survey { counts }) = (kind, answer) else {
        return number_of(answer);
    };
    let count = |choice: &str| Ratio::whole(i128::from(counts.get(choice).copied().unwrap_or_default()));
    let worth: Ratio = choices.iter().map(|choice| count(&choice.choice) * choice.share.value.into()).sum();
    let all: Ratio = choices.iter().map(|choice| count(&choice.choice)).sum();
    (worth * Ratio::whole(100)).over(all)
}

/// The grade of a total: what it earns, or the worst one that an override leaves.
pub fn grade(scheme: &Scheme, told: &Told, total: Ratio) -> String {
    let left = left_by_overrides(scheme, told, total).into_iter().max().unwrap_or(0);
    scheme.grades[earned(scheme, total).max(left)].grade.clone()
}

/// The place of the grade that a total earns.
pub fn earned(scheme: &Scheme, total: Ratio) -> usize {
    scheme.grades.iter().position(|grade| total >= grade.from.value.into()).unwrap()
}

/// The places of the grades that overrides leave, of each that applies.
pub fn left_by_overrides(scheme: &Scheme, told: &Told, total: Ratio) -> Vec<usize> {
    let value = |term: &Term| match term {
        Term::Total {} => Some(total),
        Term::Number { number } => Some(Ratio::from(*number)),
        Term::Measure { measure } => told.figure(*measure, None),
        Term::Answer { node: Some(node), ask } => {
            told.said(node.as_str()).answers.get(ask).and_then(number_of)
        }
        Term::Answer { node: None, .. } | Term::Value {} => None,
    };
    let holds = |Condition { left, op, right }: &Condition| {
        let both = value(left).zip(value(right));
        both.is_some_and(|(left, right)| compare(*op, left, right) == Ok(true))
    };
    let place = |id: &str| scheme.grades.iter().position(|grade| grade.grade == id).unwrap();
    let applying = scheme.overrides.iter().filter(|one| one.when.iter().all(holds));
    applying.map(|one| place(&one.grade.value)).collect()
}
