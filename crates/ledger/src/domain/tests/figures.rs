//! The published figures of Wuxi 2019, and what each kind of entry moves.

use jixiao_events::budget::{Denominator, Reading};
use jixiao_events::registry::RegistryEvent;

use super::super::fact;
use super::*;

/// budget_entries.csv of smart-city-2019: booked at what the report names, the rest at the fund.
fn smart_city() -> Ledger {
    Ledger::known().given(&[
        approve("original", "4000"),
        transfer("2019-02", COMMISSION, BUREAU, "4000"),
        increase("new-2019", group("new-2019"), "283.2"),
        increase("top-level-design", project("top-level-design"), "45"),
        decrease("2019-10-28", fund(), "669"),
        pay("expenditure", fund(), "2442.5", None),
        explain("unspent-1", group("new-2019"), "283.2"),
        explain("unspent-2", project("top-level-design"), "145"),
        explain("unspent-3", fund(), "200"), // smart-work-safety
        say("stated-1", group("new-2019"), "283.2"),
    ])
}

#[test]
fn the_smart_city_fund_adds_up() {
    let ledger = smart_city();
    let totals = ledger.totals();
    let budget = totals.budget();
    let rows = [
        (totals.original, "4000"),
        (totals.increases, "328.2"),
        (totals.decreases, "669"),
        (budget.adjusted(), "3659.2"), // claim smart-city-2019/budget.adjusted
        (totals.transferred, "4000"),
        (totals.paid, "2442.5"),
        (budget.unspent(), "1216.7"),
        (totals.explained, "628.2"),
        (ledger.available(fund()), "888.5"), // nothing invented for the projects
        (ledger.available(group("new-2019")), "283.2"),
        (ledger.available(project("top-level-design")), "45"),
        (ledger.balance(&Holder::Agency { agency: id(BUREAU) }, AccountKind::Holding), "4000"),
        (ledger.balance(&Holder::Agency { agency: id(COMMISSION) }, AccountKind::Holding), "0"),
        (ledger.balance(&Holder::Fund, AccountKind::Cash), "-2442.5"), // no receipt is stated
    ];
    for (found, expected) in rows {
        assert_eq!(found, wan(expected));
    }
    assert_eq!((totals.adjustments, totals.payments_over_limit), (3, 0));
    let rate = budget.adjustment_rate_percent(Reading::CutsOnly).unwrap();
    assert_eq!((rate.to_string(), rate.round_half_up(0).to_string()), ("16.725".into(), "17".into()));
    let rate = budget.execution_rate_percent(Denominator::Adjusted).unwrap();
    assert_eq!(rate.round_half_up(3).to_string(), "66.75"); // 66.749…
    assert_eq!(budget.execution_rate_percent(Denominator::Received), None);
}

#[test]
fn a_split_is_a_memorandum() {
    let ledger = Ledger::known().given(&[split(
        "split",
        project("smart-tourism"),
        "92.58",
        &[(BUREAU, "67.18"), (COMMISSION, "25.4")],
    )]);
    let share = |agency: &str| ledger.balance(&Holder::Agency { agency: id(agency) }, AccountKind::Share);
    assert_eq!((share(BUREAU), share(COMMISSION)), (wan("67.18"), wan("25.4")));
    assert_eq!(ledger.balance(&project("smart-tourism").into(), AccountKind::BeforeSplit), wan("92.58"));
    assert_eq!(ledger.totals(), Totals::default());
}

#[test]
fn money_flows_from_allocation_to_payment() {
    let tourism = || project("smart-tourism");
    let mut ledger = Ledger::known().given(&[
        approve("original", "1000"),
        receive("receipt", fund(), "600"),
        allocate("allocation", tourism(), "300"),
        commit("c1", tourism(), "200"),
        request("r1", tourism(), "150", Some("c1")),
        pay("p1", tourism(), "100", Some("r1")),
        refund("back", tourism(), "40"),
    ]);
    let balance = |kind| ledger.balance(&tourism().into(), kind);
    let rows = [
        (AccountKind::Available, "60"),
        (AccountKind::Committed, "50"),
        (AccountKind::Requested, "50"),
        (AccountKind::Paid, "100"),
        (AccountKind::Refunded, "40"),
        (AccountKind::PaidOut, "100"),
        (AccountKind::Cash, "-100"), // received by the fund
    ];
    for (kind, expected) in rows {
        assert_eq!(balance(kind), wan(expected), "{kind:?}");
    }
    assert_eq!((ledger.rest("c1"), ledger.rest("r1")), (Some(wan("50")), Some(wan("50"))));
    assert_eq!(ledger.available(fund()), wan("700"));
    let totals = ledger.totals();
    assert_eq!((totals.allocated, totals.committed, totals.requested), (wan("300"), wan("50"), wan("50")));
    assert_eq!((totals.received, totals.refunded), (wan("600"), wan("40")));
    // An increase that was just acknowledged can be spent at once.
    ledger.refuses_over(&commit("c2", tourism(), "61"), "60");
    ledger = ledger.given(&[increase("more", tourism(), "1")]);
    ledger.accepts(&commit("c2", tourism(), "61"));
}

#[test]
fn a_payment_is_recorded_whatever_it_does_and_flagged() {
    let tourism = || project("smart-tourism");
    let mut ledger = Ledger::known().given(&[
        approve("original", "1000"),
        allocate("a", tourism(), "100"),
        request("r1", tourism(), "60", None),
    ]);
    let over = |ledger: &mut Ledger, command: LedgerCommand| match ledger.decide(&command) {
        Ok(LedgerEvent::PaymentMade { over_limit, .. }) => over_limit,
        other => panic!("{other:?}"),
    };
    assert_eq!(over(&mut ledger, pay("p1", tourism(), "40", None)), None);
    assert_eq!(over(&mut ledger, pay("p1", tourism(), "41", None)), Some(wan("1")));
    assert_eq!(over(&mut ledger, pay("p1", tourism(), "100", Some("r1"))), None);
    assert_eq!(over(&mut ledger, pay("p1", tourism(), "101", Some("r1"))), Some(wan("1")));
    assert_eq!(over(&mut ledger, pay("p1", project("big-data-centre-phase-3"), "7", None)), Some(wan("7")));
    assert_eq!(over(&mut ledger, pay("p1", project("water-informatisation"), "7", None)), Some(wan("7")));
    ledger = ledger.given(&[pay("p1", tourism(), "50", None), closed(), pay("p2", tourism(), "5", None)]);
    // 40 were available: 10 over, then all of the 5.
    assert_eq!(ledger.available(tourism()), wan("-15"));
    assert_eq!(ledger.totals().over_limit_payments, [id("p2"), id("p1")]);
    ledger = ledger.given(&[reverse("no-p1", "p1")]);
    assert_eq!(ledger.totals().over_limit_payments, [id("p2")]);
    assert_eq!((ledger.totals().payments_over_limit, ledger.totals().paid), (1, wan("5")));
    // What the treasury pays on a request that was taken back comes from what is available.
    let mut ledger = Ledger::known().given(&[
        approve("original", "1000"),
        request("r1", fund(), "60", None),
        reverse("no-r1", "r1"),
    ]);
    ledger.accepts(&pay("p1", fund(), "60", Some("r1")));
}

#[test]
fn a_decrease_takes_what_is_appropriated_first_and_allocated_then() {
    let tourism = || project("smart-tourism");
    let ledger = Ledger::known().given(&[
        approve("original", "1000"),
        increase("up", tourism(), "30"),
        allocate("a", tourism(), "100"),
        decrease("down", tourism(), "50"),
    ]);
    let appropriation = |scope: Scope| ledger.balance(&scope.into(), AccountKind::Appropriation);
    assert_eq!((appropriation(tourism()), appropriation(fund())), (wan("0"), wan("980")));
    assert_eq!((ledger.available(tourism()), ledger.available(fund())), (wan("80"), wan("900")));
}

#[test]
fn what_the_registry_says_is_kept() {
    let ledger = Ledger::known().given(&[closed()]);
    assert!(matches!(ledger.0.get("group/smart-city-2019/new-2019"), Some(State::Group)));
    let Some(State::Project(facts)) = ledger.0.get("project/smart-city-2019/big-data-centre-phase-3") else {
        panic!("no project")
    };
    assert_eq!((facts.membership, facts.state), (Membership::Removed, ProjectState::Removed));
    let Some(State::Fund(facts)) = ledger.0.get("fund/smart-city-2019") else { panic!("no fund") };
    assert_eq!(facts.closed_on, Some(id("2020-01-10")));
}

#[test]
fn a_project_that_leaves_the_fund_gets_no_new_money() {
    let changed = |to, leaves_fund| {
        take_in(
            fact(&RegistryEvent::ProjectStateChanged {
                fund: fund_id(),
                project: id("smart-tourism"),
                from: ProjectState::Approved,
                to,
                leaves_fund,
                on: None,
                reason: None,
                source: None,
            })
            .unwrap(),
        )
    };
    let after = |fact| Ledger::known().given(&[approve("original", "4000"), fact]);
    after(changed(ProjectState::Cancelled, false)).accepts(&increase("new", project("smart-tourism"), "1"));
    let mut moved = after(changed(ProjectState::MovedToLaterYear, true));
    let refused = moved.decide(&increase("new", project("smart-tourism"), "1"));
    assert!(matches!(
        refused,
        Err(LedgerRefusal::ProjectOutsideFund { membership: Membership::Removed, .. })
    ));
    // What the treasury paid is recorded whatever became of the project.
    moved.accepts(&pay("paid", project("smart-tourism"), "1", None));
}

impl Ledger {
    #[track_caller]
    pub(super) fn refuses_over(&mut self, command: &LedgerCommand, expected: &str) {
        match self.decide(command) {
            Err(LedgerRefusal::AvailableExceeded { available, .. }) => assert_eq!(available, wan(expected)),
            other => panic!("{command:?}: {other:?}"),
        }
    }
}

#[test]
fn a_last_payment_says_so() {
    let LedgerCommand::RecordPayment { draft, request, .. } = pay("last", fund(), "10", None) else {
        unreachable!("pay records a payment")
    };
    let last = LedgerCommand::RecordPayment { draft, request, is_final: true };
    let ledger = Ledger::known().given(&[approve("original", "1000"), pay("first", fund(), "1", None), last]);
    let details = ["first", "last"].map(|entry| match ledger.0.get(&entry_key(&fund_id(), &id(entry))) {
        Some(State::Entry(entry)) => entry.detail.clone(),
        other => panic!("{other:?}"),
    });
    assert_eq!(details, [crate::domain::Detail::None, crate::domain::Detail::FinalPayment]);
}
