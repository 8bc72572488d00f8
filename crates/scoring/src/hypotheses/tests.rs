//! What fits a difference, on figures of Wuxi 2019 and on small ones.

use jixiao_events::finding::{Figure, Severity};
use jixiao_events::registry::{Membership, Origin, ProjectState};

use std::sync::Arc;

use jixiao_events::scoring::{IndicatorStatus, MoneyQuantity, ScopeQuantity};
use jixiao_events::{FundId, GroupId, Money};

use super::*;
use crate::claims;
use crate::domain::state::{Cited, ScopeMoney, ScopeSum};

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn row(indicator: &str, weight: &str, self_score: &str) -> IndicatorResult {
    IndicatorResult {
        indicator: indicator.parse().unwrap(),
        name: Names { zh: "目标".to_owned(), en: None },
        weight: number(weight),
        self_score: Some(number(self_score)),
        score: None,
        status: IndicatorStatus::Unmet,
        rule: "steps".to_owned(),
        measured: None,
        inputs: Vec::new(),
    }
}

fn project(state: ProjectState) -> ProjectFacts {
    ProjectFacts {
        name: Names { zh: "项目".to_owned(), en: None },
        membership: Membership::InFund,
        origin: Origin::TakenOver,
        state,
        group: None,
        category: None,
        agency: None,
        event: cited(),
        before: None,
        registered: None,
        removed: None,
    }
}

fn cited() -> Cited {
    Cited {
        log: "registry".to_owned(),
        id: "1".to_owned(),
        event_type: "project_registered".to_owned(),
        effective: None,
        actor: "tester".to_owned(),
        recorded_time: 0,
    }
}

fn finding(quantity: &str, stated: &str, computed: &str) -> Finding {
    let figure =
        |name: &str, value: &str| Figure { name: name.to_owned(), value: value.to_owned(), unit: None };
    Finding {
        fund: "smart-city-2019".parse().unwrap(),
        subject: Subject::Quantity { quantity: quantity.to_owned() },
        code: "stated_wrong".to_owned(),
        severity: Severity::Error,
        figures: vec![figure("stated", stated), figure("computed", computed)],
        evidence: Vec::new(),
    }
}

fn figures(text: &str) -> Figures {
    let scheme = Some(Arc::new(crate::scheme::parse(text).unwrap()));
    Figures::new("smart-city-2019".parse::<FundId>().unwrap(), |_| None, std::iter::empty(), scheme)
}

/// What fits, as kind, about and measure; and how many were tried.
fn written(Hypotheses { fit, tried }: &Hypotheses) -> (Vec<String>, u32) {
    let said = fit.iter().map(|one| format!("{} {} {}", <&str>::from(one.kind), one.about, one.measure));
    (said.collect(), *tried)
}

fn fits(finding: &Finding, text: &str, rows: &[Row<'_>]) -> (Vec<String>, u32) {
    let figures = figures(text);
    written(&of_finding(finding, &Facts { figures: &figures, rows: rows.to_vec(), projects: Vec::new() }))
}

const SMART_CITY: &str = include_str!("../../../../examples/wuxi-2019/scheme-smart-city.toml");
const E_GOVERNMENT: &str = include_str!("../../../../examples/wuxi-2019/scheme-e-government.toml");

#[test]
fn a_difference_and_the_weight_that_nobody_got() {
    let (found, tried) = fits(&finding("score.total", "76.5", "66.5"), SMART_CITY, &[]);
    assert_eq!((found, tried), (vec!["unallocated_weight targets weight".to_owned()], 1));
    assert_eq!(fits(&finding("score.total", "76.5", "67.5"), SMART_CITY, &[]).0, Vec::<String>::new());
    // What agrees, and what counts neither points nor targets, has no difference to explain.
    assert_eq!(fits(&finding("score.total", "76.5", "76.5"), SMART_CITY, &[]).1, 0);
    assert_eq!(fits(&finding("budget.adjusted", "76.5", "66.5"), SMART_CITY, &[]).1, 0);
}

#[test]
fn a_difference_and_two_columns_that_changed_places() {
    let results = [
        row("management.target_setting.clarity", "3", "4"),
        row("management.target_setting.reasonableness", "3", "4"),
    ];
    let rows: Vec<_> = results.iter().map(|result| Row { result, project: None }).collect();
    let (found, _) = fits(&finding("score.management.target_setting", "6", "8"), E_GOVERNMENT, &rows);
    let expected = [
        "transposed_columns management.target_setting self_score",
        "unallocated_weight management.target_setting weight",
    ];
    let mut found = found;
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_difference_and_some_of_the_rows() {
    let (carried, done) = (project(ProjectState::CarriedOver), project(ProjectState::Closed));
    let results = [
        row("targets.detail.d1", "2", "0"),
        row("targets.detail.d2", "1", "0"),
        row("targets.detail.d3", "1", "1"),
        row("targets.overall.o1", "7", "6"),
    ];
    let rows: Vec<_> = results
        .iter()
        .zip([Some(&carried), Some(&carried), Some(&done), None])
        .map(|(result, facts)| Row { result, project: facts.map(|facts| Known { id: "p", facts }) })
        .collect();
    let (found, tried) = fits(&finding("score.targets.detail", "34.5", "31.5"), SMART_CITY, &rows);
    assert_eq!(
        found,
        [
            "subset state:carried_over weight",
            "subset origin:taken_over lost",
            "subset state:carried_over lost",
        ]
    );
    // The unallocated 10; weight, score and lost of the origin; weight and lost, weight and score of the states.
    assert_eq!(tried, 8);
}

/// What fits the difference of a claim of money, in 万元; and how many were tried.
fn of_money(figures: &Figures, projects: &[Known<'_>], quantity: &str, stated: &str) -> (Vec<String>, u32) {
    let value = number(stated);
    let (quantity, stated, place) = (quantity.to_owned(), stated.to_owned(), String::new());
    let claim = Claim { quantity, stated, value, unit: Some("万元".to_owned()), place };
    let checked = claims::check(&claim, figures);
    let facts = Facts { figures, rows: Vec::new(), projects: projects.to_vec() };
    let hypotheses = of_claim(&claim, &checked, &facts);
    for one in &hypotheses.fit {
        let Names { zh, en } = &one.message;
        assert!(!zh.is_ascii() && en.as_ref().is_some_and(|en| !en.is_empty()), "{one:?}");
    }
    written(&hypotheses)
}

#[test]
fn a_difference_of_money() {
    let wan = |text: &str| Money::try_from_wan(number(text)).unwrap();
    let mut of_fund = figures(SMART_CITY);
    of_fund.money = BTreeMap::from([
        (MoneyQuantity::Original, wan("4000")),
        (MoneyQuantity::Increase, wan("328.2")),
        (MoneyQuantity::Decrease, wan("669")),
        (MoneyQuantity::Paid, wan("2442.5")),
    ]);
    let group: GroupId = "new-2019".parse().unwrap();
    let mut projects =
        [ProjectState::NotStarted, ProjectState::NotStarted, ProjectState::Closed].map(project);
    projects[0].group = Some(group);
    for (scope, paid) in
        [("project:a", "12.25"), ("project:b", "30.5"), ("project:c", "7"), ("group:new-2019", "19")]
    {
        let sum = ScopeSum { sum: wan(paid), event: cited(), events: 1, months: BTreeMap::new() };
        of_fund.add_scope(
            scope,
            &ScopeMoney { sums: BTreeMap::from([(ScopeQuantity::Paid, sum)]), adjustments: None },
        );
    }
    let known: Vec<_> =
        ["a", "b", "c"].into_iter().zip(&projects).map(|(id, facts)| Known { id, facts }).collect();
    let fits = |quantity: &str, stated: &str| of_money(&of_fund, &known, quantity, stated).0;
    // Payments less one project's, to the digits that are written; less those of one state; more than a group's.
    assert_eq!(fits("budget.expenditure", "2430.25"), ["scope_money project:a paid"]);
    assert_eq!(fits("budget.expenditure", "2430.3"), ["scope_money project:a paid"]);
    assert_eq!(fits("budget.expenditure", "2430.2"), [""; 0]);
    assert_eq!(fits("budget.expenditure", "2399.75"), ["subset state:not_started paid"]);
    assert_eq!(fits("budget.expenditure", "2461.5"), ["scope_money group:new-2019 paid"]);
    // What was added though it went down, and what was not added.
    assert_eq!(fits("budget.adjusted", "4997.2"), ["other_sum budget.adjustment_decrease twice"]);
    assert_eq!(fits("budget.adjusted", "3331"), ["other_sum budget.adjustment_increase once"]);
    // Slips of the pen.
    assert_eq!(fits("budget.expenditure", "2424.5"), ["transposed_digits budget.expenditure digits"]);
    assert_eq!(fits("budget.expenditure", "24425"), ["unit_slip budget.expenditure times_10"]);
    assert_eq!(fits("budget.expenditure", "24425000"), ["unit_slip budget.expenditure times_10000"]);
    assert_eq!(fits("budget.expenditure", "24.425"), ["unit_slip budget.expenditure over_100"]);
    assert_eq!(fits("budget.paid.project:b", "3.05"), ["unit_slip budget.paid.project:b over_10"]);
    // What agrees needs no explanation, and what is only stated has none.
    assert_eq!(of_money(&of_fund, &known, "budget.expenditure", "2442.5"), (Vec::new(), 0));
    assert_eq!(of_money(&of_fund, &known, "budget.received", "2442.5"), (Vec::new(), 0));
    // Four sums of scopes; two projects by state, three by origin; three other sums; six factors; 2424.5 has three swaps.
    assert_eq!(of_money(&of_fund, &known, "budget.expenditure", "2424.5").1, 4 + 2 + 3 + 6 + 4);

    // What is summed is said.
    let claim = Claim {
        quantity: "budget.expenditure".to_owned(),
        stated: "23997500".to_owned(),
        value: number("23997500"),
        unit: Some("元".to_owned()),
        place: String::new(),
    };
    let facts = Facts { figures: &of_fund, rows: Vec::new(), projects: known };
    let hypotheses = of_claim(&claim, &claims::check(&claim, &of_fund), &facts);
    let [one] = hypotheses.fit.as_slice() else { panic!("{hypotheses:?}") };
    let said: Vec<_> = one.parts.iter().map(|part| format!("{} {}", part.name, part.value)).collect();
    assert_eq!((one.value.as_str(), one.rows), ("427500", 2));
    assert_eq!(said, ["project:a 122500", "project:b 305000"]);
    let zh = "恰为state:not_started 的 2 个项目的支出合计 122500 + 305000 = 427500 元";
    assert_eq!(one.message.zh, zh);
}

#[test]
fn a_difference_of_projects() {
    let of = |membership, origin| ProjectFacts { membership, origin, ..project(ProjectState::InProgress) };
    let projects = [
        of(Membership::InFund, Origin::NewInYear),
        of(Membership::InFund, Origin::TakenOver),
        of(Membership::InFund, Origin::TakenOver),
        of(Membership::Removed, Origin::StartOfYear),
        of(Membership::NamedOnly, Origin::NotStated),
    ];
    let ids = ["a", "b", "c", "d", "e"];
    let projects = ids.into_iter().zip(&projects).map(|(id, facts)| Known { id, facts }).collect();
    let figures = figures(E_GOVERNMENT);
    let facts = Facts { figures: &figures, rows: Vec::new(), projects };
    let (found, tried) = written(&of_finding(&finding("projects.total", "4", "3"), &facts));
    let expected = [
        "subset membership:named_only projects",
        "subset membership:removed projects",
        "subset origin:new_in_year projects",
    ];
    assert_eq!((found, tried), (expected.map(str::to_owned).to_vec(), 5));
}

#[test]
fn a_level_of_targets_left_out() {
    let mut results = [
        row("targets.overall.o1", "1", "1"),
        row("targets.detail.d1", "1", "0"),
        row("targets.detail.d2", "1", "1"),
    ];
    for result in &mut results {
        result.inputs = vec![jixiao_events::scoring::Input {
            quantity: "target".to_owned(),
            value: Some("≥ 1".to_owned()),
            unit: None,
            event: None,
        }];
    }
    let rows: Vec<_> = results.iter().map(|result| Row { result, project: None }).collect();
    let (found, _) = fits(&finding("targets.detail.total", "3", "2"), SMART_CITY, &rows);
    let expected =
        ["subset targets.overall rows", "subset targets.detail full", "subset targets.overall full"];
    assert_eq!(found, expected);
}

#[test]
fn a_score_that_is_anothers() {
    let facts = project(ProjectState::InProgress);
    // 42 of 50 in full and 205 of 200 at nothing: the column slipped up by two rows.
    let column =
        [(true, "1"), (true, "0"), (true, "1"), (false, "1"), (true, "0"), (true, "1"), (false, "1")];
    let results: Vec<_> = column
        .into_iter()
        .enumerate()
        .map(|(at, (met, score))| {
            let status = if met { IndicatorStatus::Met } else { IndicatorStatus::Unmet };
            IndicatorResult { status, ..row(&format!("targets.detail.d{}", at + 8), "1", score) }
        })
        .collect();
    let known = Known { id: "tourism", facts: &facts };
    let rows: Vec<_> = results.iter().map(|result| Row { result, project: Some(known) }).collect();
    let of = |target: &str, code: &str| Finding {
        subject: Subject::Target { target: target.parse().unwrap() },
        code: code.to_owned(),
        ..finding("score.total", "1", "0")
    };
    let shifted = "shifted_scores project:tourism +2";
    for (target, code, expected) in [
        ("d14", "unmet_but_full", vec![shifted]),
        ("d12", "met_not_full", vec![shifted]),
        // No score comes to the second row, and no other check asks.
        ("d9", "met_not_full", vec![]),
        ("d14", "unmet_unexplained", vec![]),
    ] {
        assert_eq!(fits(&of(target, code), SMART_CITY, &rows).0, expected, "{target}");
    }
    assert_eq!(fits(&of("d14", "unmet_but_full"), SMART_CITY, &rows).1, 6);
}

#[test]
fn a_weight_that_is_off_is_explained_by_other_groups_alone() {
    let results = [
        row("management.target_setting.clarity", "3", "4"),
        row("management.target_setting.reasonableness", "3", "4"),
    ];
    let rows: Vec<_> = results.iter().map(|result| Row { result, project: None }).collect();
    let figure =
        |name: &str, value: &str| Figure { name: name.to_owned(), value: value.to_owned(), unit: None };
    let node = Finding {
        subject: Subject::Node { node: "management.target_setting".parse().unwrap() },
        code: "weights_not_group".to_owned(),
        figures: vec![figure("weight", "8"), figure("filled", "6"), figure("difference", "2")],
        ..finding("score.total", "1", "0")
    };
    let expected = ["transposed_columns management.target_setting self_score"];
    assert_eq!(fits(&node, E_GOVERNMENT, &rows).0, expected);
}
