//! A synthetic fund: 300 projects over the 12 months of 2019, made by a seed. It is nobody's: the published year that the
//! example has knows few dates. What its monitors say month by month, and what its portfolio sums, is held against a plain
//! computation that shares no code with the service.

use std::collections::BTreeMap;

use jixiao_eventlog::event::recorded_text;
use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::targets::v1 as targets;
use jixiao_tests::postgres;
use jixiao_tests::server::Server;

use crate::api::{Api, money, names, not_stated};

const FUND: &str = "synthetic-300";
const PROJECTS: usize = 300;
const CATEGORIES: [&str; 5] = ["大数据", "云服务", "智慧城市/交通", "政务", "安全"];

/// What a seed makes: the same in every run.
struct Chance(u64);

impl Chance {
    /// A number below another (SplitMix64).
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// A project of the fund: its money in yuan, when it is paid, when its target is met.
struct Project {
    id: String,
    category: &'static str,
    allocated: i64,
    /// Month, entry, amount.
    payments: Vec<(u32, String, i64)>,
    /// Month and what was reached of 10.
    actuals: Vec<(u32, i64)>,
}

fn projects(chance: &mut Chance) -> Vec<Project> {
    let one = |number: usize| {
        let allocated = 10_000 + 100 * i64::try_from(chance.below(900)).unwrap();
        let count = 1 + chance.below(3);
        // Late payers: most of the money goes out in the second half, some of it never.
        let mut payments: Vec<_> = (0..count)
            .map(|part| {
                let month = 2 + u32::try_from(chance.below(6) + chance.below(6)).unwrap();
                let share = i64::try_from(80 + chance.below(20)).unwrap();
                let amount = allocated * share / 100 / i64::try_from(count).unwrap();
                (month.min(12), format!("p{number}-{part}"), amount)
            })
            .collect();
        payments.sort();
        let met_in = 4 + u32::try_from(chance.below(6) + chance.below(6)).unwrap();
        let mut actuals = vec![(met_in / 2 + 1, 4)];
        if met_in <= 12 {
            actuals.push((met_in, 10));
        }
        Project {
            id: format!("project-{number:03}"),
            category: CATEGORIES[usize::try_from(chance.below(5)).unwrap()],
            allocated,
            payments,
            actuals,
        }
    };
    (0..PROJECTS).map(one).collect()
}

/// The plain computation: whole numbers, every monitor looked at after every event.
#[derive(Default)]
struct Plain {
    /// The first day of which month has come: 2 to 13.
    month: i128,
    paid: i128,
    adjusted: i128,
    met: i128,
    total: i128,
    /// 0 green, 1 yellow, 2 red.
    levels: [u8; 3],
    told: Vec<String>,
}

const LEVELS: [&str; 3] = ["GREEN", "YELLOW", "RED"];

impl Plain {
    fn look(&mut self, cause: &str) {
        let worse = |yellow: bool, red: bool| if red { 2 } else { u8::from(yellow) };
        // Money: what has to be paid of 100 by the first day of a month.
        let bounds = [(11, 80, 40), (9, 60, 30), (7, 40, 20), (5, 25, 10)];
        let bound = bounds.iter().find(|(from, ..)| self.month >= *from && self.adjusted > 0);
        let below = |part: i128| self.paid * 100 < part * self.adjusted;
        let of_money = bound.map_or(0, |(_, yellow, red)| worse(below(*yellow), below(*red)));
        // Targets: met of all against months passed of 12.
        let passed = (self.month - 1).min(12);
        let slower = |part: i128| self.met * 12 * 100 < part * self.total * passed;
        let of_targets = if self.month >= 3 && self.total > 0 { worse(slower(80), slower(60)) } else { 0 };
        // The gap between the two shares.
        let apart = (self.paid * self.total - self.met * self.adjusted).abs() * 100;
        let over = |points: i128| apart > points * self.adjusted * self.total;
        let is_seen = self.month > 0 && self.adjusted > 0 && self.total > 0;
        let of_gap = if is_seen { worse(over(10), over(25)) } else { 0 };
        for (at, (monitor, now)) in
            [("money", of_money), ("targets", of_targets), ("gap", of_gap)].into_iter().enumerate()
        {
            let was = std::mem::replace(&mut self.levels[at], now);
            let (kind, level) = match (was, now) {
                (was, now) if was == now => continue,
                (0, now) => ("RAISED", now),
                (was, 0) => ("CLEARED", was),
                (_, now) => ("CHANGED", now),
            };
            self.told.push(format!("{kind} {monitor} {} by {cause}", LEVELS[usize::from(level)]));
        }
    }
}

/// Registers the projects with their money and targets.
async fn register(api: &mut Api, projects: &[Project]) {
    for project in projects {
        let create = registry::CreateProjectRequest {
            request_id: project.id.clone(),
            parent: format!("funds/{FUND}"),
            project_id: project.id.clone(),
            names: names("合成项目"),
            membership: registry::Membership::InFund.into(),
            origin: registry::Origin::StartOfYear.into(),
            category: project.category.to_owned(),
            state: registry::ProjectState::InProgress.into(),
            ..Default::default()
        };
        api.registry.create_project(create).await.unwrap();
    }
    let registered = api.sources().await;
    let registered: Vec<String> = registered
        .into_iter()
        .filter(|head| jixiao_eventlog::Position::from_token(head).unwrap().log == "registry")
        .collect();
    for project in projects {
        let allocate = ledger::AllocateBudgetRequest {
            request_id: format!("money {}", project.id),
            wait_for: registered.clone(),
            scope: format!("funds/{FUND}/projects/{}", project.id),
            entry_id: format!("to-{}", project.id),
            amount: money(project.allocated),
            on: "2019-01-02".to_owned(),
            approval: not_stated(),
            ..Default::default()
        };
        api.ledger.allocate_budget(allocate).await.unwrap();
        let ten = targets::Threshold { value: "10".to_owned() };
        let set = targets::SetTargetRequest {
            request_id: format!("target {}", project.id),
            wait_for: registered.clone(),
            parent: format!("funds/{FUND}"),
            target_id: format!("t-{}", project.id),
            project: format!("funds/{FUND}/projects/{}", project.id),
            definition: Some(targets::TargetDefinition {
                title: "合成指标".to_owned(),
                weight: "0.2".to_owned(),
                criterion: Some(targets::Criterion {
                    direction: Some(targets::criterion::Direction::AtLeast(ten)),
                }),
                unit: "个".to_owned(),
                ..Default::default()
            }),
            on: "2019-01-02".to_owned(),
            approval: not_stated(),
            ..Default::default()
        };
        api.targets.set_target(set).await.unwrap();
    }
}

async fn pay(api: &mut Api, project: &str, (month, entry, amount): &(u32, String, i64)) {
    let pay = ledger::RecordPaymentRequest {
        request_id: format!("pay {entry}"),
        scope: format!("funds/{FUND}/projects/{project}"),
        entry_id: entry.clone(),
        amount: money(*amount),
        on: format!("2019-{month:02}-10"),
        approval: not_stated(),
        ..Default::default()
    };
    api.ledger.record_payment(pay).await.unwrap();
}

async fn actual(api: &mut Api, project: &str, (month, reached): (u32, i64)) {
    let record = targets::RecordActualRequest {
        request_id: format!("actual {project} {month} {reached}"),
        name: format!("funds/{FUND}/targets/t-{project}"),
        measured: Some(targets::Measured {
            value: Some(targets::measured::Value::Number(reached.to_string())),
        }),
        on: format!("2019-{month:02}-20"),
        ..Default::default()
    };
    api.targets.record_actual(record).await.unwrap();
}

/// Waits until scoring has taken in all that the others hold: feeds come side by side, months one after the other.
async fn settle(api: &mut Api) {
    let wait_for = api.sources().await;
    let name = format!("funds/{FUND}");
    let request = pb::GetMonitoringRequest { name, wait_for, ..Default::default() };
    for _ in 0..12 {
        match api.scoring.get_monitoring(request.clone()).await {
            Ok(_) => return,
            // A busy machine: the server itself waits a while each time.
            Err(status) => assert_eq!(status.code(), tonic::Code::Unavailable, "{status}"),
        }
    }
    panic!("scoring has not taken in what the others hold");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_projects_over_twelve_months() {
    let mut servers = vec![(Server::start(), 2019)];
    if std::env::var_os("JIXIAO_LONG").is_some() {
        let url = postgres::shared().url(&postgres::shared().fresh_name("synthetic"));
        servers.push((Server::start_on(&url), 136));
    }
    for (server, seed) in servers {
        let mut api = Api::new(&server.url());
        let projects = projects(&mut Chance(seed));
        let allocated: i64 = projects.iter().map(|project| project.allocated).sum();
        let reserve = allocated / 10;
        api.watched(FUND, allocated + reserve).await;
        register(&mut api, &projects).await;
        settle(&mut api).await;

        let mut plain = Plain {
            adjusted: i128::from(allocated + reserve),
            total: i128::try_from(PROJECTS).unwrap(),
            ..Plain::default()
        };
        let mut by_month: Vec<Vec<String>> = Vec::new();
        for month in 1..=12_u32 {
            let before = plain.told.len();
            for project in &projects {
                for payment in project.payments.iter().filter(|payment| payment.0 == month) {
                    pay(&mut api, &project.id, payment).await;
                    plain.paid += i128::from(payment.2);
                    plain.look("source");
                }
            }
            if month == 8 {
                // What was held back is cut.
                let cut = ledger::AdjustBudgetRequest {
                    request_id: "cut".to_owned(),
                    scope: format!("funds/{FUND}"),
                    entry_id: "cut".to_owned(),
                    amount: money(reserve),
                    on: "2019-08-28".to_owned(),
                    approval: not_stated(),
                    direction: ledger::Direction::Decrease.into(),
                    ..Default::default()
                };
                api.ledger.adjust_budget(cut).await.unwrap();
                plain.adjusted -= i128::from(reserve);
                plain.look("source");
            }
            settle(&mut api).await;
            for project in &projects {
                for done in project.actuals.iter().filter(|done| done.0 == month) {
                    actual(&mut api, &project.id, *done).await;
                    plain.met += i128::from(done.1 == 10);
                    plain.look("source");
                }
            }
            settle(&mut api).await;
            let next =
                if month == 12 { "2020-01-01".to_owned() } else { format!("2019-{:02}-01", month + 1) };
            api.reach(FUND, &next).await.unwrap();
            plain.month = i128::from(month) + 1;
            plain.look("date");
            by_month.push(plain.told[before..].to_vec());
        }
        // The year is worth watching: warnings of every monitor, by days and by data, that begin, change and end.
        for part in ["money", "targets", "gap", "by date", "by source", "RAISED", "CHANGED", "CLEARED"] {
            assert!(plain.told.iter().any(|told| told.contains(part)), "{part}: {by_month:#?}");
        }
        assert_eq!(api.told(FUND).await, plain.told, "{by_month:#?}");

        let wait_for = api.sources().await;
        let parent = format!("funds/{FUND}");
        let list = pb::ListWarningsRequest { parent, wait_for: wait_for.clone(), ..Default::default() };
        let standing = api.scoring.list_warnings(list).await.unwrap().into_inner().warnings;
        let now = |monitor: &str| standing.iter().find(|warning| warning.monitor == monitor);
        for (at, monitor) in ["money", "targets", "gap"].into_iter().enumerate() {
            let level = now(monitor).map_or("GREEN", |warning| warning.level().as_str_name());
            assert_eq!(
                level.trim_start_matches("MONITOR_LEVEL_"),
                LEVELS[usize::from(plain.levels[at])],
                "{monitor}"
            );
        }

        check_portfolio(&mut api, &projects, &plain, wait_for).await;
    }
}

/// The fund's row and the sums of its categories against the projects themselves.
async fn check_portfolio(api: &mut Api, projects: &[Project], plain: &Plain, wait_for: Vec<String>) {
    let filter = format!("name = \"funds/{FUND}\"");
    let request = pb::SummarizePortfolioRequest { wait_for, filter, ..Default::default() };
    let summary = api.scoring.summarize_portfolio(request.clone()).await.unwrap().into_inner();
    // All that is known is what is stored, warnings and sums of categories too.
    let last = api.read("scoring").await.iter().map(|event| event.recorded_time).max().unwrap();
    let request = pb::SummarizePortfolioRequest { known_at: recorded_text(last), ..request };
    let known = api.scoring.summarize_portfolio(request).await.unwrap().into_inner();
    assert_eq!((&known.total, &known.by_category), (&summary.total, &summary.by_category));
    let yuan =
        |money: &Option<jixiao_proto::google::r#type::Money>| i128::from(money.as_ref().unwrap().units);
    let total = summary.total.clone().unwrap();
    assert_eq!((total.funds, total.projects, total.targets), (1, 300, 300));
    assert_eq!((yuan(&total.adjusted), yuan(&total.paid)), (plain.adjusted, plain.paid));
    assert_eq!(i128::from(total.targets_met), plain.met);
    let mut expected: BTreeMap<&str, [i128; 5]> = BTreeMap::new();
    for project in projects {
        let sum = expected.entry(project.category).or_default();
        let paid: i64 = project.payments.iter().map(|payment| payment.2).sum();
        let is_met = project.actuals.iter().any(|done| done.1 == 10);
        let parts = [1, project.allocated, paid, 1, i64::from(is_met)];
        sum.iter_mut().zip(parts).for_each(|(sum, part)| *sum += i128::from(part));
    }
    let found: BTreeMap<&str, [i128; 5]> = summary
        .by_category
        .iter()
        .map(|of| {
            let counts = [of.projects, of.targets, of.targets_met].map(i128::from);
            (of.category.as_str(), [counts[0], yuan(&of.arranged), yuan(&of.paid), counts[1], counts[2]])
        })
        .collect();
    assert_eq!(found, expected);
}
