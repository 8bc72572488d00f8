//! What an explanation lists is what its answer rests on: whatever listed event is left out, points or inputs change;
//! whatever other is, neither does. Told to a real log and asked of the service; told again without one event each.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_eventlog::Context;
use jixiao_events::ledger::{Booking, LedgerEvent, Scope};
use jixiao_events::scoring::{IndicatorResult, Judgement, SumResult};
use jixiao_events::targets::{Criterion, Measured, TargetDefinition};

use super::*;
use crate::domain::life::{ApprovedBy, Wanted};
use crate::domain::tests::kinds::{answer, answered, at_most, counted, judged, node, reached};
use crate::domain::tests::{
    World, booking, fund_id, judge, left, moved, number, reversed, revised, withdrawn,
};
use crate::domain::{ScoringCommand, state::ScoringState};

/// The day that a step's event counts from: the first ones before the checkpoint of July.
fn day_of(at: usize) -> &'static str {
    if at < 5 { "2019-06-30" } else { "2019-10-28" }
}

fn scheme_text() -> String {
    let rate = |rest: &str| {
        format!(
            "measure = \"budget.execution_rate.adjusted\"\nrule = {{ kind = \"pro_rata\", full_at = 100 }}\n{rest}"
        )
    };
    let manual = "rule = { kind = \"manual\", self_score_stands = true }\noptional = true";
    let nodes = node("m", "group", "40", "")
        + &node("m.rate", "indicator", "5", &rate("by_hand = \"deduct\""))
        + &node("m.july", "indicator", "5", &rate("month = 7"))
        + &node("m.november", "indicator", "5", &rate("month = 11"))
        + &node(
            "m.often",
            "indicator",
            "5",
            "measure = \"budget.adjustments\"\nrule = { kind = \"deduct\", each = 1 }",
        )
        + &node(
            "m.filed",
            "indicator",
            "5",
            "measure = \"filings.contract_filing.not_filed\"\nrule = { kind = \"deduct_per_finding\", each = 1 }",
        )
        + &node(
            "m.harm",
            "indicator",
            "5",
            "measure = \"budget.receipt_rate\"\nasks = [{ ask = \"harm\", name = { zh = \"影响\" }, kind = \"yes_no\" }]\nrule = { kind = \"pro_rata\", full_at = 100 }\ngates = [{ when = [\"value < 100\", \"answer.harm = yes\"], at_most = 0 }]",
        )
        + &node(
            "m.level",
            "indicator",
            "5",
            "rule = { kind = \"levels\", levels = [{ level = \"好\", name = { zh = \"好\" }, to = 1, from = 0.8 }, { level = \"差\", name = { zh = \"差\" }, to = 0.5 }] }",
        )
        + &node("m.hand", "indicator", "5", manual)
        + &node(
            "over",
            "indicator",
            "10",
            "measure = \"targets.over_projects\"\ntargets = \"指标\"\nrule = { kind = \"pro_rata\", full_at = 100 }",
        )
        + &node(
            "t",
            "each_target",
            "30",
            "level = \"overall\"\nrule = { kind = \"pro_rata\", full_at = 100 }\nat_most = { kind = \"inverse_ratio\", full_at = 100 }",
        )
        + &node(
            "d",
            "each_target",
            "20",
            "level = \"detail\"\nrule = { kind = \"pro_rata\", full_at = 100 }",
        );
    format!(
        "scheme = \"kinds\"\nname = {{ zh = \"规则\" }}\nfiscal_year = 2019\nbasis = \"assumed\"\ntotal = 100\n{nodes}\n\
         [[grade]]\ngrade = \"good\"\nname = {{ zh = \"良\" }}\nfrom = 60\n[[grade]]\ngrade = \"poor\"\nname = {{ zh = \"差\" }}\nfrom = 0\n\
         [[override]]\nname = {{ zh = \"一票否决\" }}\nwhen = [\"answer.m.harm.harm = yes\", \"budget.saving_rate > 90\"]\ngrade = \"poor\"\n"
    )
}

/// What every telling begins with, and no explanation lists: the fund, the rules, and that it is evaluated by them.
fn opening() -> Vec<Step> {
    let text = scheme_text();
    let scheme = Arc::new(crate::scheme::parse(&text).unwrap());
    let approved = Some(ApprovedBy { approval: jixiao_events::Approval::default(), document: None });
    let wanted = Wanted { scheme: Some("kinds".parse().unwrap()), ..Wanted::default() };
    vec![
        fund(),
        Step::Command(ScoringCommand::LoadScheme { scheme, text, approved }),
        Step::Command(ScoringCommand::OpenEvaluation { of: fund_id().into(), wanted }),
    ]
}

/// A year of the fund: what counts, what is superseded, what is taken back, and what has nothing to do with points.
fn year() -> Vec<Step> {
    let allocated = |project: &str, amount: &str| {
        let scope = Scope::Project { project: project.parse().unwrap() };
        Step::Ledger(LedgerEvent::BudgetAllocated(Booking { scope, ..booking(amount) }))
    };
    let received = |amount: &str| Step::Ledger(LedgerEvent::MoneyReceived(booking(amount)));
    let of = |project: &str, id: &str, at_least: &str, got: &str| {
        let target = target_ref(Some(project), id);
        let definition = definition(TargetLevel::Detail, "10", at_least, Some("个"));
        [set(target.clone(), definition), actual(target, got, Some("个"), UnitMatch::Same)]
    };
    let level = |level: &str, points: Option<&str>| {
        judged("m.level", Judgement::Level { level: level.to_owned(), points: points.map(number) })
    };
    let mut all = vec![
        approved("1000"),
        project("p", Membership::InFund, ProjectState::InProgress),
        project("q", Membership::InFund, ProjectState::InProgress),
        received("900"),
        paid("300"),
        adjusted(Direction::Decrease, "100"),
        paid("200"),
        reversed(jixiao_events::ledger::EntryKind::Payment, "50"),
        not_filed(3, None),
        not_filed(2, Some(3)),
        allocated("p", "10"),
        self_score(of_indicator("m.hand"), "4"),
    ];
    all.extend(of("p", "a", "10", "5"));
    all.extend(of("q", "b", "20", "20"));
    all.extend(reached("x", "10", at_most("10"), counted("15")));
    all.extend(reached("y", "10", Criterion::AtLeast { value: number("4") }, counted("3")));
    all.extend(reached(
        "z",
        "10",
        Criterion::AtLeast { value: number("4") },
        Measured::Number { value: number("4") },
    ));
    all.extend([
        // What takes parts away: a withdrawal, a project that leaves, another level, another name.
        project("r", Membership::InFund, ProjectState::Approved),
        moved("r", ProjectState::Approved, ProjectState::InProgress),
        set(target_ref(Some("r"), "c"), definition(TargetLevel::Detail, "10", "8", Some("个"))),
        set(target_ref(Some("r"), "e"), definition(TargetLevel::Detail, "10", "8", Some("个"))),
        left("r", ProjectState::InProgress, ProjectState::Removed),
        withdrawn(target_ref(Some("r"), "e")),
        set(target_ref(None, "v"), definition(TargetLevel::Overall, "5", "8", None)),
        revised(target_ref(None, "v"), 2, definition(TargetLevel::Detail, "5", "8", Some("个"))),
        actual(target_ref(None, "v"), "8", None, UnitMatch::Assumed),
        revised(target_ref(None, "v"), 3, renamed(definition(TargetLevel::Detail, "5", "8", Some("个")))),
        // What is superseded: an earlier actual, an earlier version, an earlier judgement.
        actual(target_ref(Some("p"), "a"), "6", Some("个"), UnitMatch::Same),
        revised(target_ref(None, "y"), 2, definition(TargetLevel::Overall, "10", "5", None)),
        withdrawn(target_ref(None, "z")),
        self_score(of_target(target_ref(Some("p"), "a")), "9"),
        answered("m.harm", &[("harm", answer("no"))]),
        answered("m.harm", &[("harm", answer("yes"))]),
        level("差", None),
        level("好", Some("4.5")),
        judge("m.level", "4.25"),
        judged("m.rate", Judgement::Deduction { points: number("1") }),
        judge("m.hand", "2"),
        judged("m.hand", Judgement::Withdrawn {}),
    ]);
    all
}

fn renamed(definition: TargetDefinition) -> TargetDefinition {
    TargetDefinition { name: "别的指标".to_owned(), ..definition }
}

/// A world that was told everything but one step, and the ids of each step's events in it.
fn told(without: Option<usize>) -> World {
    let mut world = World::default();
    for step in opening() {
        world.step(&step).unwrap();
    }
    for (at, step) in year().iter().enumerate() {
        if without == Some(at) {
            world.skip(step);
        } else {
            // What rests on the step that is left out may be refused.
            let _ = world.step_as_of(step, Some(day_of(at).parse().unwrap()));
        }
    }
    world
}

fn explained_of(world: &World, path: &str) -> (Option<IndicatorResult>, Option<SumResult>) {
    let sum = world.state(&format!("sum/{FUND}/{path}")).and_then(ScoringState::as_sum);
    (world.indicator(path), sum.map(|sum| SumResult::clone(sum)))
}

/// All indicators below a path, with the sum: what a sum's explanation is of.
fn whole_of(world: &World, path: &str) -> (Vec<IndicatorResult>, Option<SumResult>) {
    let below = if path == "total" { String::new() } else { path.to_owned() };
    let rows = world.indicators().into_iter();
    let rows = rows.filter(|row| below.is_empty() || row.indicator.is_within(&below));
    (rows.collect(), explained_of(world, path).1)
}

impl Client {
    /// Has a command executed; the ids of its events.
    async fn command(&mut self, command: &ScoringCommand) -> Vec<String> {
        let request_id = self.request_id();
        let context = Context {
            request_hash: request_id.clone(),
            request_id,
            actor: "reviewer".to_owned(),
            causation: None,
            correlation: None,
            trace: None,
        };
        let done = self.log.execute(command.clone(), context).await.unwrap();
        done.rows.into_iter().map(|row| row.id).collect()
    }

    /// Tells a step; the ids of its events.
    async fn tell(&mut self, step: &Step) -> Vec<String> {
        let (log, at) = match step {
            Step::Command(command) => return self.command(command).await,
            Step::Registry(_) => ("registry", 0),
            Step::Ledger(_) => ("ledger", 1),
            Step::Targets(_) => ("targets", 2),
        };
        self.deliver(step.clone()).await;
        vec![format!("{log}-{}", self.ends[at].0)]
    }
}

#[tokio::test]
async fn just_what_is_listed_makes_the_points() {
    let mut client = Client::start().await;
    for step in opening() {
        client.tell(&step).await;
    }
    let mut step_of = BTreeMap::new();
    for (at, step) in year().iter().enumerate() {
        client.on = day_of(at);
        for id in client.tell(step).await {
            step_of.insert(id, at);
        }
    }
    let world = told(None);
    let without: Vec<World> = (0..year().len()).map(|at| told(Some(at))).collect();
    let rows = world.indicators();
    let mut paths: Vec<String> = rows.iter().map(|row| row.indicator.to_string()).collect();
    assert!(paths.len() >= 13, "{paths:?}");
    let mut faults = Vec::new();
    paths.extend(["total", "m", "t", "d"].map(str::to_owned));
    for path in paths {
        let explanation = client.explain(&path).await.unwrap();
        let mut listed: BTreeSet<String> = explanation.events.iter().map(|event| event.id.clone()).collect();
        for input in explanation.indicator.iter().flat_map(|row| &row.inputs).chain(&explanation.inputs) {
            assert_eq!(input.event_count, input.events.len() as u64, "{path}: {input:?}");
            listed.extend(input.events.iter().map(|event| event.id.clone()));
        }
        let listed: BTreeSet<usize> = listed.iter().filter_map(|id| step_of.get(id).copied()).collect();
        assert!(!listed.is_empty(), "{path} rests on nothing");
        for (at, other) in without.iter().enumerate() {
            let changed = if explanation.sum.is_some() {
                whole_of(other, &path) != whole_of(&world, &path)
            } else {
                other.indicator(&path) != world.indicator(&path)
            };
            let step = &year()[at];
            if changed != listed.contains(&at) {
                faults.push(format!("{path}: changed {changed}, step {at}, {step:?}"));
            }
        }
        // The points that it shows are those of the state.
        let score = explanation.indicator.as_ref().map(|row| row.score.clone());
        let shown = score.unwrap_or_else(|| explanation.sum.as_ref().unwrap().score.clone());
        let (row, sum) = explained_of(&world, &path);
        let kept = row.and_then(|row| row.score).or(sum.map(|sum| sum.score));
        assert_eq!(shown, kept.map(|score| score.to_string()).unwrap_or_default(), "{path}");
        if let Some(last) = explanation.steps.last() {
            assert!(
                last.en.ends_with(&format!(" = {shown}")) && last.zh.ends_with(&format!(" = {shown}")),
                "{last:?}"
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn nothing_that_a_scheme_says_is_invisible() {
    let form = [
        node("g", "group", "10", "out_of = 20\nredistribute = true"),
        node("g.a", "indicator", "8", "measure = \"answer\"\nmonth_free = 1\nasks = [{ ask = \"n\", name = { zh = \"数\" }, kind = \"number\", unit = \"个\", at_least = 1, at_most = 9 }, { ask = \"on\", name = { zh = \"日期\" }, kind = \"date\" }]\nrule = { kind = \"deduct\", each = 1, per = 2, from = 3, side = \"below\", counted = \"whole\", cap = 5, floor = 1 }\ngates = [{ when = [\"value < 2\"], at_most = 4 }]\nby_hand = \"replace\"\nevidence = true\noptional = true\nnone_found = [\"met_not_full\"]").replace("month_free = 1\n", ""),
        node("g.b", "indicator", "6", "measure = \"budget.receipt_rate\"\nmonth = 7\nrule = { kind = \"all_or_nothing\", at_least = 50 }"),
        node("g.c", "indicator", "6", "measure = \"targets.over_projects\"\ntargets = \"指标\"\nrule = { kind = \"pro_rata\", full_at = 100 }"),
        node("b", "group", "10", "best_of = true"),
        node("b.a", "indicator", "10", "rule = { kind = \"levels\", levels = [{ level = \"好\", name = { zh = \"好\" }, to = 1, from = 0.5 }] }"),
        node("b.b", "indicator", "10", "rule = { kind = \"checklist\", items = [{ item = \"x\", name = { zh = \"甲\" }, points = 10, gate = true }] }"),
        node("t", "each_target", "80", "level = \"overall\"\nclass = \"output\"\nequal_parts = 1\nlate_in = \"months\"\nrule = { kind = \"steps\", steps = [{ from = 60, factor = 0.5 }] }\nat_most = { kind = \"inverse_ratio\", full_at = 100 }\nequal = { kind = \"pro_rata\", full_at = 101 }\nbetween = { kind = \"pro_rata\", full_at = 102 }\nby_date = { kind = \"deduct\", each = 3 }\nqualitative = { kind = \"levels\", levels = [{ level = \"好\", name = { zh = \"好\" }, to = 0.9 }] }\nas_published = \"原文如此\""),
        node("p", "indicator", "5", "rule = { kind = \"manual\", self_score_stands = false, coefficient = true }\noutside = \"penalty\""),
    ];
    let text = format!(
        "scheme = \"kinds\"\nname = {{ zh = \"规则\" }}\nfiscal_year = 2019\nregion = \"无锡\"\neffective_from = 2019-01-01\neffective_to = 2020-12-31\nbasis = \"assumed\"\ntotal = 100\ndecimals = 2\nredistribute = true\n{}\n\
         [[grade]]\ngrade = \"good\"\nname = {{ zh = \"良\" }}\nfrom = 60\n[[grade]]\ngrade = \"poor\"\nname = {{ zh = \"差\" }}\nfrom = 0\n\
         [[override]]\nname = {{ zh = \"一票否决\" }}\nwhen = [\"budget.saving_rate > 90\"]\ngrade = \"poor\"\n",
        form.concat()
    );
    let scheme = Arc::new(crate::scheme::parse(&text).unwrap());
    let mut client = Client::start().await;
    client.tell(&Step::Command(ScoringCommand::LoadScheme { scheme, text, approved: None })).await;
    let asked = pb::GetSchemeRequest { name: "schemes/kinds".to_owned(), ..Default::default() };
    let shown = client.service.get_scheme(Request::new(asked)).await.unwrap().into_inner().scheme.unwrap();
    let settings = |path: &str| {
        let node = shown.nodes.iter().find(|node| node.node == path).unwrap();
        assert!(!node.words.as_ref().unwrap().en.is_empty(), "{path}");
        assert!(node.settings.iter().all(|setting| setting.basis() == pb::Basis::Assumed), "{path}");
        node.settings
            .iter()
            .map(|setting| format!("{} {}", setting.key, setting.value))
            .collect::<Vec<_>>()
            .join("; ")
    };
    for (path, expected) in [
        ("g", "weight 10; out_of 20; redistribute true"),
        (
            "g.a",
            "weight 8; optional true; measure answer; asks.n.at_least 1; asks.n.at_most 9; each 1; per 2; from 3; side below; counted whole; cap 5; floor 1; gates[0].at_most: value < 2 4; by_hand replace; evidence true; none_found met_not_full",
        ),
        ("g.b", "weight 6; measure budget.receipt_rate; month 7; at_least 50"),
        ("g.c", "weight 6; measure targets.over_projects; targets 指标; full_at 100"),
        ("b", "weight 10; best_of true"),
        ("b.a", "weight 10; 好.from 0.5; 好.to 1"),
        ("b.b", "weight 10; x.points 10; x.gate true"),
        (
            "t",
            "weight 80; class output; steps[0].from 60; steps[0].factor 0.5; at_most.full_at 100; equal.full_at 101; between.full_at 102; by_date.each 3; qualitative.好.to 0.9; late_in months; equal_parts 1",
        ),
        ("p", "weight 5; outside penalty; self_score_stands false; coefficient true"),
    ] {
        assert_eq!(settings(path), expected, "{path}");
    }
    let asks = &shown.nodes[1].asks;
    let asks: Vec<_> =
        asks.iter().map(|ask| (ask.ask.as_str(), ask.words.as_ref().unwrap().zh.as_str())).collect();
    assert_eq!(asks, [("n", "数（数值，个，不低于 1，不高于 9）"), ("on", "日期（日期）")]);
    let settings: Vec<_> = shown.settings.iter().map(|one| format!("{} {}", one.key, one.value)).collect();
    assert_eq!(
        settings.join("; "),
        "total 100; redistribute true; g.weight 10; b.weight 10; t.weight 80; p.weight 5; p.outside penalty; grades.good.from 60; \
         grades.poor.from 0; override[0].grade: budget.saving_rate > 90 poor"
    );
    assert_eq!(shown.overrides[0].when, ["budget.saving_rate > 90"]);
    assert_eq!(
        (shown.region.as_str(), shown.effective_from.as_str(), shown.effective_to.as_str()),
        ("无锡", "2019-01-01", "2020-12-31")
    );
    assert_eq!(shown.decimals.unwrap().value, "2");
}
