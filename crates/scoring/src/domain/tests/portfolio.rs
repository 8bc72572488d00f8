//! A fund's row in portfolios and the sums of its support categories.

use jixiao_events::finding::Severity;
use jixiao_events::ledger::StatedMoney;
use jixiao_events::portfolio::CategorySum;

use super::alone::reversed_of;
use super::*;
use crate::domain::state::PortfolioRow;

impl World {
    #[track_caller]
    fn row(&self) -> PortfolioRow {
        self.folded.get(&format!("portfolio/{FUND}")).and_then(ScoringState::as_portfolio).unwrap().clone()
    }

    fn category(&self, category: &str) -> Option<CategorySum> {
        self.folded.get(&format!("category/{FUND}/{category}")).and_then(ScoringState::as_category).cloned()
    }
}

/// How often categories moved.
fn moved_in(events: &[ScoringEvent]) -> usize {
    events.iter().filter(|event| matches!(event, ScoringEvent::CategoriesChanged { .. })).count()
}

#[test]
fn a_row_follows_its_fund() {
    let mut world = World::default();
    // Money may come before the fund is known.
    world.steps(&[approved("1000"), fund(), load(), open(), paid("250")]);
    let row = world.row();
    let known = row.known.clone().unwrap();
    assert_eq!((known.fiscal_year, known.agency.unwrap().as_str()), (2019, "big-data-bureau"));
    assert_eq!((row.budget().adjusted(), row.budget().paid), (wan("1000"), wan("250")));
    assert_eq!(row.evaluation.unwrap().version, 1);
    world.steps(&[
        project("p", Membership::InFund, ProjectState::InProgress),
        set(target_ref(Some("p"), "d1"), definition(TargetLevel::Detail, "2", "10", None)),
        set(target_ref(Some("p"), "d2"), definition(TargetLevel::Detail, "3", "10", None)),
        actual(target_ref(Some("p"), "d1"), "10", None, UnitMatch::Same),
        self_score(of_target(target_ref(Some("p"), "d1")), "2"),
    ]);
    let row = world.row();
    assert_eq!(row.projects, 1);
    assert_eq!(row.below[&"targets.detail".parse().unwrap()], [2, 1]);
    let sum = world.sum("total");
    let points = row.points.unwrap();
    assert_eq!(
        (points.score, points.self_score, points.not_scored),
        (sum.score, sum.self_score, sum.not_scored)
    );
    // What the row counts is what stands.
    let standing = |severity| {
        let all = world.folded.prefix("findings/").filter_map(|(_, state)| state.as_findings());
        all.flat_map(BTreeMap::values).filter(|finding| finding.severity == severity).count()
    };
    for severity in [Severity::Error, Severity::Warning, Severity::Notice] {
        let counted = world.row().findings.get(&severity).copied().unwrap_or(0);
        assert_eq!(counted, standing(severity) as u64, "{severity:?}");
    }
    world.steps(&[closed()]);
    assert_eq!(world.row().closed, "2019-12-31".parse().ok());
}

#[test]
fn a_category_sums_its_projects() {
    let mut world = World::default();
    let d = |project: &str, target: &str| target_ref(Some(project), target);
    let detail = |weight: &str| definition(TargetLevel::Detail, weight, "10", None);
    // Money and targets come before the projects, and the evaluation later.
    world.steps(&[fund(), allocated_to("a", "100"), paid_for("a", "40")]);
    world.steps(&[set(d("a", "d1"), detail("2")), actual(d("a", "d1"), "10", None, UnitMatch::Same)]);
    assert_eq!(world.category("数字化"), None);
    world.steps(&[categorised("a", "数字化"), categorised("b", "数字化"), categorised("c", "绿色/低碳")]);
    let digital = world.category("数字化").unwrap();
    assert_eq!(
        (digital.projects, digital.arranged, digital.paid, digital.targets),
        (2, wan("100"), wan("40"), 0)
    );
    assert_eq!(world.category("绿色/低碳").unwrap().projects, 1);

    world.steps(&[load(), open()]);
    let digital = world.category("数字化").unwrap();
    assert_eq!(
        (digital.targets, digital.met, digital.weight, digital.points),
        (1, 1, number("2"), number("2"))
    );
    world.steps(&[set(d("b", "d2"), detail("3")), paid_for("b", "10")]);
    assert_eq!(moved_in(&world.step(&actual(d("b", "d2"), "9", None, UnitMatch::Same)).unwrap()), 1);
    let digital = world.category("数字化").unwrap();
    assert_eq!((digital.targets, digital.met, digital.weight, digital.paid), (2, 1, number("5"), wan("50")));
    // What is stated of a project counts where nothing is booked.
    let stated = |project: &str, amount: &str| {
        let scope = Scope::Project { project: project.parse().unwrap() };
        let (entry, amount) = ("stated".parse().unwrap(), wan(amount));
        let kind = StatedMoney::Paid;
        Step::Ledger(LedgerEvent::MoneyStated { fund: fund_id(), entry, scope, kind, amount, source: None })
    };
    world.steps(&[stated("c", "5"), stated("b", "77")]);
    assert_eq!(world.category("绿色/低碳").unwrap().paid, wan("5"));
    // Booked and taken back is not booked.
    world.steps(&[paid_for("c", "3"), reversed_of("c", EntryKind::Payment, "3")]);
    assert_eq!(world.category("绿色/低碳").unwrap().paid, wan("5"));
    assert_eq!(world.category("数字化").unwrap().paid, wan("50"));
    // A project leaves: it is no longer carried, its target no longer counts, what was paid was paid.
    world.steps(&[left("b", ProjectState::InProgress, ProjectState::MovedToLaterYear)]);
    let digital = world.category("数字化").unwrap();
    assert_eq!((digital.projects, digital.targets, digital.paid), (1, 1, wan("50")));
    // From scratch it is the same: nothing moves.
    let before = world.category("数字化");
    let text = format!("{SMART_CITY}\n# the same once more\n");
    world.steps(&[Step::Command(ScoringCommand::LoadScheme { scheme: scheme(), text, approved: None })]);
    assert_eq!(moved_in(&world.step(&open()).unwrap()), 0);
    assert_eq!(world.category("数字化"), before);
}

#[test]
fn what_moves_no_category_says_nothing_of_any() {
    let mut world = World::default();
    world.steps(&[fund(), load(), open(), approved("100")]);
    world.steps(&[project("p", Membership::InFund, ProjectState::InProgress)]);
    for step in [
        allocated_to("p", "10"),
        paid("5"),
        set(target_ref(Some("p"), "d1"), definition(TargetLevel::Detail, "1", "10", None)),
    ] {
        assert_eq!(moved_in(&world.step(&step).unwrap()), 0);
    }
}
