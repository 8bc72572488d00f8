//! A fund told to scoring: as events of the registry, the ledger and the targets, a scheme, and the figures of a report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jixiao_eventlog::Folded;
use jixiao_events::finding::{Finding, Subject};
use jixiao_events::ledger::{Booking, Direction, LedgerEvent, Scope, StatedMoney};
use jixiao_events::registry::{
    DisplayUnit, FilingKind, FilingState, Fund as Registered, Project, RegistryEvent, Statement,
    StatementKind,
};
use jixiao_events::scoring::{Fact, IndicatorResult, ScoringEvent};
use jixiao_events::targets::{
    Baseline, Criterion, Measured, ScoreSubject, TargetDefinition, TargetEvent, TargetRef, UnitMatch,
};
use jixiao_events::{Approval, FundId, FundKind, Money, Names, Number, PartialDate, SourceEvent, TargetId};
use jixiao_scoring::ScoringDomain;
use jixiao_scoring::claims::{self, Verification};
use jixiao_scoring::domain::figures::Figures;
use jixiao_scoring::domain::life::{ApprovedBy, Wanted};
use jixiao_scoring::domain::state::{ScoringState, evaluation_key, place_key, scheme_version_key};
use jixiao_scoring::domain::{ScoringCommand, facts};
use jixiao_scoring::hypotheses::{self, Facts, Known, Row};
use jixiao_scoring::scheme;

use super::exact::written;
use super::form::{SCHEME, scheme_text};
use super::fund::{Claim, Fund, Meets, Target, day};
use super::steps;
use crate::sim::random::Dice;

pub const FUND: &str = "fund";

/// Why whatever fell short did.
const WHY: &str = "需求变化";

/// What scoring makes of a fund.
pub struct Seen {
    pub findings: Vec<Arc<Finding>>,
    pub verified: Verification,
    /// The claims in the order of the verification.
    pub report: Vec<Claim>,
    /// The hypotheses that fit a finding of those that were asked for: kind, and about what.
    pub hypotheses: BTreeMap<(String, Subject), BTreeSet<(&'static str, String)>>,
}

/// A fund that scoring was told of.
pub struct World {
    folded: Folded<ScoringDomain>,
    positions: BTreeMap<&'static str, u64>,
    /// What happened to findings: whether each was raised, else cleared.
    pub history: Vec<(bool, (String, Subject))>,
}

pub fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub fn number(figure: i64, decimals: u32) -> Number {
    id(&written(i128::from(figure), decimals))
}

pub fn target_subject(at: usize) -> Subject {
    Subject::Target { target: id(&format!("t{at}")) }
}

pub fn project_subject(at: usize) -> Subject {
    Subject::Project { project: id(&format!("p{at}")) }
}

pub fn entry_subject(at: usize) -> Subject {
    Subject::Entry { entry: id(&format!("adjustment-{at}")) }
}

pub fn node_subject(node: &str) -> Subject {
    Subject::Node { node: id(node) }
}

pub fn indicator_subject(node: &str) -> Subject {
    Subject::Indicator { indicator: id(node) }
}

impl World {
    /// Tells scoring a fund, the services' events in an order by chance.
    pub fn tell(fund: &Fund, dice: &Dice) -> Self {
        let mut world = Self { folded: Folded::default(), positions: BTreeMap::new(), history: Vec::new() };
        let mut feeds: [Vec<Take>; 3] = [registry(fund), ledger(fund), targets(fund)];
        for feed in &mut feeds {
            feed.reverse();
        }
        let created = feeds[0].pop().unwrap();
        world.take(created);
        // An evaluation is opened at last, mostly, and the report told before: what is open is checked with each change.
        let steps: usize = feeds.iter().map(Vec::len).sum();
        let opened_at = if dice.chance(1_000) { steps - dice.index(steps.min(10)) } else { steps };
        let is_told_before = dice.chance(9_700);
        for at in 0..=steps {
            if at == opened_at {
                if is_told_before {
                    world.state(&fund.report);
                }
                world.open(&scheme_text(fund));
            }
            let left: Vec<usize> = (0..3).filter(|feed| !feeds[*feed].is_empty()).collect();
            if !left.is_empty() {
                let step = feeds[left[dice.index(left.len())]].pop().unwrap();
                world.take(step);
            }
        }
        if !is_told_before {
            world.state(&fund.report);
        }
        super::elsewhere::tell(&mut world, fund);
        world
    }

    fn execute(&mut self, command: &ScoringCommand) {
        for event in self.folded.execute(command, "generator").unwrap() {
            let (is_raised, finding) = match event {
                ScoringEvent::FindingRaised { finding, .. } => (true, finding),
                ScoringEvent::FindingCleared { finding, .. } => (false, finding),
                _ => continue,
            };
            if finding.fund.as_str() != FUND {
                continue;
            }
            self.history.push((is_raised, (finding.code, finding.subject)));
        }
    }

    pub fn take(&mut self, (log, event_type, facts, effective): Take) {
        let position = *self.positions.entry(log).and_modify(|at| *at += 1).or_insert(1_u64);
        let source = SourceEvent {
            log: log.to_owned(),
            position,
            id: format!("{log}-{position}"),
            hash: String::new(),
            recorded_time: 0,
            effective,
            actor: "generator".to_owned(),
        };
        self.execute(&ScoringCommand::TakeIn { source, event_type: event_type.to_owned(), facts });
    }

    pub fn open(&mut self, text: &str) {
        self.load(text);
        self.evaluate(FUND);
    }

    /// Has a fund evaluated by what is loaded.
    pub fn evaluate(&mut self, fund: &str) {
        self.execute(&ScoringCommand::OpenEvaluation {
            of: id::<FundId>(fund).into(),
            wanted: Wanted { scheme: Some(id(SCHEME)), ..Wanted::default() },
        });
    }

    fn load(&mut self, text: &str) {
        let scheme = scheme::parse(text).unwrap_or_else(|faults| panic!("{text}\n{faults:?}"));
        self.execute(&ScoringCommand::LoadScheme {
            scheme: Arc::new(scheme),
            text: text.to_owned(),
            approved: Some(ApprovedBy::default()),
        });
    }

    pub fn state(&mut self, report: &[Claim]) {
        for claim in report {
            self.execute(&stated(claim));
        }
    }

    /// The findings that stand.
    pub fn findings(&self) -> Vec<Arc<Finding>> {
        let prefix = format!("findings/{FUND}/");
        let of_scopes = self.folded.prefix(&prefix).filter_map(|(_, state)| state.as_findings());
        of_scopes.flat_map(|of_scope| of_scope.values().cloned()).collect()
    }

    /// What scoring says of the fund now, with the hypotheses of some findings.
    pub fn read(&self, report: &[Claim], explained: &[(&str, Subject)]) -> Seen {
        let folded = &self.folded;
        let [sums, indicators, projects, scopes] =
            ["sum", "indicator", "project", "scope-money"].map(|kind| format!("{kind}/{FUND}/"));
        let findings = self.findings();
        let fund: FundId = id(FUND);
        let version =
            folded.get(&evaluation_key(&fund)).and_then(ScoringState::as_evaluation).unwrap().version;
        let loaded = folded.get(&scheme_version_key(&id(SCHEME), version)).and_then(ScoringState::as_scheme);
        let scheme = loaded.map(|loaded| Arc::clone(&loaded.scheme));
        let sums = folded.prefix(&sums).map(|(_, state)| state);
        let mut figures = Figures::new(&fund, |key| folded.get(key), sums, scheme);
        let rows = folded.prefix(&indicators).filter_map(|(_, state)| state.as_indicator());
        figures.rows = Some(rows.cloned().collect());
        let known = |(key, state)| {
            let id = <str>::strip_prefix(key, projects.as_str()).unwrap();
            Known { id, facts: ScoringState::as_project(state).unwrap() }
        };
        let projects: Vec<Known<'_>> = folded.prefix(&projects).map(known).collect();
        figures.projects = Some(projects.iter().map(|project| project.facts.clone()).collect());
        for (key, money) in folded.prefix(&scopes) {
            figures.add_scope(key.strip_prefix(&scopes).unwrap(), money.as_scope_money().unwrap());
        }
        let claim = |claim: &Claim| claims::Claim {
            quantity: claim.quantity.clone(),
            stated: claim.stated.clone(),
            value: id(&claim.stated),
            unit: claim.unit.map(str::to_owned),
            place: claim.place.clone(),
        };
        let mut report = report.to_vec();
        report.sort_by(|a, b| (&a.quantity, &a.place).cmp(&(&b.quantity, &b.place)));
        let verified = claims::verify(&report.iter().map(claim).collect::<Vec<_>>(), &figures);

        let project_of = |row: &IndicatorResult| {
            let place = folded.get(&place_key(&fund, &row.indicator.target()?))?.as_place()?;
            let project = place.project.as_ref()?.as_str();
            projects.iter().find(|known| known.id == project).copied()
        };
        let row = |result| Row { result, project: project_of(result) };
        let facts = Facts {
            figures: &figures,
            rows: figures.rows.iter().flatten().map(|result| row(result.as_ref())).collect(),
            projects: projects.clone(),
        };
        let is_asked = |finding: &&Arc<Finding>| {
            explained.iter().any(|(code, subject)| finding.code == *code && finding.subject == *subject)
        };
        let explain = |finding: &Arc<Finding>| {
            let fit = hypotheses::of_finding(finding, &facts).fit.into_iter();
            let fit = fit.map(|one| (<&str>::from(one.kind), one.about)).collect();
            ((finding.code.clone(), finding.subject.clone()), fit)
        };
        let hypotheses = findings.iter().filter(is_asked).map(explain).collect();
        Seen { findings, verified, report, hypotheses }
    }
}

fn stated(claim: &Claim) -> ScoringCommand {
    ScoringCommand::StateFigure {
        fund: id(FUND),
        quantity: claim.quantity.clone(),
        value: id(&claim.stated),
        stated: claim.stated.clone(),
        unit: claim.unit.map(str::to_owned),
        basis: "stated".to_owned(),
        place: claim.place.clone(),
    }
}

/// A log, an event's type, and what scoring uses of it.
pub type Take = (&'static str, &'static str, Vec<Fact>, Option<PartialDate>);

pub fn of_registry(event: &RegistryEvent) -> Take {
    ("registry", event.into(), facts::of_registry(event), None)
}

pub fn of_ledger(event: &LedgerEvent) -> Take {
    ("ledger", event.into(), facts::of_ledger(event), None)
}

pub fn of_targets(event: &TargetEvent) -> Take {
    let effective = match event {
        TargetEvent::TargetRevised { on, .. } => *on,
        TargetEvent::ActualRecorded { on, .. } => Some(*on),
        _ => None,
    };
    ("targets", event.into(), facts::of_targets(event), effective)
}

fn names(zh: &str) -> Names {
    Names { zh: zh.to_owned(), en: None }
}

/// The fund as it is created.
pub fn created() -> Registered {
    Registered {
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
    }
}

fn registry(fund: &Fund) -> Vec<Take> {
    let mut events = vec![RegistryEvent::FundCreated(created())];
    for (at, project) in fund.projects.iter().enumerate() {
        events.push(RegistryEvent::ProjectRegistered(Project {
            fund: id(FUND),
            project: id(&format!("p{at}")),
            name: names(&format!("项目{at}")),
            membership: project.membership,
            origin: project.origin,
            implementing_agency: None,
            second_agency: None,
            category: None,
            group: project.group.map(|group| id(&format!("g{group}"))),
            state: project.state,
            state_on: None,
            approved_on: project.dates.approved.map(id),
            carried_over: None,
            note: None,
            source: None,
        }));
        events.extend(steps::of_registry(at, project));
        let filing = |kind, is_filed: bool| {
            let state = if is_filed { FilingState::Filed } else { FilingState::NotFiled };
            filing(at, kind, state, i64::from(!is_filed))
        };
        if let Some(is_filed) = project.contract {
            events.push(filing(FilingKind::ContractFiling, is_filed));
        }
        if let Some(is_filed) = project.acceptance {
            events.push(filing(FilingKind::Acceptance, is_filed));
        }
    }
    for (at, (project, value, before)) in fund.changes.iter().enumerate() {
        events.push(RegistryEvent::StatementRecorded(Statement {
            fund: id(FUND),
            project: Some(id(&format!("p{project}"))),
            statement: format!("change-{at}"),
            kind: StatementKind::TargetChange,
            text: format!("目标由{before}调整为{value}"),
            value: Some(value.to_string()),
            previous_value: Some(before.to_string()),
            unit: None,
            approved_by: None,
            on: None,
            target: None,
            excepted: Vec::new(),
            covers: None,
            attached: None,
            source: None,
        }));
    }
    events.extend(super::papers::events(fund));
    if fund.is_closed {
        let on: PartialDate = id("2019-12-31");
        events.push(RegistryEvent::FundYearClosed { fund: id(FUND), on, source: None });
    }
    events.iter().map(of_registry).collect()
}

/// A filing of a project, and by how much it changes the number of those that are missing.
pub fn filing(at: usize, kind: FilingKind, state: FilingState, not_filed_change: i64) -> RegistryEvent {
    RegistryEvent::FilingRecorded {
        fund: id(FUND),
        project: id(&format!("p{at}")),
        kind,
        state,
        previous: None,
        on: None,
        waiver: None,
        inside_count: false,
        previous_inside_count: None,
        not_filed_change,
        source: None,
    }
}

pub fn booking(entry: &str, scope: Scope, hundreds: i64, approver: Option<&str>) -> Booking {
    Booking {
        fund: id(FUND),
        entry: id(entry),
        scope,
        amount: Money::from_fen(i128::from(hundreds) * 10_000),
        on: id("2019"),
        approval: Approval { approver: approver.map(str::to_owned), ..Approval::default() },
        source: None,
        postings: Vec::new(),
    }
}

pub fn of_project(project: usize) -> Scope {
    Scope::Project { project: id(&format!("p{project}")) }
}

/// A reason for money that is left of a project.
pub fn unspent_explained(entry: &str, project: usize, hundreds: i64) -> LedgerEvent {
    let Booking { entry, scope, amount, .. } = booking(entry, of_project(project), hundreds, None);
    let (fund, reason) = (id(FUND), format!("{WHY}，尾款未到支付期"));
    LedgerEvent::UnspentExplained { fund, entry, scope, amount, reason, source: None }
}

/// What is said to be paid in a group.
pub fn paid_in_group(entry: &str, group: usize, hundreds: i64) -> LedgerEvent {
    let scope = Scope::Group { group: id(&format!("g{group}")) };
    let Booking { entry, scope, amount, .. } = booking(&format!("{entry}-{group}"), scope, hundreds, None);
    LedgerEvent::MoneyStated { fund: id(FUND), entry, scope, kind: StatedMoney::Paid, amount, source: None }
}

fn ledger(fund: &Fund) -> Vec<Take> {
    let of = of_project;
    let whole = |entry: &str, hundreds| booking(entry, Scope::Fund, hundreds, None);
    let mut events = vec![
        LedgerEvent::BudgetApproved(whole("original", fund.original())),
        LedgerEvent::MoneyReceived(whole("receipt", fund.adjusted())),
    ];
    for (at, one) in fund.adjustments.iter().enumerate() {
        let direction = if one.is_up { Direction::Increase } else { Direction::Decrease };
        let booking = booking(&format!("adjustment-{at}"), of(one.project), one.amount, one.approver);
        let booking = Booking { on: id(one.on), ..booking };
        events.push(LedgerEvent::BudgetAdjusted { direction, booking });
    }
    for (at, project) in fund.projects.iter().enumerate() {
        let entry = |kind: &str| format!("{kind}-{at}");
        let allocated = fund.allocated(at);
        if allocated > 0 {
            events.push(LedgerEvent::BudgetAllocated(booking(&entry("allocation"), of(at), allocated, None)));
        }
        if project.paid > 0 {
            events.push(steps::payment(&entry("payment"), at, project.paid, &project.dates));
        }
        if project.dates.is_split {
            events.push(steps::split(at, project.paid + project.unspent));
        }
        if project.explained > 0 {
            events.push(unspent_explained(&entry("reason"), at, project.explained));
        }
    }
    let of_groups = (0..2).filter_map(|group| Some(paid_in_group("stated", group, fund.paid_in(group)?)));
    events.extend(of_groups);
    events.iter().map(of_ledger).collect()
}

fn targets(fund: &Fund) -> Vec<Take> {
    let mut events = Vec::new();
    let no_approval = Approval::default;
    for (at, one) in fund.targets.iter().enumerate() {
        let target = target_ref(at, one);
        let definition = |value: i64| definition(at, one, value);
        let (on, source) = (None, None);
        events.push(TargetEvent::TargetSet {
            target: target.clone(),
            definition: definition(one.before.unwrap_or(one.value)),
            on,
            approval: no_approval(),
            source: source.clone(),
        });
        let revised = one.before.map(|_| TargetEvent::TargetRevised {
            target: target.clone(),
            version: 2,
            definition: definition(one.value),
            on: one.days.map(|(_, revised)| id(revised)),
            approval: no_approval(),
            source,
        });
        let actual = one.actual.map(|actual| reached(at, one, actual));
        let score = one.self_score;
        let score = score.map(|score| scored(ScoreSubject::Target { target: target.clone() }, score));
        let told = if one.is_scored_first { [actual, score, revised] } else { [revised, actual, score] };
        events.extend(told.into_iter().flatten());
        if one.is_explained {
            events.push(miss_explained(&format!("reason-{at}"), None, None, vec![target.target]));
        }
    }
    events.extend(super::papers::retold(fund));
    let (projects, groups) = &fund.reasons;
    events.extend(
        projects.iter().map(|at| miss_explained(&format!("reason-p{at}"), Some(*at), None, Vec::new())),
    );
    events.extend(
        groups.iter().map(|at| miss_explained(&format!("reason-g{at}"), None, Some(*at), Vec::new())),
    );
    for one in &fund.indicators {
        events.push(scored(ScoreSubject::Indicator { indicator: id(one.node) }, one.self_score));
    }
    events.iter().map(of_targets).collect()
}

pub fn target_ref(at: usize, one: &Target) -> TargetRef {
    TargetRef {
        fund: id(FUND),
        project: one.project.map(|project| id(&format!("p{project}"))),
        target: id(&format!("t{at}")),
    }
}

/// A target as it is defined with some value.
pub fn definition(at: usize, one: &Target, value: i64) -> TargetDefinition {
    let number = value.into();
    TargetDefinition {
        class: None,
        owner: None,
        baseline: one.baseline.map(|value| Baseline { value: value.into(), on: id("2018") }),
        level: one.level,
        name: format!("指标{}", one.named_as.unwrap_or(at)),
        weight: self::number(one.weight, 3),
        criterion: match one.meets {
            Meets::AtLeast => Criterion::AtLeast { value: number },
            Meets::AtMost => Criterion::AtMost { value: number },
            Meets::Equal => Criterion::Equal { value: number },
            Meets::Between(width) => Criterion::Between { min: number, max: (value + width).into() },
            Meets::ByDate => Criterion::ByDate { by: id(&day(value)) },
            Meets::YesNo => Criterion::YesNo { expected: value == 1 },
            Meets::Words => Criterion::Qualitative { expected: "明显提高".to_owned() },
        },
        unit: one.unit.map(str::to_owned),
        text: None,
    }
}

pub fn reached(at: usize, one: &Target, actual: i64) -> TargetEvent {
    let is_same = one.unit == one.actual_unit;
    TargetEvent::ActualRecorded {
        target: target_ref(at, one),
        value: match one.meets {
            Meets::ByDate => Measured::Date { done: id(&day(actual)) },
            Meets::YesNo => Measured::YesNo { yes: actual == 1 },
            Meets::Words => Measured::Level { level: "有所提高".to_owned() },
            _ => Measured::Number { value: actual.into() },
        },
        unit: one.actual_unit.map(str::to_owned),
        unit_match: if is_same { UnitMatch::Same } else { UnitMatch::Different },
        on: id(one.days.map_or("2019", |(reached, _)| reached)),
        text: None,
        evidence: Vec::new(),
        source: None,
    }
}

/// A reason why targets, or all of a project or a group, were missed.
pub fn miss_explained(
    explanation: &str,
    project: Option<usize>,
    group: Option<usize>,
    targets: Vec<TargetId>,
) -> TargetEvent {
    TargetEvent::MissExplained {
        fund: id(FUND),
        explanation: explanation.to_owned(),
        project: project.map(|at| id(&format!("p{at}"))),
        group: group.map(|at| id(&format!("g{at}"))),
        targets,
        reason: WHY.to_owned(),
        source: None,
    }
}

pub fn scored(subject: ScoreSubject, score: i64) -> TargetEvent {
    TargetEvent::SelfScoreRecorded {
        fund: id(FUND),
        subject,
        score: number(score, 3),
        above_weight: false,
        on: id("2020-06"),
        reason: None,
        source: None,
    }
}

/// Findings as pairs of a check and what it is about.
pub fn pairs(findings: &[Arc<Finding>]) -> BTreeSet<(String, Subject)> {
    findings.iter().map(|finding| (finding.code.clone(), finding.subject.clone())).collect()
}
