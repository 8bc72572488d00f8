//! What happens to a fund by chance: events of the services, each feed in its order, persons, and evaluations that are
//! opened early, late and anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_events::ledger::{Booking, Direction, EntryKind, LedgerEvent, Scope, StatedMoney};
use jixiao_events::registry::{
    DisplayUnit, FilingKind, FilingState, Fund, Membership, Origin, Project, ProjectState, RegistryEvent,
};
use jixiao_events::scheme::{Answer, AskKind, ByHand, NodeBody, Rule, Scheme};
use jixiao_events::scoring::Judgement;
use jixiao_events::subject::FundKind;
use jixiao_events::targets::{
    Criterion, Measured, ScoreSubject, TargetDefinition, TargetEvent, TargetLevel, TargetRef, UnitMatch,
};
use jixiao_events::{Approval, Money, Names, Number, PartialDate};

use super::schemes::{CLASSES, hundredths};
use super::told::Person;
use crate::sim::random::Dice;

pub const FUND: &str = "fund";
const PROJECTS: usize = 4;

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Step {
    Registry(RegistryEvent),
    Ledger(LedgerEvent),
    Targets(TargetEvent),
    Person(Person),
    /// An evaluation is opened by the scheme of a place.
    Open(usize),
}

pub fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn names(zh: &str) -> Names {
    Names { zh: zh.to_owned(), en: None }
}

/// A history of a fund that is evaluated by some of the schemes.
pub fn history(schemes: &[Arc<Scheme>], dice: &Dice) -> Vec<Step> {
    let mut opened: Vec<Step> = (0..schemes.len()).map(Step::Open).collect();
    if schemes.len() > 1 && dice.chance(3_000) {
        opened.push(Step::Open(0));
    }
    let persons = (0..dice.between(5, 35)).filter_map(|_| person(schemes, dice)).map(Step::Person).collect();
    let mut feeds = vec![registry(dice), ledger(dice), targets(schemes, dice), persons, opened];
    // Who opens early sees all of it happen; who opens late, none.
    if dice.chance(6_000) {
        let first = feeds[4].remove(0);
        feeds[0].insert(1, first);
    }
    let created = feeds[0].remove(0);
    let mut steps = vec![created];
    steps.extend(merged(feeds, dice));
    steps
}

/// Feeds, one into the other by chance.
fn merged<T>(feeds: Vec<Vec<T>>, dice: &Dice) -> Vec<T> {
    let mut feeds: Vec<_> = feeds.into_iter().map(|feed| feed.into_iter().peekable()).collect();
    let mut all = Vec::new();
    loop {
        let left: Vec<usize> = feeds.iter().map(ExactSizeIterator::len).collect();
        let count: usize = left.iter().sum();
        if count == 0 {
            return all;
        }
        let mut pick = dice.index(count);
        for (feed, left) in feeds.iter_mut().zip(left) {
            if pick < left {
                all.extend(feed.next());
                break;
            }
            pick -= left;
        }
    }
}

fn project(at: usize) -> String {
    format!("p{at}")
}

fn registry(dice: &Dice) -> Vec<Step> {
    use ProjectState::{Accepted, Cancelled, CarriedOver, InProgress, MovedToLaterYear, NotStarted, Removed};
    let mut events = vec![RegistryEvent::FundCreated(Fund {
        fund: id(FUND),
        name: names("专项资金"),
        fiscal_year: 2019,
        agency: id("bureau"),
        department: None,
        predecessor: None,
        display_unit: DisplayUnit::WanYuan,
        time_zone: "Asia/Shanghai".to_owned(),
        documents: Vec::new(),
        support_categories: Vec::new(),
        kind: FundKind::SpecialFund,
    })];
    let mut rest = Vec::new();
    for at in 0..PROJECTS {
        let membership = match dice.below(12) {
            0 => Membership::NamedOnly,
            1 => Membership::Removed,
            _ => Membership::InFund,
        };
        let mut state = [InProgress, InProgress, Accepted, NotStarted][dice.index(4)];
        let mut of_project = vec![RegistryEvent::ProjectRegistered(Project {
            fund: id(FUND),
            project: id(&project(at)),
            name: names(&project(at)),
            membership,
            origin: Origin::NewInYear,
            implementing_agency: None,
            second_agency: None,
            category: None,
            group: None,
            state,
            state_on: None,
            approved_on: None,
            carried_over: None,
            note: None,
            source: None,
        })];
        for _ in 0..dice.below(3) {
            let all = [
                InProgress,
                InProgress,
                Accepted,
                NotStarted,
                CarriedOver,
                Cancelled,
                MovedToLaterYear,
                Removed,
            ];
            let to = all[dice.index(all.len())];
            let leaves_fund = to.has_left() && membership == Membership::InFund;
            of_project.push(RegistryEvent::ProjectStateChanged {
                fund: id(FUND),
                project: id(&project(at)),
                from: state,
                to,
                leaves_fund,
                on: None,
                reason: None,
                source: None,
            });
            state = to;
        }
        for kind in [FilingKind::ContractFiling, FilingKind::Acceptance] {
            let mut is_missing = false;
            for _ in 0..dice.below(3) {
                let is_filed = dice.chance(5_000);
                let state = if is_filed { FilingState::Filed } else { FilingState::NotFiled };
                of_project.push(RegistryEvent::FilingRecorded {
                    fund: id(FUND),
                    project: id(&project(at)),
                    kind,
                    state,
                    previous: None,
                    on: None,
                    waiver: None,
                    inside_count: false,
                    previous_inside_count: None,
                    not_filed_change: i64::from(!is_filed) - i64::from(is_missing),
                    source: None,
                });
                is_missing = !is_filed;
            }
        }
        rest.push(of_project);
    }
    let counts =
        [FilingKind::ContractFiling, FilingKind::Acceptance].into_iter().filter(|_| dice.chance(3_000));
    let stated = counts.map(|kind| RegistryEvent::FilingCountStated {
        fund: id(FUND),
        kind,
        state: FilingState::NotFiled,
        count: 2,
        previous: None,
        threshold: None,
        not_filed_change: 2,
        source: None,
    });
    rest.push(stated.collect());
    events.extend(merged(rest, dice));
    events.into_iter().map(Step::Registry).collect()
}

fn day(dice: &Dice) -> PartialDate {
    match dice.below(12) {
        0 => id("2019"),
        1 => id(&format!("2019-{:02}", dice.between(1, 12))),
        2 => id(&format!("20{}-{:02}-{:02}", dice.between(18, 20), dice.between(1, 12), dice.between(1, 28))),
        _ => id(&format!("2019-{:02}-{:02}", dice.between(1, 12), dice.between(1, 28))),
    }
}

fn ledger(dice: &Dice) -> Vec<Step> {
    let mut events: Vec<LedgerEvent> = Vec::new();
    // What may be taken back.
    let mut booked: Vec<(EntryKind, Booking)> = Vec::new();
    for at in 0..dice.between(2, 14) {
        let scope = if dice.chance(5_000) {
            Scope::Fund
        } else {
            Scope::Project { project: id(&project(dice.index(PROJECTS))) }
        };
        let most = if dice.chance(8_000) { 30 } else { 300_000 };
        let booking = |scope: Scope, times: u64| Booking {
            fund: id(FUND),
            entry: id(&format!("e{at}")),
            scope,
            amount: Money::from_fen(i128::from(dice.between(1, most) * times * 100)),
            on: day(dice),
            approval: Approval::default(),
            source: None,
            postings: Vec::new(),
        };
        let (kind, event) = match if at == 0 { 0 } else { dice.below(12) } {
            0 => {
                let booking = booking(Scope::Fund, 10);
                (Some((EntryKind::OriginalBudget, booking.clone())), LedgerEvent::BudgetApproved(booking))
            }
            1..=2 => {
                let booking = booking(scope, 3);
                let (direction, kind) = if dice.chance(5_000) {
                    (Direction::Increase, EntryKind::Increase)
                } else {
                    (Direction::Decrease, EntryKind::Decrease)
                };
                (Some((kind, booking.clone())), LedgerEvent::BudgetAdjusted { direction, booking })
            }
            3 => {
                let booking = booking(Scope::Fund, 8);
                (Some((EntryKind::Receipt, booking.clone())), LedgerEvent::MoneyReceived(booking))
            }
            4..=6 => {
                let booking = booking(scope, 4);
                let (request, over_limit, is_final) = (None, None, dice.chance(2_000));
                let event =
                    LedgerEvent::PaymentMade { request, over_limit, is_final, booking: booking.clone() };
                (Some((EntryKind::Payment, booking)), event)
            }
            7..=8 => {
                let booking = booking(Scope::Project { project: id(&project(dice.index(PROJECTS))) }, 5);
                (Some((EntryKind::Allocation, booking.clone())), LedgerEvent::BudgetAllocated(booking))
            }
            9 => {
                let Booking { fund, entry, amount, .. } = booking(Scope::Fund, 5);
                let scope = Scope::Project { project: id(&project(dice.index(PROJECTS))) };
                let (kind, source) = (StatedMoney::Arranged, None);
                (None, LedgerEvent::MoneyStated { fund, entry, scope, kind, amount, source })
            }
            _ if booked.is_empty() => continue,
            _ => {
                let (kind, of) = booked.remove(dice.index(booked.len()));
                let booking = Booking { entry: id(&format!("e{at}")), on: day(dice), ..of.clone() };
                let (gives_back, over_limit) = (None, None);
                (None, LedgerEvent::EntryReversed { of: of.entry, kind, gives_back, over_limit, booking })
            }
        };
        booked.extend(kind);
        events.push(event);
    }
    events.into_iter().map(Step::Ledger).collect()
}

fn number(text: &str) -> Number {
    id(text)
}

/// A target's value: whole, or of hundredths; some of them quotients without an end.
fn value(dice: &Dice) -> Number {
    match dice.below(5) {
        0 => number(&hundredths(dice.between(1, 20_000))),
        1 => Number::from([3_i64, 6, 7, 9, 12, 30, 70][dice.index(7)]),
        _ => Number::from(i64::try_from(dice.between(1, 120)).unwrap()),
    }
}

fn criterion(dice: &Dice) -> Criterion {
    let near = |dice: &Dice| value(dice);
    match dice.below(12) {
        0 => Criterion::AtMost { value: near(dice) },
        1 => Criterion::Equal { value: Number::from(i64::try_from(dice.between(1, 6)).unwrap()) },
        2 => {
            let min = near(dice);
            Criterion::Between { min, max: min + near(dice) }
        }
        3..=4 => Criterion::ByDate { by: day(dice) },
        5 => Criterion::YesNo { expected: dice.chance(5_000) },
        6..=7 => Criterion::Qualitative { expected: "明显提高".to_owned() },
        8 if dice.chance(3_000) => Criterion::AtMost { value: Number::ZERO },
        8 if dice.chance(3_000) => Criterion::AtLeast { value: Number::ZERO },
        _ => Criterion::AtLeast { value: near(dice) },
    }
}

fn definition(at: usize, dice: &Dice) -> TargetDefinition {
    let is_common = dice.chance(4_500);
    let common = dice.index(3);
    let criterion = if is_common && dice.chance(9_300) {
        Criterion::AtLeast { value: value(dice) }
    } else {
        criterion(dice)
    };
    let own = ["个", "人", ""][dice.index(3)];
    let unit = if is_common && dice.chance(9_500) { ["个", "%", ""][common] } else { own };
    TargetDefinition {
        class: dice.chance(6_000).then(|| CLASSES[dice.index(CLASSES.len())].to_owned()),
        owner: None,
        baseline: None,
        level: [TargetLevel::Overall, TargetLevel::Detail][dice.index(2)],
        name: if is_common { format!("共同{common}") } else { format!("指标{at}") },
        weight: number(["0.5", "1", "1.5", "2", "3", "0.33", "10"][dice.index(7)]),
        criterion,
        unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
        text: None,
    }
}

/// What is reported for a target, mostly near to what is to be reached.
fn reached(target: &TargetRef, definition: &TargetDefinition, dice: &Dice) -> TargetEvent {
    let near = |wanted: Number| match dice.below(4) {
        0 => wanted,
        1 => value(dice),
        _ => {
            let percent = Number::from(i64::try_from(dice.between(0, 150)).unwrap());
            let part = wanted.checked_mul(percent).unwrap().checked_div(Number::HUNDRED).unwrap();
            part.round_half_up(if dice.chance(5_000) { 0 } else { 2 })
        }
    };
    let other = dice.chance(300);
    let value = match &definition.criterion {
        _ if other => Measured::Level { level: "良".to_owned() },
        Criterion::AtLeast { value } | Criterion::AtMost { value } => {
            Measured::Number { value: near(*value) }
        }
        Criterion::Equal { value } => {
            let off = Number::from(i64::try_from(dice.below(3)).unwrap());
            Measured::Number { value: *value + off }
        }
        Criterion::Between { min, max } => {
            Measured::Number { value: near(if dice.chance(5_000) { *min } else { *max }) }
        }
        Criterion::ByDate { .. } => Measured::Date { done: day(dice) },
        Criterion::YesNo { .. } => Measured::YesNo { yes: dice.chance(5_000) },
        Criterion::Qualitative { .. } => {
            Measured::Level { level: ["优", "良", "中好", "差", "无"][dice.index(5)].to_owned() }
        }
    };
    let unit = match dice.below(12) {
        0 => Some("其他".to_owned()),
        1..=4 => None,
        _ => definition.unit.clone(),
    };
    // As the service of targets says it.
    let is_number = matches!(
        definition.criterion,
        Criterion::AtLeast { .. }
            | Criterion::AtMost { .. }
            | Criterion::Equal { .. }
            | Criterion::Between { .. }
    );
    let unit_match = match (&value, &unit) {
        (Measured::Number { .. }, unit) if is_number && *unit == definition.unit => UnitMatch::Same,
        (Measured::Number { .. }, None) if is_number => UnitMatch::Assumed,
        (Measured::Number { .. }, _) => UnitMatch::Different,
        _ if other && !matches!(definition.criterion, Criterion::Qualitative { .. }) => UnitMatch::Different,
        _ => UnitMatch::Same,
    };
    TargetEvent::ActualRecorded {
        target: target.clone(),
        value,
        unit,
        unit_match,
        on: id("2019-12"),
        text: None,
        evidence: Vec::new(),
        source: None,
    }
}

fn self_scored(subject: ScoreSubject, dice: &Dice) -> TargetEvent {
    TargetEvent::SelfScoreRecorded {
        fund: id(FUND),
        subject,
        score: number(&hundredths(dice.below(1_200))),
        above_weight: false,
        on: id("2020-01"),
        reason: None,
        source: None,
    }
}

fn targets(schemes: &[Arc<Scheme>], dice: &Dice) -> Vec<Step> {
    let mut feeds = Vec::new();
    for at in 0..usize::try_from(dice.between(2, 12)).unwrap() {
        let project = dice.chance(8_000).then(|| id(&project(dice.index(PROJECTS))));
        let target = TargetRef { fund: id(FUND), project, target: id(&format!("t{at}")) };
        let mut known = definition(at, dice);
        let (on, source) = (None, None);
        let mut events = vec![TargetEvent::TargetSet {
            target: target.clone(),
            definition: known.clone(),
            on,
            approval: Approval::default(),
            source: None,
        }];
        let mut version = 1;
        for _ in 0..dice.between(1, 5) {
            match dice.below(8) {
                0..=3 => events.push(reached(&target, &known, dice)),
                4..=5 => events.push(self_scored(ScoreSubject::Target { target: target.clone() }, dice)),
                _ => {
                    version += 1;
                    known = if dice.chance(4_000) {
                        definition(at, dice)
                    } else {
                        TargetDefinition { criterion: criterion(dice), ..known }
                    };
                    events.push(TargetEvent::TargetRevised {
                        target: target.clone(),
                        version,
                        definition: known.clone(),
                        on,
                        approval: Approval::default(),
                        source: None,
                    });
                }
            }
        }
        if dice.chance(1_500) {
            events.push(TargetEvent::TargetWithdrawn { target, on, approval: Approval::default(), source });
        }
        feeds.push(events);
    }
    let indicators: Vec<_> = schemes.iter().flat_map(|scheme| &scheme.nodes).collect();
    let own = (0..dice.below(8)).map(|_| {
        let indicator = indicators[dice.index(indicators.len())].node.clone().into();
        self_scored(ScoreSubject::Indicator { indicator }, dice)
    });
    feeds.push(own.collect());
    merged(feeds, dice).into_iter().map(Step::Targets).collect()
}

/// What a person says of an indicator, mostly what it takes; `None` where chance met a group.
fn person(schemes: &[Arc<Scheme>], dice: &Dice) -> Option<Person> {
    let scheme = &schemes[dice.index(schemes.len())];
    let node = &scheme.nodes[dice.index(scheme.nodes.len())];
    let (indicator, rule, asks, by_hand) = match &node.body {
        NodeBody::Group { .. } => return None,
        NodeBody::EachTarget { rule, rules, .. } => {
            let target = id(&format!("t{}", dice.below(12)));
            (node.node.target(&target), rules.qualitative.as_ref().unwrap_or(rule), [].as_slice(), None)
        }
        NodeBody::Indicator { rule, asks, by_hand, .. } => {
            (node.node.clone().into(), rule, asks.as_slice(), by_hand.as_ref())
        }
    };
    let weight = node.weight.value;
    let part = |dice: &Dice| {
        let share = Number::from([0_i64, 20, 40, 50, 70, 90, 100][dice.index(7)]);
        weight.checked_mul(share).unwrap().checked_div(Number::HUNDRED).unwrap().round_half_up(2)
    };
    if dice.chance(500) {
        return Some(Person::Says(indicator, Judgement::Withdrawn {}));
    }
    if node.optional.is_some() && dice.chance(4_000) {
        return Some(Person::Says(indicator, Judgement::NotApplicable {}));
    }
    if by_hand.is_some_and(|by_hand| by_hand.value == ByHand::Deduct) && dice.chance(5_000) {
        return Some(Person::Says(indicator, Judgement::Deduction { points: part(dice) }));
    }
    let mut answers: BTreeMap<String, Answer> = asks
        .iter()
        .map(|ask| {
            let answer = match &ask.kind {
                AskKind::Number { .. } => {
                    Answer::Number { value: Number::from(i64::try_from(dice.below(12)).unwrap()) }
                }
                AskKind::Date {} => Answer::Date { date: day(dice) },
                AskKind::YesNo {} => Answer::YesNo { yes: dice.chance(5_000) },
                AskKind::Survey { choices } => {
                    let count =
                        |choice: &jixiao_events::scheme::Choice| (choice.choice.clone(), dice.below(40));
                    Answer::Survey { counts: choices.iter().map(count).collect() }
                }
            };
            (ask.ask.clone(), answer)
        })
        .collect();
    if let Rule::Checklist { items } = rule {
        let item = |item: &jixiao_events::scheme::Item| {
            (item.item.clone(), Answer::YesNo { yes: dice.chance(7_500) })
        };
        answers.extend(items.iter().map(item));
    }
    answers.retain(|_, _| !dice.chance(1_000));
    let is_answer = !answers.is_empty() && dice.chance(7_000);
    Some(match rule {
        _ if is_answer => Person::Says(indicator, Judgement::Answers { answers }),
        Rule::Levels { levels } => {
            let level = &levels[dice.index(levels.len())];
            let least = level.from.as_ref().map_or(level.to.value, |from| from.value);
            let share = if dice.chance(5_000) { least } else { level.to.value };
            let points = level.from.as_ref().map(|_| weight.checked_mul(share).unwrap());
            Person::Says(indicator, Judgement::Level { level: level.level.clone(), points })
        }
        Rule::Manual { coefficient: Some(_), .. } => {
            let coefficient = number(&hundredths(dice.below(21) * 5));
            Person::Says(indicator, Judgement::Coefficient { coefficient })
        }
        Rule::Bands { bands } => {
            let band = &bands[dice.index(bands.len())];
            Person::Points(indicator, band.points.value)
        }
        _ => Person::Points(indicator, part(dice)),
    })
}
