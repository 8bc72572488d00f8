//! A fund told to scoring: as events of the registry, the ledger and the targets, a scheme, and the figures of a report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use jixiao_eventlog::Folded;
use jixiao_events::finding::{Finding, Subject};
use jixiao_events::ledger::{Booking, Direction, LedgerEvent, Scope};
use jixiao_events::registry::{
    DisplayUnit, FilingKind, FilingState, Fund as Registered, Project, RegistryEvent, Statement,
    StatementKind,
};
use jixiao_events::scoring::Fact;
use jixiao_events::targets::{
    Criterion, Measured, ScoreSubject, TargetDefinition, TargetEvent, TargetRef, UnitMatch,
};
use jixiao_events::{Approval, FundId, Money, Names, Number, PartialDate, SourceEvent};
use jixiao_scoring::ScoringDomain;
use jixiao_scoring::claims::{self, Verification};
use jixiao_scoring::domain::figures::Figures;
use jixiao_scoring::domain::state::{ScoringState, scheme_version_key};
use jixiao_scoring::domain::{ScoringCommand, facts};
use jixiao_scoring::scheme;

use super::exact::written;
use super::fund::{Claim, Fund};
use crate::sim::random::Dice;

const FUND: &str = "fund";
const SCHEME: &str = "scheme";

/// What scoring makes of a fund.
pub struct Seen {
    pub findings: Vec<Arc<Finding>>,
    pub verified: Verification,
    /// The claims in the order of the verification.
    pub report: Vec<Claim>,
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn number(figure: i64, decimals: u32) -> Number {
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

/// Tells scoring a fund, the services' events in an order by chance, and reads what it says.
pub fn tell(fund: &Fund, dice: &Dice) -> Seen {
    let mut feeds: [Vec<Take>; 3] = [registry(fund), ledger(fund), targets(fund)];
    let mut folded: Folded<ScoringDomain> = Folded::default();
    let mut positions = BTreeMap::new();
    for feed in &mut feeds {
        feed.reverse();
    }
    let created = feeds[0].pop().unwrap();
    let mut take = |folded: &mut Folded<ScoringDomain>, (log, event_type, facts): Take| {
        let position = positions.entry(log).and_modify(|at| *at += 1).or_insert(1_u64);
        let source = SourceEvent {
            log: log.to_owned(),
            position: *position,
            id: format!("{log}-{position}"),
            hash: String::new(),
            recorded_time: 0,
            effective: None,
            actor: "generator".to_owned(),
        };
        let command = ScoringCommand::TakeIn { source, event_type: event_type.to_owned(), facts };
        folded.execute(&command, "generator").unwrap();
    };
    take(&mut folded, created);
    // An evaluation is opened at last, mostly: a change of one that is open costs more than one that is not.
    let steps: usize = feeds.iter().map(Vec::len).sum();
    let opened_at = if dice.chance(2_000) { steps - dice.index(steps.min(10)) } else { steps };
    let is_told_before = dice.chance(9_000);
    for at in 0..=steps {
        if at == opened_at {
            if is_told_before {
                report(&mut folded, fund);
            }
            open(&mut folded, &scheme_text(fund));
        }
        let left: Vec<usize> = (0..3).filter(|feed| !feeds[*feed].is_empty()).collect();
        if !left.is_empty() {
            let step = feeds[left[dice.index(left.len())]].pop().unwrap();
            take(&mut folded, step);
        }
    }
    if !is_told_before {
        report(&mut folded, fund);
    }
    read(&folded, fund)
}

fn open(folded: &mut Folded<ScoringDomain>, text: &str) {
    let scheme = scheme::parse(text).unwrap_or_else(|faults| panic!("{text}\n{faults:?}"));
    let load = ScoringCommand::LoadScheme { scheme: Arc::new(scheme), text: text.to_owned() };
    folded.execute(&load, "generator").unwrap();
    let open = ScoringCommand::OpenEvaluation { fund: id(FUND), scheme: id(SCHEME), version: None };
    folded.execute(&open, "generator").unwrap();
}

fn report(folded: &mut Folded<ScoringDomain>, fund: &Fund) {
    for claim in &fund.report {
        folded.execute(&stated(claim), "generator").unwrap();
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

fn read(folded: &Folded<ScoringDomain>, fund: &Fund) -> Seen {
    let states = |kind: &str| -> Vec<&ScoringState> {
        let prefix = format!("{kind}/{FUND}/");
        folded.prefix("").filter(|(key, _)| key.starts_with(&prefix)).map(|(_, state)| state).collect()
    };
    let findings = states("findings").into_iter().filter_map(ScoringState::as_findings);
    let findings = findings.flat_map(|of_scope| of_scope.values().cloned()).collect();
    let fund_id: FundId = id(FUND);
    let loaded = folded.get(&scheme_version_key(&id(SCHEME), 1)).and_then(ScoringState::as_scheme);
    let scheme = loaded.map(|loaded| Arc::clone(&loaded.scheme));
    let mut figures = Figures::new(&fund_id, |key| folded.get(key), states("sum").into_iter(), scheme);
    figures.rows =
        Some(states("indicator").into_iter().filter_map(ScoringState::as_indicator).cloned().collect());
    figures.projects =
        Some(states("project").into_iter().filter_map(ScoringState::as_project).cloned().collect());
    let claim = |claim: &Claim| claims::Claim {
        quantity: claim.quantity.clone(),
        stated: claim.stated.clone(),
        value: id(&claim.stated),
        unit: claim.unit.map(str::to_owned),
        place: claim.place.clone(),
    };
    let mut report = fund.report.clone();
    report.sort_by(|a, b| (&a.quantity, &a.place).cmp(&(&b.quantity, &b.place)));
    let verified = claims::verify(&report.iter().map(claim).collect::<Vec<_>>(), &figures);
    Seen { findings, verified, report }
}

/// A log, an event's type, and what scoring uses of it.
type Take = (&'static str, &'static str, Vec<Fact>);

fn of_registry(event: &RegistryEvent) -> Take {
    ("registry", event.into(), facts::of_registry(event))
}

fn of_ledger(event: &LedgerEvent) -> Take {
    ("ledger", event.into(), facts::of_ledger(event))
}

fn of_targets(event: &TargetEvent) -> Take {
    ("targets", event.into(), facts::of_targets(event))
}

fn names(zh: &str) -> Names {
    Names { zh: zh.to_owned(), en: None }
}

fn registry(fund: &Fund) -> Vec<Take> {
    let mut events = vec![RegistryEvent::FundCreated(Registered {
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
    })];
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
            carried_over: None,
            note: None,
            source: None,
        }));
        let filing = |kind, is_filed: bool| RegistryEvent::FilingRecorded {
            fund: id(FUND),
            project: id(&format!("p{at}")),
            kind,
            state: if is_filed { FilingState::Filed } else { FilingState::NotFiled },
            previous: None,
            on: None,
            waiver: None,
            inside_count: false,
            previous_inside_count: None,
            not_filed_change: i64::from(!is_filed),
            source: None,
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
            source: None,
        }));
    }
    if fund.is_closed {
        let on: PartialDate = id("2019-12-31");
        events.push(RegistryEvent::FundYearClosed { fund: id(FUND), on, source: None });
    }
    events.iter().map(of_registry).collect()
}

fn ledger(fund: &Fund) -> Vec<Take> {
    let booking = |entry: String, scope: Scope, hundreds: i64, approver: Option<&str>| Booking {
        fund: id(FUND),
        entry: id(&entry),
        scope,
        amount: Money::from_fen(i128::from(hundreds) * 10_000),
        on: id("2019"),
        approval: Approval { approver: approver.map(str::to_owned), ..Approval::default() },
        source: None,
        postings: Vec::new(),
    };
    let of = |project: usize| Scope::Project { project: id(&format!("p{project}")) };
    let whole = |entry: &str, hundreds| booking(entry.to_owned(), Scope::Fund, hundreds, None);
    let mut events = vec![
        LedgerEvent::BudgetApproved(whole("original", fund.original())),
        LedgerEvent::MoneyReceived(whole("receipt", fund.adjusted())),
    ];
    for (at, one) in fund.adjustments.iter().enumerate() {
        let direction = if one.is_up { Direction::Increase } else { Direction::Decrease };
        let booking = booking(format!("adjustment-{at}"), of(one.project), one.amount, one.approver);
        events.push(LedgerEvent::BudgetAdjusted { direction, booking });
    }
    for (at, project) in fund.projects.iter().enumerate() {
        let entry = |kind: &str| format!("{kind}-{at}");
        let allocated = fund.allocated(at);
        if allocated > 0 {
            events.push(LedgerEvent::BudgetAllocated(booking(entry("allocation"), of(at), allocated, None)));
        }
        if project.paid > 0 {
            let booking = booking(entry("payment"), of(at), project.paid, None);
            events.push(LedgerEvent::PaymentMade { request: None, over_limit: None, booking });
        }
        if project.explained > 0 {
            let booking = booking(entry("reason"), of(at), project.explained, None);
            events.push(LedgerEvent::UnspentExplained {
                fund: id(FUND),
                entry: booking.entry,
                scope: booking.scope,
                amount: booking.amount,
                reason: "尾款未到支付期".to_owned(),
                source: None,
            });
        }
    }
    events.iter().map(of_ledger).collect()
}

fn targets(fund: &Fund) -> Vec<Take> {
    let mut events = Vec::new();
    let no_approval = Approval::default;
    for (at, one) in fund.targets.iter().enumerate() {
        let target = TargetRef {
            fund: id(FUND),
            project: one.project.map(|project| id(&format!("p{project}"))),
            target: id(&format!("t{at}")),
        };
        let definition = |value: i64| TargetDefinition {
            level: one.level,
            name: format!("指标{at}"),
            weight: number(one.weight, 3),
            criterion: Criterion::AtLeast { value: value.into() },
            unit: one.unit.map(str::to_owned),
            text: None,
        };
        let (on, source) = (None, None);
        events.push(TargetEvent::TargetSet {
            target: target.clone(),
            definition: definition(one.before.unwrap_or(one.value)),
            on,
            approval: no_approval(),
            source: source.clone(),
        });
        if one.before.is_some() {
            events.push(TargetEvent::TargetRevised {
                target: target.clone(),
                version: 2,
                definition: definition(one.value),
                on,
                approval: no_approval(),
                source,
            });
        }
        if let Some(actual) = one.actual {
            let is_same = one.unit == one.actual_unit;
            events.push(TargetEvent::ActualRecorded {
                target: target.clone(),
                value: Measured::Number { value: actual.into() },
                unit: one.actual_unit.map(str::to_owned),
                unit_match: if is_same { UnitMatch::Same } else { UnitMatch::Different },
                on: id("2019"),
                text: None,
                evidence: Vec::new(),
                source: None,
            });
        }
        if let Some(score) = one.self_score {
            events.push(scored(ScoreSubject::Target { target: target.clone() }, score));
        }
        if one.is_explained {
            events.push(TargetEvent::MissExplained {
                fund: id(FUND),
                explanation: format!("reason-{at}"),
                project: None,
                group: None,
                targets: vec![target.target],
                reason: "需求变化".to_owned(),
                source: None,
            });
        }
    }
    for one in &fund.indicators {
        events.push(scored(ScoreSubject::Indicator { indicator: id(one.node) }, one.self_score));
    }
    events.iter().map(of_targets).collect()
}

fn scored(subject: ScoreSubject, score: i64) -> TargetEvent {
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

/// The scheme of a fund as a file.
fn scheme_text(fund: &Fund) -> String {
    let mut text = format!(
        "scheme = \"{SCHEME}\"\nname = {{ zh = \"评价\" }}\nfiscal_year = 2019\nbasis = \"stated\"\nsource = \"generated\"\ntotal = 100\nexecution_bound = 60\n"
    );
    let nodes = fund.groups.iter().map(|(node, weight)| (*node, *weight, None));
    let indicators = fund.indicators.iter().map(|one| (one.node, one.weight, Some(one)));
    let mut nodes: Vec<_> = nodes.chain(indicators).collect();
    nodes.sort_by_key(|(node, ..)| *node);
    for (node, weight, indicator) in nodes {
        let weight = written(i128::from(weight), 3);
        let body = match (node, indicator) {
            ("targets.overall" | "targets.detail", _) => {
                let level = node.trim_start_matches("targets.");
                format!(
                    "kind = \"each_target\"\nlevel = \"{level}\"\nrule = {{ kind = \"steps\", steps = [{{ from = 60, factor = 0.5 }}] }}"
                )
            }
            (_, None) => {
                let is_published = fund.as_published.contains(&node);
                let published = if is_published { "\nas_published = \"printed so\"" } else { "" };
                format!("kind = \"group\"{published}")
            }
            ("management.funds_use.adjustment_rate", _) => format!(
                "kind = \"indicator\"\nmeasure = \"budget.adjustment_rate.cuts_only\"\nrule = {{ kind = \"bands\", bands = [{{ up_to = 5, points = {weight} }}, {{ points = 0 }}] }}"
            ),
            ("management.funds_use.execution_rate", _) => format!(
                "kind = \"indicator\"\nmeasure = \"budget.execution_rate.adjusted\"\nrule = {{ kind = \"bands\", bands = [{{ below = 80, points = 0 }}, {{ points = {weight} }}] }}"
            ),
            ("management.operation.tracking", _) => format!(
                "kind = \"indicator\"\nmeasure = \"filings.contract_filing.not_filed\"\nrule = {{ kind = \"deduct_per_finding\", each = 0.5, cap = {weight} }}"
            ),
            ("management.operation.procedures", _) => "kind = \"indicator\"\nnone_found = [\"filing_missing\", \"acceptance_missing\"]\nrule = { kind = \"manual\", self_score_stands = true }".to_owned(),
            _ => "kind = \"indicator\"\nrule = { kind = \"manual\", self_score_stands = true }".to_owned(),
        };
        writeln!(
            text,
            "[[node]]\nnode = \"{node}\"\nname = {{ zh = \"{node}\" }}\nweight = {weight}\n{body}"
        )
        .unwrap();
    }
    text.push_str("[[grade]]\ngrade = \"poor\"\nname = { zh = \"差\" }\nfrom = 0\n");
    text.push_str(
        "[[quantities]]\nname = \"data.structured\"\n[[quantities]]\nname = \"data.unstructured\"\n",
    );
    text.push_str(
        "[[quantities]]\nname = \"data.total\"\nparts = [\"data.structured\", \"data.unstructured\"]\n",
    );
    text.push_str(
        "[[quantities]]\nname = \"data.share\"\nnumerator = \"data.structured\"\ndenominator = \"data.total\"\n",
    );
    text
}

/// Findings as pairs of a check and what it is about.
pub fn pairs(findings: &[Arc<Finding>]) -> BTreeSet<(String, Subject)> {
    findings.iter().map(|finding| (finding.code.clone(), finding.subject.clone())).collect()
}
