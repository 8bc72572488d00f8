//! Stated figures: only what a change may have brought to another end is verified anew, and that is all that there is.

use jixiao_events::scoring::MoneyQuantity;

use super::*;
use crate::claims::{self, Claim};
use crate::domain::figures::Figures;

fn stated(quantity: &str, stated: &str, unit: &str, place: &str) -> Step {
    Step::Command(ScoringCommand::StateFigure {
        fund: fund_id(),
        quantity: quantity.to_owned(),
        value: number(stated),
        stated: stated.to_owned(),
        unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
        basis: "stated".to_owned(),
        place: place.to_owned(),
    })
}

/// What the reports of both funds of Wuxi 2019 state, as if all of it were about one.
fn figures() -> impl Iterator<Item = Step> {
    let text = include_str!("../../../../../examples/wuxi-2019/claims.csv");
    text.lines().skip(1).map(|line| {
        let fields: Vec<_> = line.split(',').collect();
        let [fund, quantity, figure, unit, _, report_line, ..] = fields.as_slice() else {
            panic!("{line}");
        };
        stated(quantity, figure, unit, &format!("{fund} {report_line}"))
    })
}

fn anew() -> Step {
    let (log, voided) = ("ledger".to_owned(), "entry".to_owned());
    Step::Command(ScoringCommand::Recompute { fund: fund_id(), log, voided })
}

#[test]
fn findings_of_stated_figures_do_not_lag_behind() {
    let mut world = World::default();
    world.steps(&[fund(), load(), approved("4000"), open()]);
    let target = |at: usize| target_ref(Some(&format!("p{}", at / 5)), &format!("d{at}"));
    let mut steps: Vec<Step> = figures().collect();
    for at in 0..20 {
        let level = if at % 4 == 0 { TargetLevel::Overall } else { TargetLevel::Detail };
        steps.extend([
            project(&format!("p{at}"), Membership::InFund, ProjectState::InProgress),
            set(target(at), definition(level, "3", "10", Some("个"))),
            actual(target(at), if at % 3 == 0 { "7" } else { "10" }, Some("个"), UnitMatch::Same),
            self_score(of_target(target(at)), if at % 2 == 0 { "3" } else { "1.5" }),
        ]);
    }
    steps.extend([
        self_score(of_indicator("management.funds_use.execution_rate"), "2"),
        adjusted(Direction::Increase, "328.2"),
        paid("2000"),
        adjusted(Direction::Decrease, "669"),
        paid("442.5"),
        Step::Ledger(LedgerEvent::MoneyReceived(booking("3659.2"))),
        not_filed(7, None),
        reversed(EntryKind::Payment, "442.5"),
        withdrawn(target(3)),
        revised(target(4), 2, definition(TargetLevel::Detail, "2", "7", Some("个"))),
        stated("budget.expenditure", "2000", "万元", "smart-city-2019 139"),
        paid("442.5"),
    ]);
    for step in steps {
        world.step(&step).unwrap();
        let missed = world.step(&anew()).unwrap();
        assert_eq!(missed, [], "after {step:?}");
    }
    assert!(world.said("stated_wrong").len() > 10, "{:?}", world.said("stated_wrong"));
    for code in ["stated_twice", "rate_not_reproduced", "parts_not_whole"] {
        assert!(!world.said(code).is_empty(), "{code}");
    }
}

#[test]
fn a_sum_that_moves_reaches_what_is_made_of_it_alone() {
    let quantities = [
        "budget.original",
        "budget.adjustment_increase",
        "budget.adjusted",
        "budget.adjustment_rate",
        "budget.expenditure",
        "budget.unspent",
        "budget.execution_rate",
        "projects.total",
        "score.total",
        "data.tables",
    ];
    let claims: Vec<Claim> = quantities
        .iter()
        .map(|quantity| Claim {
            quantity: (*quantity).to_owned(),
            stated: "1".to_owned(),
            value: Number::ONE,
            unit: None,
            place: String::new(),
        })
        .collect();
    let mut before = Figures::new(fund_id(), |_| None, std::iter::empty(), Some(scheme()));
    before.money.extend([(MoneyQuantity::Original, wan("4000")), (MoneyQuantity::Paid, wan("2000"))]);
    let rows: [(MoneyQuantity, &[&str]); 4] = [
        (MoneyQuantity::Paid, &["budget.execution_rate", "budget.expenditure", "budget.unspent"]),
        (MoneyQuantity::Received, &["budget.execution_rate"]),
        (MoneyQuantity::Refunded, &[]),
        (
            MoneyQuantity::Increase,
            &[
                "budget.adjusted",
                "budget.adjustment_increase",
                "budget.adjustment_rate",
                "budget.execution_rate",
                "budget.unspent",
            ],
        ),
    ];
    for (moved, expected) in rows {
        let mut after = before.clone();
        after.money.insert(moved, wan("2442.5"));
        let found = claims::moved(&claims, &before, &after);
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{moved:?}");
    }
}
