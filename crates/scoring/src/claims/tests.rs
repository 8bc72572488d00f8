//! Claims on the figures of Wuxi 2019 as its rows give them, and what must never be accused.

mod often;
mod rates;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jixiao_events::registry::{Membership, Origin, ProjectState};
use jixiao_events::scoring::{
    CountQuantity, IndicatorResult, IndicatorStatus, Input, MoneyQuantity, SumResult,
};
use jixiao_events::{Money, Names, Number};

use super::*;
use crate::domain::state::{Cited, ProjectFacts};

const SMART_CITY: &str = include_str!("../../../../examples/wuxi-2019/scheme-smart-city.toml");
const E_GOVERNMENT: &str = include_str!("../../../../examples/wuxi-2019/scheme-e-government.toml");

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn sum(node: &str, weights: [&str; 2], self_score: &str, counts: [u32; 3]) -> SumResult {
    let [indicators, met, self_full] = counts;
    SumResult {
        node: node.parse().unwrap(),
        weight: number(weights[0]),
        filled_weight: number(weights[1]),
        self_score: number(self_score),
        self_missing: 0,
        score: number(self_score),
        not_scored: 1,
        indicators,
        met,
        self_full,
        not_applicable: None,
        best_grade: None,
        below: None,
    }
}

fn row(
    indicator: &str,
    name: &str,
    weight: &str,
    actual: Option<(&str, &str)>,
    met: bool,
) -> IndicatorResult {
    let input = |quantity: &str, value: &str, unit: &str| Input {
        quantity: quantity.to_owned(),
        value: Some(value.to_owned()),
        unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
        event: None,
    };
    let inputs = actual.map(|(value, unit)| vec![input("target", "≥ 1", unit), input("actual", value, unit)]);
    IndicatorResult {
        indicator: indicator.parse().unwrap(),
        name: Names { zh: name.to_owned(), en: None },
        weight: number(weight),
        self_score: Some(number(if met { weight } else { "7" })),
        score: Some(number(if met { weight } else { "7" })),
        status: if met { IndicatorStatus::Met } else { IndicatorStatus::Unmet },
        rule: "steps".to_owned(),
        measured: None,
        inputs: inputs.unwrap_or_default(),
    }
}

fn figures(scheme: &str, fund: &str, money: &[(MoneyQuantity, &str)], sums: Vec<SumResult>) -> Figures {
    let wan = |text: &str| Money::try_from_wan(number(text)).unwrap();
    Figures {
        fund: fund.parse().unwrap(),
        money: money.iter().map(|(quantity, amount)| (*quantity, wan(amount))).collect(),
        counts: BTreeMap::from([(CountQuantity::ContractsNotFiled, 7)]),
        has_own_projects: false,
        sums: sums.into_iter().map(|sum| (sum.node.clone(), Arc::new(sum))).collect(),
        scheme: Some(Arc::new(crate::scheme::parse(scheme).unwrap())),
        rows: None,
        projects: None,
        scopes: BTreeMap::new(),
    }
}

fn smart_city() -> Figures {
    use MoneyQuantity::{Decrease, Increase, Original, Paid};
    let money = [(Original, "4000"), (Increase, "328.2"), (Decrease, "669"), (Paid, "2442.5")];
    let sums = vec![
        sum("total", ["100", "86.5"], "66.5", [63, 44, 40]),
        sum("management.funds_use", ["13", "13"], "5", [3, 0, 1]),
        sum("management.operation", ["19", "19"], "16", [3, 0, 2]),
        sum("management.target_setting", ["8", "8"], "8", [2, 0, 2]),
        sum("targets.overall", ["7", "7"], "6", [7, 6, 6]),
        sum("targets.detail", ["43", "46.5"], "31.5", [48, 36, 31]),
    ];
    let mut figures = figures(SMART_CITY, "smart-city-2019", &money, sums);
    figures.counts.insert(CountQuantity::Projects, 19);
    let rows = [
        row("management.operation.tracking", "项目实施跟踪管理", "10", None, false),
        row("targets.overall.o01", "城市大数据中心数据汇聚部门总数", "1", Some(("42", "个")), false),
        row("targets.overall.o02", "城市大数据中心数据汇聚总量", "1", Some(("11500000000", "条")), true),
        row("targets.detail.d17", "提供出游服务人数", "1", Some(("61", "条订单")), true),
    ];
    figures.rows = Some(rows.into_iter().map(Arc::new).collect());
    figures
}

fn e_government() -> Figures {
    use MoneyQuantity::{Decrease, Original, Paid};
    let money = [(Original, "1020"), (Decrease, "354"), (Paid, "494.8")];
    let sums = vec![
        sum("total", ["100", "91"], "71", [36, 24, 25]),
        sum("targets.overall", ["10", "10"], "8", [5, 4, 4]),
        sum("targets.detail", ["40", "41"], "35", [23, 20, 18]),
    ];
    figures(E_GOVERNMENT, "e-government-2019", &money, sums)
}

fn a_project() -> ProjectFacts {
    ProjectFacts {
        name: Names { zh: "项目".to_owned(), en: None },
        membership: Membership::InFund,
        origin: Origin::NotStated,
        state: ProjectState::InProgress,
        group: None,
        category: None,
        agency: None,
        event: Cited {
            log: "registry".to_owned(),
            id: "1".to_owned(),
            event_type: "project_registered".to_owned(),
            effective: None,
            actor: "tester".to_owned(),
            recorded_time: 0,
        },
        before: None,
        registered: None,
        removed: None,
    }
}

fn claim(quantity: &str, stated: &str, unit: &str, place: &str) -> Claim {
    let (quantity, stated, place) = (quantity.to_owned(), stated.to_owned(), place.to_owned());
    let value = number(&stated);
    Claim { quantity, value, stated, unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()), place }
}

/// Checks a claim; expects the outcome and the readings that give it, each `name` or `name=value` where it does not.
#[track_caller]
fn check_claim(
    figures: &Figures,
    quantity: &str,
    stated: &str,
    unit: &str,
    outcome: Outcome,
    readings: &str,
) {
    let checked = check(&claim(quantity, stated, unit, "1"), figures);
    let found = checked.readings.iter().map(|compared| match (&compared.value, compared.fit) {
        (Ok(value), Fit::No) => format!("{}={}", compared.reading.name, value.half_up(3)),
        (Ok(_), _) => compared.reading.name.clone(),
        (Err(missing), _) => format!("{}?{missing:?}", compared.reading.name),
    });
    let found = found.collect::<Vec<_>>().join(" ");
    assert_eq!((checked.outcome, found.as_str()), (outcome, readings), "{quantity} {stated} {unit}");
}

#[test]
fn figures_of_wuxi_2019_against_their_rows() {
    use Outcome::{Match, Mismatch, NotComputable, Truncated};
    let fund = smart_city();
    let all = [
        ("budget.original", "4000", "万元", Match, ""),
        ("budget.original", "0.4", "亿元", Match, ""),
        ("budget.adjusted", "3659.2", "万元", Match, ""),
        ("budget.adjusted", "3660", "万元", Mismatch, "=3659.2"),
        ("budget.adjusted", "3659", "万元", Match, ""),
        ("budget.adjusted", "3659.2", "", NotComputable, "?Unit(\"\")"),
        ("budget.unspent", "1216.7", "万元", Match, ""),
        ("budget.adjustment_rate", "17", "%", Match, "cuts_only gross=24.93 net=8.52 signed_net=-8.52"),
        ("budget.adjustment_rate", "0.25", "", Match, "cuts_only=0.167 gross net=0.085 signed_net=-0.085"),
        ("budget.adjustment_rate.gross", "17", "%", Mismatch, "gross=24.93"),
        ("budget.adjustment_rate", "16", "%", Truncated, "cuts_only gross=24.93 net=8.52 signed_net=-8.52"),
        (
            "budget.adjustment_rate",
            "18",
            "%",
            Mismatch,
            "cuts_only=16.725 gross=24.93 net=8.52 signed_net=-8.52",
        ),
        (
            "budget.execution_rate",
            "67",
            "%",
            Match,
            "adjusted received?NotRecorded(\"budget.received\") original=61.063",
        ),
        ("budget.received", "4000", "万元", NotComputable, "?NotRecorded(\"budget.received\")"),
        ("projects.total", "19", "个", Match, ""),
        ("filings.missing", "7", "个", Match, ""),
        ("targets.total", "55", "个", Match, ""),
        ("targets.attained", "38", "个", Mismatch, "by_value=42 by_full_self_score=37"),
        ("targets.attained", "42", "个", Match, "by_value by_full_self_score=37"),
        ("targets.overall.attainment_rate", "86", "%", Match, "by_value by_full_self_score"),
        ("targets.detail.total", "55", "个", Mismatch, "=48"),
        ("score.total", "76.5", "分", Mismatch, "by_self_scores=66.5 by_rules=66.5"),
        ("score.targets.detail", "34.5", "分", Mismatch, "by_self_scores=31.5 by_rules=31.5"),
        ("score.management.operation", "15", "分", Mismatch, "by_self_scores=16 by_rules=16"),
        ("score.management.funds_use", "5", "分", Match, "by_self_scores by_rules"),
        ("weight.targets.detail", "43", "分", Match, "by_scheme by_rows=46.5"),
        ("weight.targets.detail", "46.5", "分", Match, "by_scheme=43 by_rows"),
        ("score.deduction.filings", "3", "分", Match, "by_self_scores by_rules"),
        ("score.nowhere", "3", "分", NotComputable, "?NoNode(\"nowhere\")"),
        ("target.actual:提供出游服务人数", "61", "订单", Match, "targets.detail.d17"),
        ("target.actual:提供出游服务人数", "61", "人", NotComputable, "targets.detail.d17?Unit(\"人\")"),
        ("target.actual:城市大数据中心数据汇聚总量", "115", "亿条", Match, "targets.overall.o02"),
        ("target.actual:无此指标", "1", "", NotComputable, "?NoTarget(\"无此指标\")"),
        ("targets.unmet_overall_only:城市大数据中心数据汇聚部门总数", "1", "个", Match, "by_value"),
        ("targets.unmet_overall_only:城市大数据中心数据汇聚总量", "1", "个", Mismatch, "by_value=0"),
        ("data.tables", "1815", "张", NotComputable, "?OnlyStated"),
        ("data.records_total", "130.26", "亿条", NotComputable, "?NotRecorded(\"data.records_structured\")"),
        ("data.unheard_of", "1", "", NotComputable, "?Unknown"),
        (
            "budget.unspent.project:smart-work-safety",
            "200",
            "万元",
            NotComputable,
            "?NotRecorded(\"budget.unspent.project:smart-work-safety\")",
        ),
        ("projects.new", "3", "个", NotComputable, "?NotLookedAt"),
    ];
    for (quantity, stated, unit, outcome, readings) in all {
        check_claim(&fund, quantity, stated, unit, outcome, readings);
    }
    let fund = e_government();
    for (quantity, stated, unit, outcome, readings) in [
        ("budget.adjusted", "666", "万元", Match, ""),
        ("budget.adjustment_increase", "0", "万元", Match, ""),
        ("budget.adjustment_rate", "35", "%", Match, "cuts_only gross net signed_net=-34.706"),
        (
            "budget.execution_rate",
            "74",
            "%",
            Match,
            "adjusted received?NotRecorded(\"budget.received\") original=48.51",
        ),
        ("targets.detail.total", "22", "个", Mismatch, "=23"),
        ("targets.detail.attained", "20", "个", Match, "by_value by_full_self_score=18"),
        ("targets.detail.attainment_rate", "86.96", "%", Match, "by_value by_full_self_score=78.261"),
        ("score.total", "81", "分", Mismatch, "by_self_scores=71 by_rules=71"),
        ("score.targets.detail", "37", "分", Mismatch, "by_self_scores=35 by_rules=35"),
    ] {
        check_claim(&fund, quantity, stated, unit, outcome, readings);
    }
}

#[test]
fn nothing_is_accused_where_facts_are_open() {
    let mut fund = smart_city();
    for sum in fund.sums.values_mut() {
        Arc::make_mut(sum).self_missing = 1;
    }
    // Both readings lack a row: neither accuses, either may reproduce.
    check_claim(
        &fund,
        "score.total",
        "76.5",
        "分",
        Outcome::NotComputable,
        "by_self_scores=66.5 by_rules=66.5",
    );
    check_claim(&fund, "score.total", "66.5", "分", Outcome::Match, "by_self_scores by_rules");
    fund.scheme = None;
    fund.sums.clear();
    check_claim(&fund, "score.total", "76.5", "分", Outcome::NotComputable, "?NoEvaluation");
    check_claim(&fund, "targets.total", "55", "个", Outcome::NotComputable, "?NoEvaluation");
    fund.money.clear();
    for quantity in ["budget.adjusted", "budget.unspent", "budget.adjustment_increase"] {
        let checked = check(&claim(quantity, "1", "万元", "1"), &fund);
        assert_eq!(checked.outcome, Outcome::NotComputable, "{quantity}");
    }
}

/// Checks what holds between claims: kind, quantity, outcome, and what is expected, would be, or reproduces.
#[track_caller]
fn check_relations(figures: &Figures, claims: &[(&str, &str, &str, &str)], expected: &[&str]) {
    let claims: Vec<_> =
        claims.iter().map(|(quantity, stated, unit, place)| claim(quantity, stated, unit, place)).collect();
    let found: Vec<_> = verify(&claims, figures).relations.iter().map(written).collect();
    assert_eq!(found, expected);
}

fn written(relation: &Relation) -> String {
    let kind = match relation.kind {
        Kind::Same => "same",
        Kind::Rate => "rate",
        Kind::Whole => "whole",
    };
    let outcome = match relation.outcome {
        Holds::Agrees => "agrees",
        Holds::Disagrees => "disagrees",
        Holds::PartNotStated => "open",
    };
    let mut text = format!("{kind} {} {outcome}", relation.quantity);
    if let Some(expected) = relation.expected.as_ref().filter(|_| relation.outcome == Holds::Disagrees) {
        let _ = write!(text, " {}", expected.half_up(3));
    }
    for term in relation.terms.iter().filter(|term| term.claim.is_none()) {
        let would_be = term.would_be.as_ref().map(ToString::to_string).unwrap_or_default();
        let _ = write!(text, " {}?{would_be}", term.quantity);
    }
    for candidate in &relation.reproduced_by {
        let by = candidate.claim.map_or(candidate.reading.clone(), |claim| format!("#{claim}"));
        let _ = write!(text, " by {}={} {by}", candidate.quantity, candidate.value);
    }
    text
}

#[test]
fn claims_of_wuxi_2019_against_each_other() {
    let fund = smart_city();
    check_relations(
        &fund,
        &[
            ("budget.original", "4000", "万元", "139"),
            ("budget.adjustment_increase", "328.2", "万元", "139"),
            ("budget.adjustment_decrease", "669", "万元", "139"),
            ("budget.adjusted", "3659.2", "万元", "139"),
            ("budget.adjustment_rate", "17", "%", "139"),
            ("budget.expenditure", "2442.5", "万元", "139"),
            ("budget.execution_rate", "67", "%", "139"),
        ],
        &[
            "rate budget.adjustment_rate agrees",
            "rate budget.execution_rate agrees",
            "whole budget.adjusted agrees",
        ],
    );
    check_relations(
        &fund,
        &[
            ("projects.start_of_year", "17", "个", "165"),
            ("projects.total", "19", "个", "165"),
            ("projects.taken_over", "9", "个", "165"),
            ("projects.new", "3", "个", "165"),
            ("projects.other_agencies", "7", "个", "165"),
        ],
        &["whole projects.total agrees projects.own?0", "whole projects.total open projects.removed?1"],
    );
    check_relations(
        &fund,
        &[
            ("targets.total", "55", "个", "205"),
            ("targets.attained", "38", "个", "205"),
            ("targets.attainment_rate", "70", "%", "205"),
            ("targets.overall.total", "7", "个", "205"),
            ("targets.overall.attained", "6", "个", "205"),
            ("targets.overall.attainment_rate", "86", "%", "205"),
            ("targets.detail.total", "48", "个", "205"),
            ("targets.detail.attained", "32", "个", "205"),
            ("targets.detail.attainment_rate", "67", "%", "205"),
            ("targets.detail.total", "55", "个", "260"),
        ],
        &[
            "same targets.detail.total disagrees",
            "rate targets.attainment_rate disagrees 69.091",
            "rate targets.overall.attainment_rate agrees",
            "rate targets.detail.attainment_rate agrees",
            "whole targets.total agrees",
            "whole targets.attained agrees",
        ],
    );
    check_relations(
        &fund,
        &[
            ("score.total", "76.5", "分", "207"),
            ("score.management.funds_use", "5", "分", "223"),
            ("score.management.operation", "15", "分", "231"),
            ("score.management.target_setting", "8", "分", "239"),
            ("weight.targets", "60", "分", "245"),
            ("weight.targets.overall", "7", "分", "249"),
            ("score.targets.overall", "6", "分", "249"),
            ("weight.targets.detail", "43", "分", "260"),
            ("score.targets.detail", "34.5", "分", "260"),
            ("data.records_total", "130.26", "亿条", "418"),
            ("data.records_structured", "40.28", "亿条", "420"),
            ("data.records_unstructured", "92.6", "亿条", "420"),
        ],
        &[
            "whole score.total disagrees 68.5",
            "whole weight.targets disagrees 50",
            "whole data.records_total disagrees 132.88",
        ],
    );
    check_relations(
        &e_government(),
        &[
            ("budget.original", "1020", "万元", "143"),
            ("budget.adjustment_decrease", "354", "万元", "143"),
            ("budget.adjusted", "666", "万元", "143"),
            ("budget.adjustment_rate", "35", "%", "143"),
            ("projects.start_of_year", "15", "个", "167"),
            ("projects.total", "14", "个", "167"),
            ("projects.taken_over", "3", "个", "167"),
            ("projects.other_agencies", "10", "个", "167"),
            ("targets.detail.total", "22", "个", "213"),
            ("targets.detail.attained", "20", "个", "213"),
            ("targets.detail.attainment_rate", "86.96", "%", "213"),
            ("targets.detail.total", "23", "个", "372"),
            ("budget.before_split.project:informatisation-promotion", "92.58", "万元", "450"),
            ("budget.split.project:informatisation-promotion:big-data-bureau", "67.18", "万元", "450"),
            (
                "budget.split.project:informatisation-promotion:industry-informatisation-bureau",
                "25.4",
                "万元",
                "450",
            ),
        ],
        &[
            "same targets.detail.total disagrees",
            "rate budget.adjustment_rate agrees",
            "rate targets.detail.attainment_rate disagrees 90.909 by targets.detail.total=23 #11",
            "whole budget.adjusted agrees budget.adjustment_increase?0",
            "whole projects.total disagrees 13 projects.new?1",
            "whole budget.before_split.project:informatisation-promotion agrees",
        ],
    );
}

#[test]
fn a_part_that_is_not_stated_accuses_nobody() {
    let fund = smart_city();
    let of_fund = |total: &str, here: &str| {
        vec![
            claim("projects.total", total, "个", "167"),
            claim("projects.taken_over", "3", "个", here),
            claim("projects.other_agencies", "10", "个", here),
        ]
    };
    let said =
        |claims: &[Claim]| -> Vec<String> { verify(claims, &fund).relations.iter().map(written).collect() };
    // One place enumerates, two places do not; and no part is below zero.
    assert_eq!(said(&of_fund("14", "167")), ["whole projects.total disagrees 13 projects.new?1"]);
    assert_eq!(said(&of_fund("14", "168")), ["whole projects.total open projects.new?1"]);
    assert_eq!(said(&of_fund("13", "168")), ["whole projects.total agrees projects.new?0"]);
    assert_eq!(said(&of_fund("12", "168")), ["whole projects.total disagrees 13 projects.new?-1"]);
    assert_eq!(said(&of_fund("14", "167")[..2]), [""; 0]);

    // What three origins leave is the fund's own.
    let of_origins = |total: &str, here: &str, has_own_projects: bool| {
        let claims = [
            claim("projects.total", total, "个", "167"),
            claim("projects.taken_over", "3", "个", here),
            claim("projects.new", "4", "个", here),
            claim("projects.other_agencies", "5", "个", here),
        ];
        let fund = Figures { has_own_projects, ..smart_city() };
        verify(&claims, &fund).relations.iter().map(written).collect::<Vec<_>>().join("; ")
    };
    for (total, here, has_own, expected) in [
        ("12", "167", false, "agrees projects.own?0"),
        ("14", "167", false, "disagrees 12 projects.own?2"),
        ("14", "168", false, "open projects.own?2"),
        ("14", "167", true, "open projects.own?2"),
        ("11", "167", true, "disagrees 12 projects.own?-1"),
    ] {
        assert_eq!(of_origins(total, here, has_own), format!("whole projects.total {expected}"));
    }
    // Of two origins the facts know a third.
    let known = Figures { has_own_projects: true, ..smart_city() };
    let relations = |total: &str| {
        verify(&of_fund(total, "167"), &known).relations.iter().map(written).collect::<Vec<_>>()
    };
    assert_eq!(relations("14"), [""; 0]);
    assert_eq!(relations("12"), ["whole projects.total disagrees 13 projects.own? projects.new?"]);

    let adjusted = |adjusted: &str, decrease: &str| {
        said(&[
            claim("budget.original", "1000", "万元", "1"),
            claim("budget.adjustment_decrease", decrease, "万元", "1"),
            claim("budget.adjusted", adjusted, "万元", "1"),
        ])
    };
    assert_eq!(adjusted("950", "100"), ["whole budget.adjusted open budget.adjustment_increase?50"]);
    assert_eq!(
        adjusted("850", "100"),
        ["whole budget.adjusted disagrees 900 budget.adjustment_increase?-50"]
    );
    // Rounded money stands for what rounds to it, at the finest decimals of the sum.
    assert_eq!(adjusted("900.1", "100"), ["whole budget.adjusted agrees budget.adjustment_increase?0.1"]);
    assert_eq!(adjusted("900.4", "100"), ["whole budget.adjusted open budget.adjustment_increase?0.4"]);
}

#[test]
fn what_was_taken_over_may_be_in_the_start_of_the_year_or_not() {
    let fund = smart_city();
    for (start, outcome) in [("17", "agrees"), ("8", "agrees"), ("9", "disagrees 11")] {
        let claims = [
            claim("projects.start_of_year", start, "个", "1"),
            claim("projects.total", "19", "个", "1"),
            claim("projects.taken_over", "9", "个", "2"),
            claim("projects.new", "3", "个", "3"),
            claim("projects.removed", "1", "个", "4"),
        ];
        let said: Vec<_> = verify(&claims, &fund).relations.iter().map(written).collect();
        assert!(said.contains(&format!("whole projects.total {outcome}")), "{start}: {said:?}");
    }
    // Where nobody says how many were taken over, that explains what is more, and nothing that is less.
    for (start, outcome) in [("9", "open projects.taken_over?8"), ("20", "disagrees 22")] {
        let claims = [
            claim("projects.start_of_year", start, "个", "1"),
            claim("projects.total", "19", "个", "1"),
            claim("projects.new", "3", "个", "3"),
            claim("projects.removed", "1", "个", "4"),
        ];
        let said: Vec<_> = verify(&claims, &fund).relations.iter().map(written).collect();
        assert_eq!(said, [format!("whole projects.total {outcome}")], "{start}");
    }
    let project = |membership, origin| ProjectFacts { membership, origin, ..a_project() };
    let mut fund = smart_city();
    fund.projects = Some(vec![
        project(Membership::InFund, Origin::StartOfYear),
        project(Membership::InFund, Origin::TakenOver),
        project(Membership::InFund, Origin::NewInYear),
        project(Membership::InFund, Origin::OtherAgency),
        project(Membership::Removed, Origin::TakenOver),
        project(Membership::NamedOnly, Origin::NotStated),
    ]);
    let both = "with_taken_over without_taken_over";
    for (stated, outcome, readings) in [
        ("4", Outcome::Match, "with_taken_over without_taken_over=3"),
        ("3", Outcome::Match, "with_taken_over=4 without_taken_over"),
        ("5", Outcome::Mismatch, "with_taken_over=4 without_taken_over=3"),
    ] {
        check_claim(&fund, "projects.start_of_year", stated, "个", outcome, readings);
    }
    check_claim(&fund, "projects.own", "1", "个", Outcome::Match, "");
    fund.projects = Some(vec![project(Membership::InFund, Origin::NotStated)]);
    let open = both.split(' ').map(|name| format!("{name}?Origins(1)")).collect::<Vec<_>>().join(" ");
    check_claim(&fund, "projects.start_of_year", "4", "个", Outcome::NotComputable, &open);
}

#[test]
fn the_same_figure_in_other_words_is_the_same() {
    let fund = smart_city();
    let same = |first: (&str, &str), second: (&str, &str), quantity: &str| -> Vec<String> {
        let claims = [claim(quantity, first.0, first.1, "1"), claim(quantity, second.0, second.1, "2")];
        verify(&claims, &fund).relations.iter().map(written).collect()
    };
    assert_eq!(same(("4000", "万元"), ("0.4", "亿元"), "budget.original"), ["same budget.original agrees"]);
    assert_eq!(
        same(("66.75", "%"), ("67", "%"), "budget.execution_rate"),
        ["same budget.execution_rate agrees"]
    );
    assert_eq!(
        same(("66.4", "%"), ("67", "%"), "budget.execution_rate"),
        ["same budget.execution_rate disagrees"]
    );
    assert_eq!(same(("7", "个"), ("7.4", "个"), "filings.missing"), ["same filings.missing disagrees"]);
    assert_eq!(same(("1", "张"), ("2", "张"), "data.tables"), ["same data.tables disagrees"]);
    assert_eq!(same(("1.5", "张"), ("2", "张"), "data.tables"), ["same data.tables agrees"]);
    // Of two units nothing says that they are the same.
    assert_eq!(same(("61", "人"), ("62", "订单"), "target.actual:提供出游服务人数"), [""; 0]);
}

#[test]
fn a_rate_is_not_accused_of_what_is_wrong_with_its_terms() {
    let fund = e_government();
    let verified = |total: &str| {
        let claims = [
            claim("targets.total", total, "个", "211"),
            claim("targets.attained", "24", "个", "211"),
            claim("targets.attainment_rate", "88.89", "%", "211"),
        ];
        let verified = verify(&claims, &fund);
        let last = verified.results[2].readings.last().unwrap().reading.name.clone();
        (verified.results[0].outcome, verified.results[2].outcome, last)
    };
    // 24 of the 27 stated are 88.89 %, of the 28 rows 85.71 %: the 27 is what is wrong.
    assert_eq!(verified("27"), (Outcome::Mismatch, Outcome::Match, FROM_CLAIMS.to_owned()));
    assert_eq!(verified("26"), (Outcome::Mismatch, Outcome::Mismatch, "by_full_self_score".to_owned()));
}
