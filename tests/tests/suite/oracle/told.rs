//! What the services and persons told, taken together: plain lists, gone through once.

use std::collections::BTreeMap;

use jixiao_events::ledger::{Direction, EntryKind, LedgerEvent, Scope, StatedMoney};
use jixiao_events::registry::{FilingKind, Membership, ProjectState, RegistryEvent};
use jixiao_events::scheme::{Answer, Measure};
use jixiao_events::scoring::Judgement;
use jixiao_events::targets::{Measured, ScoreSubject, TargetDefinition, TargetEvent, TargetRef, UnitMatch};
use jixiao_events::{EntryId, IndicatorId, Number, PartialDate, ProjectId};

use super::ratio::Ratio;

/// What a person said.
#[derive(Debug, Clone, PartialEq)]
pub enum Person {
    Points(IndicatorId, Number),
    Says(IndicatorId, Judgement),
}

/// Everything, each feed in its order.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub registry: Vec<RegistryEvent>,
    pub ledger: Vec<LedgerEvent>,
    pub targets: Vec<TargetEvent>,
    pub persons: Vec<Person>,
}

/// A target as it is known.
#[derive(Debug, Clone, Default)]
pub struct Target {
    pub definition: Option<TargetDefinition>,
    /// Value and unit.
    pub actual: Option<(Measured, Option<String>)>,
    pub self_score: Option<Ratio>,
}

/// What persons said of an indicator that still counts.
#[derive(Debug, Clone, Default)]
pub struct Said {
    pub points: Option<Ratio>,
    pub level: Option<String>,
    pub coefficient: Option<Ratio>,
    pub deduction: Option<Ratio>,
    pub answers: BTreeMap<String, Answer>,
    pub not_applicable: bool,
}

/// Where a project stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Left,
    NeverMet,
    Runs,
}

/// The five sums of a budget, in fen.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    original: i128,
    ups: i128,
    downs: i128,
    received: i128,
    paid: i128,
}

impl Told {
    pub fn projects(&self) -> BTreeMap<&ProjectId, Standing> {
        let mut known: BTreeMap<&ProjectId, (bool, ProjectState)> = BTreeMap::new();
        for event in &self.registry {
            match event {
                RegistryEvent::ProjectRegistered(project) => {
                    let is_out = project.membership == Membership::Removed;
                    known.insert(&project.project, (is_out, project.state));
                }
                RegistryEvent::ProjectStateChanged { project, to, leaves_fund, .. } => {
                    if let Some((is_out, state)) = known.get_mut(project) {
                        *state = *to;
                        *is_out |= *leaves_fund;
                    }
                }
                _ => {}
            }
        }
        let standing = |(is_out, state)| match state {
            _ if is_out => Standing::Left,
            ProjectState::Removed | ProjectState::MovedToLaterYear => Standing::Left,
            ProjectState::NotStarted | ProjectState::CarriedOver | ProjectState::Cancelled => {
                Standing::NeverMet
            }
            _ => Standing::Runs,
        };
        known.into_iter().map(|(project, known)| (project, standing(known))).collect()
    }

    pub fn targets(&self) -> BTreeMap<&TargetRef, Target> {
        let mut known: BTreeMap<&TargetRef, Target> = BTreeMap::new();
        for event in &self.targets {
            match event {
                TargetEvent::TargetSet { target, definition, .. }
                | TargetEvent::TargetRevised { target, definition, .. } => {
                    known.entry(target).or_default().definition = Some(definition.clone());
                }
                TargetEvent::TargetWithdrawn { target, .. } => {
                    known.entry(target).or_default().definition = None;
                }
                TargetEvent::ActualRecorded { target, value, unit, unit_match, .. } => {
                    let one = known.entry(target).or_default();
                    let of_target = one.definition.as_ref().and_then(|definition| definition.unit.clone());
                    let is_assumed = *unit_match == UnitMatch::Assumed && one.definition.is_some();
                    one.actual = Some((value.clone(), if is_assumed { of_target } else { unit.clone() }));
                }
                TargetEvent::SelfScoreRecorded {
                    subject: ScoreSubject::Target { target }, score, ..
                } => {
                    known.entry(target).or_default().self_score = Some(Ratio::from(*score));
                }
                _ => {}
            }
        }
        known
    }

    /// What the unit gave itself at an indicator of the form.
    pub fn self_score(&self, node: &str) -> Option<Ratio> {
        self.targets.iter().rev().find_map(|event| match event {
            TargetEvent::SelfScoreRecorded {
                subject: ScoreSubject::Indicator { indicator }, score, ..
            } if indicator.as_str() == node => Some(Ratio::from(*score)),
            _ => None,
        })
    }

    pub fn said(&self, of: &str) -> Said {
        let mut said = Said::default();
        for person in &self.persons {
            match person {
                Person::Points(indicator, points) if indicator.as_str() == of => {
                    said.points = Some(Ratio::from(*points));
                    said.not_applicable = false;
                }
                Person::Says(indicator, judgement) if indicator.as_str() == of => {
                    said.not_applicable = *judgement == Judgement::NotApplicable {};
                    match judgement {
                        Judgement::Level { level, points } => {
                            said.level = Some(level.clone());
                            said.points = points.map(Ratio::from);
                        }
                        Judgement::Coefficient { coefficient } => {
                            said.coefficient = Some(Ratio::from(*coefficient));
                        }
                        Judgement::Deduction { points } => said.deduction = Some(Ratio::from(*points)),
                        Judgement::Answers { answers } => said.answers.extend(answers.clone()),
                        Judgement::NotApplicable {} => {}
                        Judgement::Withdrawn {} => said = Said::default(),
                    }
                }
                _ => {}
            }
        }
        said
    }

    /// The sums of the budget, of what counts up to the end of a month of a year.
    fn sums(&self, until: Option<(i16, i8)>) -> Sums {
        let counts = |on: PartialDate| {
            let on = on.last_day();
            until.is_none_or(|until| (on.year(), on.month()) <= until)
        };
        let mut sums = Sums::default();
        for event in &self.ledger {
            let (sum, booking, sign) = match event {
                LedgerEvent::BudgetApproved(booking) => (&mut sums.original, booking, 1),
                LedgerEvent::BudgetAdjusted { direction: Direction::Increase, booking } => {
                    (&mut sums.ups, booking, 1)
                }
                LedgerEvent::BudgetAdjusted { direction: Direction::Decrease, booking } => {
                    (&mut sums.downs, booking, 1)
                }
                LedgerEvent::MoneyReceived(booking) => (&mut sums.received, booking, 1),
                LedgerEvent::PaymentMade { booking, .. } => (&mut sums.paid, booking, 1),
                LedgerEvent::EntryReversed { kind, booking, .. } => match kind {
                    EntryKind::OriginalBudget => (&mut sums.original, booking, -1),
                    EntryKind::Increase => (&mut sums.ups, booking, -1),
                    EntryKind::Decrease => (&mut sums.downs, booking, -1),
                    EntryKind::Receipt => (&mut sums.received, booking, -1),
                    EntryKind::Payment => (&mut sums.paid, booking, -1),
                    _ => continue,
                },
                _ => continue,
            };
            if counts(booking.on) {
                *sum += sign * booking.amount.fen();
            }
        }
        sums
    }

    /// A figure of the fund; `None` while what it is divided by is not above zero, or nothing of its kind is recorded.
    pub fn figure(&self, measure: Measure, until: Option<(i16, i8)>) -> Option<Ratio> {
        let Sums { original, ups, downs, received, paid } = self.sums(until);
        let adjusted = original + ups - downs;
        let percent = |of: i128, whole: i128| (whole > 0).then(|| Ratio::new(of * 100, whole));
        match measure {
            Measure::AdjustmentRateGross => percent(ups + downs, original),
            Measure::AdjustmentRateNet => percent((adjusted - original).abs(), original),
            Measure::AdjustmentRateSignedNet => percent(adjusted - original, original),
            Measure::AdjustmentRateCutsOnly => percent(downs, original),
            Measure::ExecutionRateOriginal => percent(paid, original),
            Measure::ExecutionRateAdjusted => percent(paid, adjusted),
            Measure::ExecutionRateReceived => percent(paid, received),
            Measure::ReceiptRate => percent(received, adjusted),
            Measure::SavingRate => percent(adjusted - paid, adjusted),
            Measure::ContractsNotFiled => self.not_filed(FilingKind::ContractFiling),
            Measure::AcceptancesNotFiled => self.not_filed(FilingKind::Acceptance),
            Measure::Adjustments => self.adjustments(),
            Measure::Answer | Measure::OverProjects => None,
        }
    }

    fn not_filed(&self, of: FilingKind) -> Option<Ratio> {
        let changes = self.registry.iter().filter_map(|event| match event {
            RegistryEvent::FilingRecorded { kind, not_filed_change, .. }
            | RegistryEvent::FilingCountStated { kind, not_filed_change, .. }
                if *kind == of =>
            {
                Some(i128::from(*not_filed_change))
            }
            _ => None,
        });
        total(changes)
    }

    /// How often the budget was adjusted: known once there is a budget.
    fn adjustments(&self) -> Option<Ratio> {
        let changes = self.ledger.iter().filter_map(|event| match event {
            LedgerEvent::BudgetApproved(_) => Some(0),
            LedgerEvent::BudgetAdjusted { .. } => Some(1),
            LedgerEvent::EntryReversed { kind: EntryKind::Increase | EntryKind::Decrease, .. } => Some(-1),
            _ => None,
        });
        total(changes)
    }

    /// The budget of a project in fen: what was allocated and moved, else what a report states last.
    pub fn budget_of(&self, project: &ProjectId) -> Option<Ratio> {
        let is_of = |scope: &Scope| matches!(scope, Scope::Project { project: of } if of == project);
        let reversed: Vec<&EntryId> = self
            .ledger
            .iter()
            .filter_map(|event| match event {
                LedgerEvent::EntryReversed { of, .. } => Some(of),
                _ => None,
            })
            .collect();
        let counts = |entry: &EntryId| !reversed.contains(&entry);
        let (mut allocated, mut moved, mut stated) = (None, 0, None);
        for event in &self.ledger {
            match event {
                LedgerEvent::BudgetAllocated(booking) if is_of(&booking.scope) && counts(&booking.entry) => {
                    *allocated.get_or_insert(0) += booking.amount.fen();
                }
                LedgerEvent::BudgetAdjusted { direction, booking }
                    if is_of(&booking.scope) && counts(&booking.entry) =>
                {
                    let sign = if *direction == Direction::Increase { 1 } else { -1 };
                    moved += sign * booking.amount.fen();
                }
                LedgerEvent::MoneyStated { scope, kind: StatedMoney::Arranged, amount, .. }
                    if is_of(scope) =>
                {
                    stated = Some(amount.fen());
                }
                _ => {}
            }
        }
        allocated.map(|allocated| allocated + moved).or(stated).map(Ratio::whole)
    }
}

/// The sum of changes; `None` of none.
fn total(changes: impl Iterator<Item = i128>) -> Option<Ratio> {
    changes.reduce(|all, change| all + change).map(Ratio::whole)
}
