//! The domain over folded events, with figures of the smart-city fund of Wuxi 2019 where they fit.

mod alone;
mod answers;
mod combined;
mod cost;
pub(crate) mod dated;
mod evaluation;
mod given;
mod halves;
pub(crate) mod kinds;
mod life;
pub(crate) mod money_findings;
mod monitoring;
mod order;
pub(crate) mod papers;
mod portfolio;
mod refusals;
mod stated;
pub(crate) mod targets;
pub(crate) mod wordings;

use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_eventlog::Folded;
use jixiao_events::finding::{Evidence, Finding};
use jixiao_events::ledger::{Booking, Direction, EntryKind, LedgerEvent, Scope};
use jixiao_events::registry::{
    DisplayUnit, FilingKind, FilingState, Fund, Membership, Origin, Project, ProjectState, RegistryEvent,
    Statement, StatementKind,
};
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{EvaluationChange, IndicatorResult, ScoringEvent, SumResult};
use jixiao_events::targets::{
    Criterion, Measured, ScoreSubject, TargetDefinition, TargetEvent, TargetLevel, TargetRef, UnitMatch,
};
use jixiao_events::{Approval, FundId, FundKind, Money, Names, Number, PartialDate, SourceEvent};

use super::life::Wanted;
use super::state::ScoringState;
use super::{ScoringCommand, ScoringRefusal, facts};
use crate::{ScoringDomain, findings};

pub(crate) const SMART_CITY: &str = include_str!("../../../../../examples/wuxi-2019/scheme-smart-city.toml");
pub(crate) const FUND: &str = "smart-city-2019";

pub(crate) fn number(text: &str) -> Number {
    text.parse().unwrap()
}

pub(crate) fn wan(text: &str) -> Money {
    Money::try_from_wan(number(text)).unwrap()
}

pub(crate) fn names(zh: &str) -> Names {
    Names { zh: zh.to_owned(), en: None }
}

pub(crate) fn fund_id() -> FundId {
    FUND.parse().unwrap()
}

/// What happens in a test: an event of another service, or a command.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Registry(RegistryEvent),
    Ledger(LedgerEvent),
    Targets(TargetEvent),
    Command(ScoringCommand),
}

/// A scoring log under test: steps go in, states and changes come out.
#[derive(Default)]
pub(crate) struct World {
    folded: Folded<ScoringDomain>,
    positions: BTreeMap<&'static str, u64>,
    /// Whether schemes stay the drafts that they are loaded as.
    keeps_drafts: bool,
}

impl World {
    /// Takes one step. Ids depend on the step's place in its own log alone, as real ones do.
    pub(crate) fn step(&mut self, step: &Step) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
        self.step_as_of(step, None)
    }

    /// Takes a step whose event counts from a date.
    #[track_caller]
    pub(crate) fn step_on(&mut self, step: &Step, on: &str) {
        self.step_as_of(step, Some(on.parse().unwrap())).unwrap();
    }

    /// Leaves a step out that others have taken: those after it are told alike.
    pub(crate) fn skip(&mut self, step: &Step) {
        let log = match step {
            Step::Registry(_) => "registry",
            Step::Ledger(_) => "ledger",
            Step::Targets(_) => "targets",
            Step::Command(_) => "commands",
        };
        *self.positions.entry(log).or_insert(0) += 1;
    }

    pub(crate) fn step_as_of(
        &mut self,
        step: &Step,
        effective: Option<PartialDate>,
    ) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
        let (log, event_type, facts) = match step {
            Step::Registry(event) => ("registry", <&str>::from(event), facts::of_registry(event)),
            Step::Ledger(event) => ("ledger", <&str>::from(event), facts::of_ledger(event)),
            Step::Targets(event) => ("targets", <&str>::from(event), facts::of_targets(event)),
            Step::Command(_) => ("commands", "", Vec::new()),
        };
        let position = self.positions.entry(log).or_insert(0);
        *position += 1;
        let id = format!("{log}-{position}");
        let command = match step {
            Step::Command(command) => command.clone(),
            _ => ScoringCommand::TakeIn {
                source: SourceEvent {
                    log: log.to_owned(),
                    position: *position,
                    id: id.clone(),
                    hash: String::new(),
                    recorded_time: 0,
                    effective,
                    actor: "tester".to_owned(),
                },
                event_type: event_type.to_owned(),
                facts,
            },
        };
        let mut events = self.folded.decide(&command)?;
        // Whatever is loaded is approved at once, but where a test is about just that.
        if let [ScoringEvent::SchemeLoaded { draft, .. }] = events.as_mut_slice()
            && !self.keeps_drafts
        {
            *draft = false;
        }
        for (index, event) in events.iter().enumerate() {
            self.folded.fold(event, &format!("{id}-{index}"), "tester");
            if let ScoringEvent::FindingRaised { finding, .. }
            | ScoringEvent::FindingRevised { finding, .. } = event
            {
                assert_whole(finding);
            }
        }
        Ok(events)
    }

    #[track_caller]
    pub(crate) fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step).unwrap();
        }
    }

    /// Takes a step that changes the evaluation in one event.
    #[track_caller]
    fn change(&mut self, step: &Step) -> EvaluationChange {
        let changes = self.step(step).unwrap().into_iter().filter_map(|event| match event {
            ScoringEvent::EvaluationChanged(change) => Some(change),
            _ => None,
        });
        match <[EvaluationChange; 1]>::try_from(changes.collect::<Vec<_>>()) {
            Ok([change]) => change,
            Err(other) => panic!("not one change: {other:?}"),
        }
    }

    /// What is kept under a key.
    pub(crate) fn state(&self, key: &str) -> Option<&ScoringState> {
        self.folded.get(key)
    }

    pub(crate) fn indicator(&self, indicator: &str) -> Option<IndicatorResult> {
        let state = self.folded.get(&format!("indicator/{FUND}/{indicator}"))?;
        state.as_indicator().map(|result| IndicatorResult::clone(result))
    }

    /// Every indicator.
    pub(crate) fn indicators(&self) -> Vec<IndicatorResult> {
        let rows = self.folded.prefix("indicator/");
        rows.filter_map(|(_, state)| Some(IndicatorResult::clone(state.as_indicator()?))).collect()
    }

    #[track_caller]
    pub(crate) fn sum(&self, node: &str) -> SumResult {
        let state = self.folded.get(&format!("sum/{FUND}/{node}")).unwrap();
        SumResult::clone(state.as_sum().unwrap())
    }

    /// The findings of a check that stand: the scope and what is said of it.
    pub(crate) fn said(&self, code: &str) -> Vec<(String, String)> {
        let prefix = format!("findings/{FUND}/");
        let scopes = self.folded.prefix(&prefix).filter_map(|(key, state)| {
            let scope = key.strip_prefix(&prefix)?.to_owned();
            Some(state.as_findings()?.values().map(move |finding| (scope.clone(), Arc::clone(finding))))
        });
        let of_check = scopes.flatten().filter(|(_, finding)| finding.code == code);
        of_check
            .map(|(scope, finding)| {
                let [zh, _] = findings::check(code).unwrap().say(&finding);
                (scope, zh)
            })
            .collect()
    }

    /// The findings of a check that stand.
    pub(crate) fn findings(&self, code: &str) -> Vec<Arc<Finding>> {
        let all = self.folded.prefix("findings/").filter_map(|(_, state)| state.as_findings());
        all.flat_map(BTreeMap::values).filter(|finding| finding.code == code).cloned().collect()
    }

    /// The ids of the events that the findings of a check rest on.
    pub(crate) fn evidence(&self, code: &str) -> Vec<String> {
        let prefix = format!("findings/{FUND}/");
        let all = self.folded.prefix(&prefix).filter_map(|(_, state)| state.as_findings());
        let of_check = all.flat_map(BTreeMap::values).filter(|finding| finding.code == code);
        let evidence = of_check.flat_map(|finding| &finding.evidence);
        evidence
            .filter_map(|evidence| match evidence {
                Evidence::Event(event) => Some(event.id.clone()),
                _ => None,
            })
            .collect()
    }

    /// Every state but the log's own and the history: what must not depend on the order of the feeds.
    pub(crate) fn canonical(&self) -> BTreeMap<String, String> {
        let row =
            |(key, state): (&str, &ScoringState)| (key.to_owned(), serde_json::to_string(state).unwrap());
        self.folded.prefix("").map(row).collect()
    }
}

/// A finding gives every figure that its message names, and rests on something.
#[track_caller]
fn assert_whole(finding: &Finding) {
    let check = findings::check(&finding.code).unwrap();
    for template in [check.message.zh, check.message.en] {
        for part in template.split('{').skip(1) {
            let (name, _) = part.split_once('}').unwrap();
            let is_there = finding.figures.iter().any(|figure| figure.name == name);
            assert!(is_there, "{} has no {name}: {finding:?}", finding.code);
        }
    }
    assert!(!finding.evidence.is_empty(), "{} rests on nothing: {finding:?}", finding.code);
}

pub(crate) fn scheme() -> Arc<Scheme> {
    Arc::new(crate::scheme::parse(SMART_CITY).unwrap())
}

pub(crate) fn load() -> Step {
    Step::Command(ScoringCommand::LoadScheme {
        scheme: scheme(),
        text: SMART_CITY.to_owned(),
        approved: None,
    })
}

/// Loads another scheme under the same id.
pub(crate) fn load_text(text: &str) -> Step {
    let scheme = Arc::new(crate::scheme::parse(text).unwrap());
    Step::Command(ScoringCommand::LoadScheme { scheme, text: text.to_owned(), approved: None })
}

pub(crate) fn open() -> Step {
    Step::Command(ScoringCommand::OpenEvaluation {
        of: fund_id().into(),
        wanted: Wanted { scheme: Some("wuxi-2019-smart-city".parse().unwrap()), ..Wanted::default() },
    })
}

pub(crate) fn judge(indicator: &str, score: &str) -> Step {
    Step::Command(ScoringCommand::SetManualScore {
        of: fund_id().into(),
        indicator: indicator.parse().unwrap(),
        score: number(score),
        reason: "抽查".to_owned(),
        on: "2020-06".parse().unwrap(),
        evidence: Vec::new(),
    })
}

pub(crate) fn fund() -> Step {
    Step::Registry(RegistryEvent::FundCreated(Fund {
        fund: fund_id(),
        name: names("智慧城市扶持资金"),
        fiscal_year: 2019,
        agency: "big-data-bureau".parse().unwrap(),
        department: None,
        predecessor: None,
        display_unit: DisplayUnit::WanYuan,
        time_zone: "Asia/Shanghai".to_owned(),
        documents: Vec::new(),
        support_categories: Vec::new(),
        kind: FundKind::SpecialFund,
    }))
}

pub(crate) fn project(project: &str, membership: Membership, state: ProjectState) -> Step {
    Step::Registry(RegistryEvent::ProjectRegistered(Project {
        fund: fund_id(),
        project: project.parse().unwrap(),
        name: names(project),
        membership,
        origin: Origin::NotStated,
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
    }))
}

pub(crate) fn moved(project: &str, from: ProjectState, to: ProjectState) -> Step {
    let project = project.parse().unwrap();
    Step::Registry(RegistryEvent::ProjectStateChanged {
        fund: fund_id(),
        project,
        from,
        to,
        leaves_fund: false,
        on: None,
        reason: None,
        source: None,
    })
}

/// [`moved`], of a project that the fund carried and no longer does.
pub(crate) fn left(project: &str, from: ProjectState, to: ProjectState) -> Step {
    let Step::Registry(RegistryEvent::ProjectStateChanged { fund, project, from, to, .. }) =
        moved(project, from, to)
    else {
        unreachable!("moved makes a change of state")
    };
    let (on, reason, source) = (None, None, None);
    Step::Registry(RegistryEvent::ProjectStateChanged {
        fund,
        project,
        from,
        to,
        leaves_fund: true,
        on,
        reason,
        source,
    })
}

pub(crate) fn not_filed(count: u32, previous: Option<u32>) -> Step {
    Step::Registry(RegistryEvent::FilingCountStated {
        fund: fund_id(),
        kind: FilingKind::ContractFiling,
        state: FilingState::NotFiled,
        count,
        previous,
        threshold: None,
        not_filed_change: i64::from(count) - i64::from(previous.unwrap_or(0)),
        source: None,
    })
}

pub(crate) fn booking(amount: &str) -> Booking {
    Booking {
        fund: fund_id(),
        entry: "entry".parse().unwrap(),
        scope: Scope::Fund,
        amount: wan(amount),
        on: "2019".parse().unwrap(),
        approval: Approval::default(),
        source: None,
        postings: Vec::new(),
    }
}

pub(crate) fn approved(amount: &str) -> Step {
    Step::Ledger(LedgerEvent::BudgetApproved(booking(amount)))
}

pub(crate) fn adjusted(direction: Direction, amount: &str) -> Step {
    Step::Ledger(LedgerEvent::BudgetAdjusted { direction, booking: booking(amount) })
}

pub(crate) fn paid(amount: &str) -> Step {
    Step::Ledger(LedgerEvent::PaymentMade {
        request: None,
        over_limit: None,
        is_final: false,
        booking: booking(amount),
    })
}

pub(crate) fn reversed(kind: EntryKind, amount: &str) -> Step {
    let of = "entry".parse().unwrap();
    Step::Ledger(LedgerEvent::EntryReversed {
        of,
        kind,
        gives_back: None,
        over_limit: None,
        booking: booking(amount),
    })
}

pub(crate) fn target_ref(project: Option<&str>, target: &str) -> TargetRef {
    TargetRef {
        fund: fund_id(),
        project: project.map(|project| project.parse().unwrap()),
        target: target.parse().unwrap(),
    }
}

pub(crate) fn definition(
    level: TargetLevel,
    weight: &str,
    at_least: &str,
    unit: Option<&str>,
) -> TargetDefinition {
    TargetDefinition {
        class: None,
        owner: None,
        baseline: None,
        level,
        name: "指标".to_owned(),
        weight: number(weight),
        criterion: Criterion::AtLeast { value: number(at_least) },
        unit: unit.map(str::to_owned),
        text: None,
    }
}

pub(crate) fn set(target: TargetRef, definition: TargetDefinition) -> Step {
    Step::Targets(TargetEvent::TargetSet {
        target,
        definition,
        on: None,
        approval: Approval::default(),
        source: None,
    })
}

pub(crate) fn revised(target: TargetRef, version: u32, definition: TargetDefinition) -> Step {
    let (on, approval, source) = (None, Approval::default(), None);
    Step::Targets(TargetEvent::TargetRevised { target, version, definition, on, approval, source })
}

pub(crate) fn withdrawn(target: TargetRef) -> Step {
    Step::Targets(TargetEvent::TargetWithdrawn {
        target,
        on: None,
        approval: Approval::default(),
        source: None,
    })
}

pub(crate) fn actual(target: TargetRef, value: &str, unit: Option<&str>, unit_match: UnitMatch) -> Step {
    Step::Targets(TargetEvent::ActualRecorded {
        target,
        value: Measured::Number { value: number(value) },
        unit: unit.map(str::to_owned),
        unit_match,
        on: "2019".parse().unwrap(),
        text: None,
        evidence: Vec::new(),
        source: None,
    })
}

pub(crate) fn self_score(subject: ScoreSubject, score: &str) -> Step {
    Step::Targets(TargetEvent::SelfScoreRecorded {
        fund: fund_id(),
        subject,
        score: number(score),
        above_weight: false,
        on: "2020-06-05".parse().unwrap(),
        reason: None,
        source: None,
    })
}

pub(crate) fn of_target(target: TargetRef) -> ScoreSubject {
    ScoreSubject::Target { target }
}

pub(crate) fn of_indicator(indicator: &str) -> ScoreSubject {
    ScoreSubject::Indicator { indicator: indicator.parse().unwrap() }
}

pub(crate) fn explained(project: Option<&str>, group: Option<&str>, targets: &[&str]) -> Step {
    Step::Targets(TargetEvent::MissExplained {
        fund: fund_id(),
        explanation: "why".to_owned(),
        project: project.map(|project| project.parse().unwrap()),
        group: group.map(|group| group.parse().unwrap()),
        targets: targets.iter().map(|target| target.parse().unwrap()).collect(),
        reason: "工作规划调整".to_owned(),
        source: None,
    })
}

/// What a report says of a change of a target.
pub(crate) fn target_change(project: &str, value: Option<&str>, previous_value: &str) -> Step {
    Step::Registry(RegistryEvent::StatementRecorded(Statement {
        fund: fund_id(),
        statement: "target-changed".to_owned(),
        project: Some(project.parse().unwrap()),
        kind: StatementKind::TargetChange,
        text: "目标调低".to_owned(),
        value: value.map(str::to_owned),
        previous_value: Some(previous_value.to_owned()),
        unit: Some("个".to_owned()),
        approved_by: None,
        on: None,
        target: None,
        excepted: Vec::new(),
        covers: None,
        attached: None,
        source: None,
    }))
}

pub(crate) fn closed() -> Step {
    let on = "2019-12-31".parse().unwrap();
    Step::Registry(RegistryEvent::FundYearClosed { fund: fund_id(), on, source: None })
}

/// A project of the fund that has a support category.
pub(crate) fn categorised(project_id: &str, category: &str) -> Step {
    let Step::Registry(RegistryEvent::ProjectRegistered(of_none)) =
        project(project_id, Membership::InFund, ProjectState::InProgress)
    else {
        unreachable!("project makes a registration")
    };
    let category = Some(category.to_owned());
    Step::Registry(RegistryEvent::ProjectRegistered(Project { category, ..of_none }))
}

/// Money that a project got, and what was paid for it.
pub(crate) fn allocated_to(project: &str, amount: &str) -> Step {
    let scope = Scope::Project { project: project.parse().unwrap() };
    Step::Ledger(LedgerEvent::BudgetAllocated(Booking { scope, ..booking(amount) }))
}

/// What was paid for a project.
pub(crate) fn paid_for(project: &str, amount: &str) -> Step {
    let scope = Scope::Project { project: project.parse().unwrap() };
    let booking = Booking { scope, ..booking(amount) };
    Step::Ledger(LedgerEvent::PaymentMade { request: None, over_limit: None, is_final: false, booking })
}

/// A project of the fund that is in a group.
pub(crate) fn grouped(project_id: &str, group: &str, state: ProjectState) -> Step {
    let Step::Registry(RegistryEvent::ProjectRegistered(of_none)) =
        project(project_id, Membership::InFund, state)
    else {
        unreachable!("project makes a registration")
    };
    let group = Some(group.parse().unwrap());
    Step::Registry(RegistryEvent::ProjectRegistered(Project { group, ..of_none }))
}
