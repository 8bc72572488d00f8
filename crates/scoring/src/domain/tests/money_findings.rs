//! Findings about money, weights, filings and stated figures: what raises one, what is innocent, what clears it.
use jixiao_events::finding::{Severity, Subject};
use jixiao_events::ledger::StatedMoney;

use super::*;
use crate::findings::check;

/// The findings that stand of a check: subject and what it says.
fn found(world: &World, code: &str) -> Vec<(Subject, String)> {
    let prefix = format!("findings/{FUND}/");
    let rows = world.folded.prefix(&prefix);
    let findings = rows.filter_map(|(_, state)| state.as_findings()).flat_map(|of_scope| of_scope.values());
    let of_code = findings.filter(|finding| finding.code == code);
    let said = of_code.map(|finding| {
        let [zh, en] = check(&finding.code).unwrap().say(finding);
        assert!(!zh.contains('?') && !en.contains('?'), "{zh} {en} {finding:?}");
        assert!(!finding.evidence.is_empty(), "{finding:?}");
        (finding.subject.clone(), zh)
    });
    said.collect()
}

/// What the only finding of a check says.
#[track_caller]
fn only(world: &World, code: &str) -> (Subject, String) {
    let [one] = <[_; 1]>::try_from(found(world, code)).unwrap();
    one
}

#[track_caller]
fn none(world: &World, code: &str) {
    assert_eq!(found(world, code), [], "{code}");
}

fn quantity(quantity: &str) -> Subject {
    Subject::Quantity { quantity: quantity.to_owned() }
}

pub(crate) fn stated(quantity: &str, value: &str, unit: &str, place: &str) -> Step {
    Step::Command(ScoringCommand::StateFigure {
        fund: fund_id(),
        quantity: quantity.to_owned(),
        value: number(value),
        stated: value.to_owned(),
        unit: Some(unit.to_owned()),
        basis: "stated".to_owned(),
        place: place.to_owned(),
    })
}

/// A fund with a budget, evaluated.
fn evaluated() -> World {
    let mut world = World::default();
    world.steps(&[fund(), load(), open(), approved("4000"), adjusted(Direction::Decrease, "669")]);
    world
}

pub(crate) fn of_project(project: &str) -> Scope {
    Scope::Project { project: project.parse().unwrap() }
}

pub(crate) fn explained_unspent(scope: Scope, amount: &str) -> Step {
    Step::Ledger(LedgerEvent::UnspentExplained {
        fund: fund_id(),
        entry: "why".parse().unwrap(),
        scope,
        amount: wan(amount),
        reason: "项目没有实施".to_owned(),
        source: None,
    })
}

pub(crate) fn increase(scope: Scope, amount: &str) -> Step {
    let booking = Booking { scope, ..booking(amount) };
    Step::Ledger(LedgerEvent::BudgetAdjusted { direction: Direction::Increase, booking })
}

pub(crate) fn unspent(scope: Scope, amount: &str) -> Step {
    stated_money(scope, StatedMoney::Unspent, amount)
}

pub(crate) fn stated_money(scope: Scope, kind: StatedMoney, amount: &str) -> Step {
    Step::Ledger(LedgerEvent::MoneyStated {
        fund: fund_id(),
        entry: <&str>::from(kind).parse().unwrap(),
        scope,
        kind,
        amount: wan(amount),
        source: None,
    })
}

pub(crate) fn allocated(scope: Scope, amount: &str) -> Step {
    Step::Ledger(LedgerEvent::BudgetAllocated(Booking { scope, ..booking(amount) }))
}

pub(crate) fn paid_of(scope: Scope, amount: &str) -> Step {
    let booking = Booking { scope, ..booking(amount) };
    Step::Ledger(LedgerEvent::PaymentMade { request: None, over_limit: None, is_final: false, booking })
}

pub(crate) fn filing(project: &str, kind: FilingKind, state: FilingState, not_filed_change: i64) -> Step {
    Step::Registry(RegistryEvent::FilingRecorded {
        fund: fund_id(),
        project: project.parse().unwrap(),
        kind,
        state,
        previous: None,
        on: None,
        waiver: None,
        inside_count: false,
        previous_inside_count: None,
        not_filed_change,
        source: None,
    })
}

#[test]
fn money_that_is_left_and_its_explanations() {
    let mut world = evaluated();
    world.steps(&[adjusted(Direction::Increase, "328.2"), paid("2442.5")]);
    // While the year is open the rest may still be spent, as long as nobody explains it.
    none(&world, "money_unspent_unexplained");
    none(&world, "money_unspent_explained_in_part");
    world.steps(&[closed()]);
    let (subject, said) = only(&world, "money_unspent_unexplained");
    assert_eq!(subject, Subject::Fund);
    assert_eq!(
        said,
        "年度已结束，未支出 1216.7 万元（调整后预算 3659.2 万元，支出 2442.5 万元），未说明原因"
    );
    world.steps(&[explained_unspent(of_project("p"), "628.2")]);
    none(&world, "money_unspent_unexplained");
    let (_, said) = only(&world, "money_unspent_explained_in_part");
    assert_eq!(said, "未支出 1216.7 万元，仅说明 628.2 万元，尚有 588.5 万元 未说明原因");
    world.steps(&[explained_unspent(Scope::Fund, "588.5")]);
    none(&world, "money_unspent_explained_in_part");
}

#[test]
fn an_open_year_that_is_explained_in_part() {
    let mut world = evaluated();
    world.steps(&[paid("2442.5"), explained_unspent(of_project("p"), "64")]);
    assert_eq!(found(&world, "money_unspent_explained_in_part").len(), 1);
    // What was explained is spent after all.
    world.steps(&[paid("824.5")]);
    none(&world, "money_unspent_explained_in_part");
}

#[test]
fn execution_below_the_bound_of_the_scheme() {
    let mut world = evaluated();
    world.steps(&[paid("2442.5")]);
    none(&world, "execution_below_bound");
    world.steps(&[stated("budget.expenditure", "2442.5", "万元", "第139行")]);
    let (_, said) = only(&world, "execution_below_bound");
    assert_eq!(said, "预算执行率 73.33%，低于方案下限 90%（依据：assumed）");
    world.steps(&[paid("555.4"), closed()]);
    none(&world, "execution_below_bound"); // 2997.9 / 3331 is just 90 %
}

#[test]
fn an_increase_that_is_unspent() {
    let mut world = evaluated();
    let group = Scope::Group { group: "new-2019".parse().unwrap() };
    world.steps(&[increase(of_project("p"), "45"), increase(group.clone(), "283.2")]);
    none(&world, "increase_unspent");
    world.steps(&[unspent(of_project("p"), "145"), unspent(group.clone(), "100")]);
    let said: Vec<_> = found(&world, "increase_unspent").into_iter().map(|(_, said)| said).collect();
    assert_eq!(said, ["年中调增 283.2 万元，其中 100 万元 未支出", "年中调增 45 万元，其中 45 万元 未支出"]);
    world.steps(&[unspent(of_project("p"), "0"), unspent(group, "0"), increase(of_project("q"), "10")]);
    none(&world, "increase_unspent");
    world.steps(&[closed()]);
    assert_eq!(found(&world, "increase_unspent").len(), 1, "only no payment of q is known");
    let booking = Booking { scope: of_project("q"), ..booking("10") };
    world.steps(&[Step::Ledger(LedgerEvent::PaymentMade {
        request: None,
        over_limit: None,
        is_final: false,
        booking,
    })]);
    none(&world, "increase_unspent");
}

/// A project that got 100 at first and 45 more, less what was taken away again, and spent all that was left of it.
#[test]
fn a_decrease_is_no_increase_that_is_left() {
    let of = |amount: &str| Booking { scope: of_project("p"), ..booking(amount) };
    let with_paid = |amount: &str| {
        let mut world = evaluated();
        let (direction, booking) = (Direction::Decrease, of("30"));
        world.steps(&[
            Step::Ledger(LedgerEvent::BudgetAllocated(of("100"))),
            increase(of_project("p"), "45"),
            Step::Ledger(LedgerEvent::BudgetAdjusted { direction, booking }),
            Step::Ledger(LedgerEvent::PaymentMade {
                request: None,
                over_limit: None,
                is_final: false,
                booking: of(amount),
            }),
            closed(),
        ]);
        world
    };
    none(&with_paid("115"), "increase_unspent");
    let (_, said) = only(&with_paid("105"), "increase_unspent");
    assert_eq!(said, "年中调增 45 万元，其中 10 万元 未支出");
}

#[test]
fn who_approved_an_adjustment() {
    let mut world = World::default();
    world.steps(&[fund(), load(), open(), approved("4000")]);
    let adjusted = |entry: &str, approver: Option<&str>| {
        let approval = Approval { approver: approver.map(str::to_owned), ..Approval::default() };
        let booking = Booking { entry: entry.parse().unwrap(), approval, ..booking("45") };
        Step::Ledger(LedgerEvent::BudgetAdjusted { direction: Direction::Increase, booking })
    };
    world.steps(&[
        adjusted("a", Some("经济和信息化委员会")),
        adjusted("b", None),
        adjusted("entry", Some("市政府、分管市领导")),
    ]);
    let (subject, said) = only(&world, "adjustment_without_approver");
    assert_eq!(subject, Subject::Entry { entry: "b".parse().unwrap() });
    assert_eq!(said, "预算调整 45 万元（2019）未注明批准人");
    let (subject, said) = only(&world, "adjustment_two_approvers");
    assert_eq!(subject, Subject::Entry { entry: "entry".parse().unwrap() });
    assert_eq!(said, "预算调整 45 万元（2019）注明了 2 个批准人：市政府、分管市领导");
    world.steps(&[reversed(EntryKind::Increase, "45")]);
    none(&world, "adjustment_two_approvers");
}

#[test]
fn filings_that_are_missing_or_have_no_contract() {
    let mut world = evaluated();
    world.steps(&[
        project("p", Membership::InFund, ProjectState::InProgress),
        project("q", Membership::InFund, ProjectState::NotStarted),
        filing("p", FilingKind::ContractFiling, FilingState::NotFiled, 1),
        filing("q", FilingKind::ContractFiling, FilingState::NotFiled, 1),
        filing("p", FilingKind::Acceptance, FilingState::NotFiled, 1),
        self_score(of_indicator("management.operation.procedures"), "6"),
    ]);
    let said = |world: &World, code| found(world, code).into_iter().map(|(_, said)| said).collect::<Vec<_>>();
    assert_eq!(
        said(&world, "filing_missing"),
        ["智慧城市扶持资金：2 个项目未合同备案", "p：1 个项目未合同备案"]
    );
    assert_eq!(said(&world, "acceptance_missing"), ["智慧城市扶持资金：1 个项目未验收", "p：1 个项目未验收"]);
    let (_, before) = only(&world, "filing_before_contract");
    assert_eq!(before, "项目“q”（未实施）没有合同，却被列为合同未备案");
    let (subject, open) = only(&world, "none_found_but_open");
    assert_eq!(subject, Subject::Node { node: "management.operation.procedures".parse().unwrap() });
    assert_eq!(open, "指标“项目运转程序规范”自评 6 分（满分），却有 4 个相关问题（合同备案缺失、验收缺失）");
    world.steps(&[
        filing("p", FilingKind::ContractFiling, FilingState::Filed, -1),
        filing("p", FilingKind::Acceptance, FilingState::Filed, -1),
        filing("q", FilingKind::ContractFiling, FilingState::Waived, -1),
    ]);
    for code in ["filing_missing", "acceptance_missing", "filing_before_contract", "none_found_but_open"] {
        none(&world, code);
    }
}

#[test]
fn weights_that_do_not_make_up_their_group() {
    let mut world = evaluated();
    let (subject, said) = only(&world, "weights_not_group");
    assert_eq!(subject, Subject::Node { node: "targets".parse().unwrap() });
    assert_eq!(said, "“绩效目标类指标”权重 60 分，下级权重 7 + 43 = 50 分，相差 10 分");
    let of = |target: &str, weight| {
        set(target_ref(None, target), definition(TargetLevel::Overall, weight, "1", None))
    };
    world.steps(&[of("o1", "4"), of("o2", "4")]);
    let said: Vec<_> = found(&world, "weights_not_group").into_iter().map(|(_, said)| said).collect();
    assert_eq!(said[1], "“总目标”权重 7 分，下级权重 2 个目标 = 8 分，相差 -1 分");
    world.steps(&[revised(target_ref(None, "o2"), 2, definition(TargetLevel::Overall, "3", "1", None))]);
    assert_eq!(found(&world, "weights_not_group").len(), 1);
}

#[test]
fn weights_and_scores_that_changed_places() {
    let mut world = World::default();
    let text = include_str!("../../../../../examples/wuxi-2019/scheme-e-government.toml");
    let scheme = Arc::new(crate::scheme::parse(text).unwrap());
    let id = scheme.scheme.clone();
    world.steps(&[
        fund(),
        Step::Command(ScoringCommand::LoadScheme { scheme, text: text.to_owned(), approved: None }),
        Step::Command(ScoringCommand::OpenEvaluation {
            of: fund_id().into(),
            wanted: Wanted { scheme: Some(id), ..Wanted::default() },
        }),
        self_score(of_indicator("management.target_setting.clarity"), "4"),
    ]);
    none(&world, "weight_and_score_transposed");
    world.steps(&[
        self_score(of_indicator("management.target_setting.reasonableness"), "4"),
        stated("score.management.target_setting", "6", "分", "第353行"),
    ]);
    let (subject, said) = only(&world, "weight_and_score_transposed");
    assert_eq!(subject, Subject::Node { node: "management.target_setting".parse().unwrap() });
    assert_eq!(said, "“目标设置”权重 8 分，下级权重合计 6、得分合计 8：两列对调后吻合");
    world.steps(&[self_score(of_indicator("management.target_setting.clarity"), "3")]);
    none(&world, "weight_and_score_transposed");
}

#[test]
fn a_stated_figure_that_the_facts_contradict() {
    let mut world = evaluated();
    world.steps(&[stated("budget.adjusted", "3331", "万元", "第139行")]);
    none(&world, "stated_wrong");
    world.steps(&[adjusted(Direction::Increase, "328.2")]);
    let (subject, said) = only(&world, "stated_wrong");
    assert_eq!(subject, quantity("budget.adjusted"));
    assert_eq!(said, "报告（第139行）称 budget.adjusted 为 3331 万元，按事实应为 3659.2 万元");
    // The report is corrected at the same place.
    world.steps(&[stated("budget.adjusted", "3659.2", "万元", "第139行")]);
    none(&world, "stated_wrong");
    // 669 / 4000 is 16.725 %: rounded it is 17, cut it is 16, and 18 it is by no definition.
    for (value, is_wrong) in [("17", false), ("16", false), ("18", true)] {
        world.steps(&[stated("budget.adjustment_rate", value, "%", "第139行")]);
        assert_eq!(found(&world, "stated_wrong").len(), usize::from(is_wrong), "{value}");
    }
    // What no fact computes is no contradiction.
    world.steps(&[stated("data.departments", "56", "个", "第418行")]);
    assert_eq!(found(&world, "stated_wrong").len(), 1);
}

#[test]
fn money_of_projects_that_a_report_states() {
    let mut world = evaluated();
    let scope = Scope::Project { project: "p".parse().unwrap() };
    let paid = |amount| {
        let booking = Booking { scope: scope.clone(), ..booking(amount) };
        Step::Ledger(LedgerEvent::PaymentMade { request: None, over_limit: None, is_final: false, booking })
    };
    world.steps(&[stated("budget.paid.project:p", "6", "万元", "第440行"), paid("5")]);
    let (_, said) = only(&world, "stated_wrong");
    assert_eq!(said, "报告（第440行）称 budget.paid.project:p 为 6 万元，按事实应为 5 万元");
    world.steps(&[paid("1")]);
    none(&world, "stated_wrong");
}

#[test]
fn a_figure_that_is_stated_twice() {
    let mut world = evaluated();
    world.steps(&[
        stated("targets.detail.total", "48", "个", "第205行"),
        stated("targets.detail.total", "55", "个", "第260行"),
        stated("budget.original", "4000", "万元", "第1行"),
        stated("budget.original", "0.4", "亿元", "第2行"),
    ]);
    let (subject, said) = only(&world, "stated_twice");
    assert_eq!(subject, quantity("targets.detail.total"));
    assert_eq!(said, "报告对 targets.detail.total 前后说法不一：第205行为 48 个，第260行为 55 个");
    world.steps(&[stated("targets.detail.total", "48", "个", "第260行")]);
    none(&world, "stated_twice");
}

#[test]
fn a_rate_that_its_figures_do_not_give() {
    let mut world = evaluated();
    world.steps(&[
        stated("targets.detail.attained", "20", "个", "第213行"),
        stated("targets.detail.total", "22", "个", "第213行"),
        stated("targets.detail.attainment_rate", "86.96", "%", "第213行"),
        stated("targets.detail.total", "23", "个", "第372行"),
    ]);
    let (subject, said) = only(&world, "rate_not_reproduced");
    assert_eq!(subject, quantity("targets.detail.attainment_rate"));
    assert_eq!(said, "报告（第213行）称 targets.detail.attainment_rate 为 86.96%，但 20 / 22 = 90.9091%");
    let row = world.folded.get(&format!("findings/{FUND}/fund")).unwrap().as_findings().unwrap();
    let finding = &row["rate_not_reproduced/targets.detail.attainment_rate"];
    let fits = finding.figures.iter().find(|figure| figure.name == "fits_denominator").unwrap();
    assert_eq!(fits.value, "23");
    world.steps(&[stated("targets.detail.attainment_rate", "90.9", "%", "第213行")]);
    none(&world, "rate_not_reproduced");
}

#[test]
fn parts_that_do_not_make_up_their_whole() {
    let mut world = evaluated();
    world.steps(&[
        stated("data.records_total", "130.26", "亿条", "第418行"),
        stated("data.records_structured", "40.28", "亿条", "第420行"),
        stated("data.records_unstructured", "92.6", "亿条", "第420行"),
        // An enumeration that leaves one out.
        stated("projects.total", "14", "个", "第167行"),
        stated("projects.taken_over", "3", "个", "第167行"),
        stated("projects.other_agencies", "10", "个", "第167行"),
    ]);
    let said: Vec<_> = found(&world, "parts_not_whole").into_iter().map(|(_, said)| said).collect();
    assert_eq!(
        said,
        [
            "报告（第418行）称 data.records_total 为 130.26 亿条，其分项 40.28 + 92.6 = 132.88 亿条，相差 -2.62 亿条",
            "报告（第167行）称 projects.total 为 14 个，其分项 3 + 10 = 13 个，相差 1 个",
        ]
    );
    let row = world.folded.get(&format!("findings/{FUND}/fund")).unwrap().as_findings().unwrap();
    assert_eq!(row["parts_not_whole/data.records_total"].severity, Severity::Error);
    assert_eq!(row["parts_not_whole/projects.total"].severity, Severity::Warning);
    world.steps(&[
        stated("data.records_total", "132.88", "亿条", "第418行"),
        stated("projects.new", "1", "个", "第167行"),
    ]);
    none(&world, "parts_not_whole");
}

#[test]
fn an_enumeration_need_not_name_what_the_fund_had_before() {
    let mut world = evaluated();
    let enumerated = [
        stated("projects.total", "10", "个", "第9行"),
        stated("projects.taken_over", "3", "个", "第9行"),
        stated("projects.new", "3", "个", "第9行"),
        stated("projects.other_agencies", "2", "个", "第9行"),
    ];
    world.steps(&enumerated);
    let said = "报告（第9行）称 projects.total 为 10 个，其分项 3 + 3 + 2 = 8 个，相差 2 个";
    assert_eq!(only(&world, "parts_not_whole"), (quantity("projects.total"), said.to_owned()));
    let row = world.folded.get(&format!("findings/{FUND}/fund")).unwrap().as_findings().unwrap();
    assert_eq!(row["parts_not_whole/projects.total"].severity, Severity::Warning);
    // Two that were there all along explain it, whichever comes first.
    let Step::Registry(RegistryEvent::ProjectRegistered(mut own)) =
        project("own", Membership::InFund, ProjectState::InProgress)
    else {
        unreachable!()
    };
    own.origin = Origin::StartOfYear;
    let own = Step::Registry(RegistryEvent::ProjectRegistered(own));
    world.steps(std::slice::from_ref(&own));
    none(&world, "parts_not_whole");
    let mut world = evaluated();
    world.steps(std::slice::from_ref(&own));
    world.steps(&enumerated);
    none(&world, "parts_not_whole");
    // But no whole is less than its parts.
    world.steps(&[stated("projects.total", "7", "个", "第9行")]);
    let row = world.folded.get(&format!("findings/{FUND}/fund")).unwrap().as_findings().unwrap();
    assert_eq!(row["parts_not_whole/projects.total"].severity, Severity::Error);
}
