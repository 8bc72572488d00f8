//! What persons said of an indicator, other than points.

use std::collections::BTreeMap;

use jixiao_events::scheme::Answer;
use jixiao_events::scoring::Judgement;
use jixiao_events::{Number, PartialDate};
use serde::{Deserialize, Serialize};

use super::{Cited, ScoringState};

/// What persons said of an indicator: of each kind the newest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Judged {
    /// The level that was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Said<(String, Option<Number>)>>,
    /// The share of the weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coefficient: Option<Said<Number>>,
    /// Points off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduction: Option<Said<Number>>,
    /// Answers by what was asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Said<Answer>>,
    /// That it is not applicable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_applicable: Option<Said<()>>,
    /// That all of what was said before, points too, counts no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Said<()>>,
}

/// Something that a person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said<T> {
    /// What.
    pub value: T,
    /// Why.
    pub reason: String,
    /// When it was judged.
    pub on: PartialDate,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// What set it.
    pub event: Cited,
}

impl Judged {
    /// Takes in what a person said. Whoever judges says that it is applicable.
    pub fn take_in(&mut self, judgement: &Judgement, said: &Said<()>) {
        match judgement {
            Judgement::Level { level, points } => {
                self.level = Some(said.with((level.clone(), *points)));
            }
            Judgement::Coefficient { coefficient } => self.coefficient = Some(said.with(*coefficient)),
            Judgement::Deduction { points } => self.deduction = Some(said.with(*points)),
            Judgement::Answers { answers } => {
                let said = answers.iter().map(|(ask, answer)| (ask.clone(), said.with(answer.clone())));
                self.answers.extend(said);
            }
            Judgement::NotApplicable {} | Judgement::Withdrawn {} => {}
        }
        match judgement {
            Judgement::NotApplicable {} => self.not_applicable = Some(said.clone()),
            Judgement::Withdrawn {} => *self = Self { withdrawn: Some(said.clone()), ..Self::default() },
            _ => self.not_applicable = None,
        }
    }

    /// As it is kept: what says nothing is as nothing said.
    pub fn kept(self) -> Option<ScoringState> {
        (self != Self::default()).then(|| ScoringState::Judged(Box::new(self)))
    }

    /// The answers alone.
    pub fn answers(&self) -> BTreeMap<String, Answer> {
        self.answers.iter().map(|(ask, said)| (ask.clone(), said.value.clone())).collect()
    }

    /// What set one of the inputs that came from a person, by what the input is called.
    pub fn event(&self, quantity: &str) -> Option<&Cited> {
        match quantity {
            "level" => self.level.as_ref().map(|said| &said.event),
            "coefficient" => self.coefficient.as_ref().map(|said| &said.event),
            "deduction" => self.deduction.as_ref().map(|said| &said.event),
            "withdrawn" => self.withdrawn.as_ref().map(|said| &said.event),
            "not_applicable" => self.not_applicable.as_ref().map(|said| &said.event),
            _ => self.answers.get(quantity.strip_prefix("answer.")?).map(|said| &said.event),
        }
    }
}

impl Said<()> {
    fn with<T>(&self, value: T) -> Said<T> {
        let Self { reason, on, evidence, event, .. } = self.clone();
        Said { value, reason, on, evidence, event }
    }
}
