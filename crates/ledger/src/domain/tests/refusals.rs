//! Refusals in order of precedence: each ladder mends what the line before was refused for, and nothing else.

use jixiao_events::ledger::EntryKind;

use super::*;
use crate::domain::{Holds, KindWord, NAMED, OpenCommitment};

fn nothing() -> Ledger {
    Ledger(Folded::default())
}

fn exists(entry: &str, kind: EntryKind) -> LedgerRefusal {
    LedgerRefusal::EntryExists { fund: id(FUND), entry: id(entry), kind: KindWord(kind) }
}

fn unknown_project(name: &str) -> LedgerRefusal {
    LedgerRefusal::ProjectUnknown { fund: id(FUND), project: id(name) }
}

fn year_closed() -> LedgerRefusal {
    LedgerRefusal::YearClosed { fund: id(FUND), on: id("2020-01-10") }
}

fn outside(name: &str, membership: Membership) -> LedgerRefusal {
    LedgerRefusal::ProjectOutsideFund { fund: id(FUND), project: id(name), membership }
}

fn over(scope: Scope, amount: &str, available: &str, holds: Holds) -> LedgerRefusal {
    LedgerRefusal::AvailableExceeded {
        fund: id(FUND),
        scope,
        amount: wan(amount),
        available: wan(available),
        holds: Box::new(holds),
    }
}

fn zero() -> LedgerRefusal {
    LedgerRefusal::AmountNotPositive(Money::ZERO)
}

#[test]
fn approving() {
    let at_project = |amount| LedgerCommand::ApproveBudget {
        draft: draft("taken", project("smart-tourism"), amount),
        agency: None,
    };
    nothing().refuses(&at_project("0"), zero());
    nothing().refuses(&at_project("-1"), LedgerRefusal::AmountNotPositive(wan("-1")));
    nothing().refuses(&at_project("1"), LedgerRefusal::ScopeNotFund);
    nothing().refuses(&approve("taken", "1"), LedgerRefusal::FundUnknown(id(FUND)));
    let by = |entry, agency: &str| LedgerCommand::ApproveBudget {
        draft: draft(entry, fund(), "1"),
        agency: Some(id(agency)),
    };
    let mut ledger = Ledger::known().given(&[approve("taken", "4000"), closed()]);
    ledger.refuses(&by("taken", "nobody"), LedgerRefusal::AgencyUnknown(id("nobody")));
    ledger.refuses(&by("taken", BUREAU), exists("taken", EntryKind::OriginalBudget));
    ledger.refuses(&by("new", BUREAU), year_closed());
    let mut ledger = Ledger::known().given(&[approve("taken", "4000")]);
    let already = LedgerRefusal::BudgetAlreadyApproved { fund: id(FUND), entry: id("taken") };
    ledger.refuses(&by("new", BUREAU), already);
    let mut ledger = ledger.given(&[reverse("no", "taken")]);
    ledger.accepts(&by("new", BUREAU));
}

#[test]
fn adjusting() {
    nothing().refuses(&increase("taken", project("x"), "0"), zero());
    nothing().refuses(&increase("taken", project("x"), "1"), LedgerRefusal::FundUnknown(id(FUND)));
    let mut ledger = Ledger::known().given(&[say("taken", fund(), "1"), closed()]);
    ledger.refuses(&increase("taken", project("x"), "1"), unknown_project("x"));
    let no_group = LedgerRefusal::GroupUnknown { fund: id(FUND), group: id("x") };
    ledger.refuses(&increase("taken", group("x"), "1"), no_group);
    let gone = || project("big-data-centre-phase-3");
    ledger.refuses(&increase("taken", gone(), "1"), exists("taken", EntryKind::Statement));
    ledger.refuses(&increase("new", gone(), "1"), year_closed());
    let mut ledger = Ledger::known();
    ledger.refuses(&increase("new", gone(), "1"), LedgerRefusal::BudgetNotApproved(id(FUND)));
    let mut ledger = ledger.given(&[approve("original", "4000")]);
    ledger.refuses(&increase("new", gone(), "1"), outside("big-data-centre-phase-3", Membership::Removed));
    let named = project("water-informatisation");
    ledger.refuses(&increase("new", named, "1"), outside("water-informatisation", Membership::NamedOnly));
    ledger.accepts(&increase("new", project("smart-tourism"), "1"));
    ledger.refuses(&decrease("new", fund(), "4000.01"), over(fund(), "4000.01", "4000", Holds::default()));
    ledger.accepts(&decrease("new", fund(), "4000"));
}

#[test]
fn transferring() {
    nothing().refuses(&transfer("taken", BUREAU, BUREAU, "0"), zero());
    nothing().refuses(&transfer("taken", BUREAU, BUREAU, "1"), LedgerRefusal::SameAgency(id(BUREAU)));
    nothing().refuses(&transfer("taken", "nobody", BUREAU, "1"), LedgerRefusal::FundUnknown(id(FUND)));
    let mut ledger = Ledger::known().given(&[approve("taken", "4000"), closed()]);
    ledger.refuses(&transfer("taken", "nobody", BUREAU, "1"), LedgerRefusal::AgencyUnknown(id("nobody")));
    ledger.refuses(&transfer("taken", BUREAU, "nobody", "1"), LedgerRefusal::AgencyUnknown(id("nobody")));
    ledger.refuses(&transfer("taken", BUREAU, COMMISSION, "1"), exists("taken", EntryKind::OriginalBudget));
    ledger.refuses(&transfer("new", BUREAU, COMMISSION, "1"), year_closed());
    let mut ledger = Ledger::known().given(&[approve("taken", "4000")]);
    let holding = |agency, holds, amount| LedgerRefusal::HoldingExceeded {
        agency: id(agency),
        holds: wan(holds),
        amount: wan(amount),
    };
    ledger.refuses(&transfer("new", BUREAU, COMMISSION, "1"), holding(BUREAU, "0", "1"));
    ledger.refuses(&transfer("new", COMMISSION, BUREAU, "4001"), holding(COMMISSION, "4000", "4001"));
    ledger.accepts(&transfer("new", COMMISSION, BUREAU, "4000"));
}

#[test]
fn splitting() {
    let ask = |amount, parts: &[(&str, &str)]| split("taken", project("x"), amount, parts);
    nothing().refuses(&ask("0", &[(BUREAU, "0")]), zero());
    let part = LedgerRefusal::PartNotPositive { agency: id(BUREAU), amount: Money::ZERO };
    nothing().refuses(&ask("1", &[(BUREAU, "0"), (BUREAU, "2")]), part);
    nothing().refuses(&ask("1", &[(BUREAU, "1"), (BUREAU, "2")]), LedgerRefusal::AgencyTwice(id(BUREAU)));
    let sum = |parts| LedgerRefusal::PartsDoNotAddUp { parts: wan(parts), amount: wan("92.58") };
    nothing().refuses(&ask("92.58", &[(BUREAU, "67.18"), (COMMISSION, "25.5")]), sum("92.68"));
    nothing().refuses(&ask("92.58", &[]), sum("0"));
    nothing().refuses(&ask("1", &[("nobody", "1")]), LedgerRefusal::FundUnknown(id(FUND)));
    let mut ledger = Ledger::known().given(&[say("taken", fund(), "1"), closed()]);
    ledger.refuses(&ask("1", &[("nobody", "1")]), unknown_project("x"));
    let tourism = || project("smart-tourism");
    ledger.refuses(
        &split("taken", tourism(), "1", &[("nobody", "1")]),
        LedgerRefusal::AgencyUnknown(id("nobody")),
    );
    ledger.refuses(&split("taken", tourism(), "1", &[(BUREAU, "1")]), exists("taken", EntryKind::Statement));
    ledger.refuses(&split("new", tourism(), "1", &[(BUREAU, "1")]), year_closed());
    Ledger::known().accepts(&split("new", project("big-data-centre-phase-3"), "1", &[(BUREAU, "1")]));
}

#[test]
fn allocating() {
    nothing().refuses(&allocate("taken", fund(), "0"), zero());
    nothing().refuses(&allocate("taken", fund(), "1"), LedgerRefusal::ScopeIsFund);
    nothing().refuses(&allocate("taken", project("x"), "1"), LedgerRefusal::FundUnknown(id(FUND)));
    let mut ledger = Ledger::known().given(&[approve("taken", "100"), closed()]);
    ledger.refuses(&allocate("taken", project("x"), "1"), unknown_project("x"));
    let gone = || project("big-data-centre-phase-3");
    ledger.refuses(&allocate("taken", gone(), "1"), exists("taken", EntryKind::OriginalBudget));
    ledger.refuses(&allocate("new", gone(), "1"), year_closed());
    let mut ledger = Ledger::known().given(&[
        approve("taken", "100"),
        allocate("a", group("new-2019"), "30"),
        commit("c", fund(), "20"),
        pay("p", fund(), "10", None),
    ]);
    ledger.refuses(&allocate("new", gone(), "41"), outside("big-data-centre-phase-3", Membership::Removed));
    let holds = Holds {
        allocated: wan("30"),
        committed: wan("20"),
        commitments: vec![OpenCommitment { entry: id("c"), contract: "K-c".to_owned(), rest: wan("20") }],
        paid: wan("10"),
        ..Holds::default()
    };
    ledger.refuses(&allocate("new", project("smart-tourism"), "41"), over(fund(), "41", "40", holds));
    ledger.accepts(&allocate("new", project("smart-tourism"), "40"));
}

#[test]
fn committing() {
    nothing().refuses(&commit("taken", project("x"), "0"), zero());
    nothing().refuses(&commit("taken", project("x"), "1"), LedgerRefusal::FundUnknown(id(FUND)));
    let mut ledger = Ledger::known().given(&[say("taken", fund(), "1"), closed()]);
    ledger.refuses(&commit("taken", project("x"), "1"), unknown_project("x"));
    let gone = || project("big-data-centre-phase-3");
    ledger.refuses(&commit("taken", gone(), "1"), exists("taken", EntryKind::Statement));
    ledger.refuses(&commit("new", gone(), "1"), year_closed());
    let mut ledger = Ledger::known();
    ledger.refuses(&commit("new", gone(), "1"), outside("big-data-centre-phase-3", Membership::Removed));
    // The fund's money is not a project's before it is allocated.
    let tourism = || project("smart-tourism");
    let mut ledger = ledger.given(&[approve("original", "100")]);
    ledger.refuses(&commit("new", tourism(), "1"), over(tourism(), "1", "0", Holds::default()));
    ledger.accepts(&commit("new", fund(), "100"));
}

#[test]
fn requesting() {
    let tourism = || project("smart-tourism");
    let gone = || project("big-data-centre-phase-3");
    nothing().refuses(&request("taken", gone(), "0", Some("x")), zero());
    nothing().refuses(&request("taken", gone(), "1", Some("x")), LedgerRefusal::FundUnknown(id(FUND)));
    let booked = [
        approve("original", "100"),
        allocate("a", tourism(), "60"),
        commit("c", tourism(), "40"),
        commit("back", tourism(), "5"),
        reverse("no-back", "back"),
    ];
    let mut ledger = Ledger::known().given(&booked).given(&[closed()]);
    ledger.refuses(&request("c", project("x"), "1", Some("x")), unknown_project("x"));
    ledger.refuses(&request("c", gone(), "1", Some("x")), exists("c", EntryKind::Commitment));
    let no_entry = LedgerRefusal::EntryUnknown { fund: id(FUND), entry: id("x") };
    ledger.refuses(&request("new", gone(), "1", Some("x")), no_entry);
    let other = LedgerRefusal::NotACommitment {
        fund: id(FUND),
        entry: id("a"),
        kind: KindWord(EntryKind::Allocation),
    };
    ledger.refuses(&request("new", gone(), "1", Some("a")), other);
    let differs = LedgerRefusal::ScopeDiffers {
        fund: id(FUND),
        entry: id("c"),
        theirs: "funds/smart-city-2019/projects/smart-tourism".to_owned(),
        ours: "funds/smart-city-2019/projects/big-data-centre-phase-3".to_owned(),
    };
    ledger.refuses(&request("new", gone(), "1", Some("c")), differs);
    let reversed = LedgerRefusal::AlreadyReversed { fund: id(FUND), entry: id("back"), by: id("no-back") };
    ledger.refuses(&request("new", tourism(), "1", Some("back")), reversed);
    ledger.refuses(&request("new", tourism(), "41", Some("c")), year_closed());
    let mut ledger = Ledger::known().given(&booked);
    ledger
        .refuses(&request("new", gone(), "1", None), outside("big-data-centre-phase-3", Membership::Removed));
    let mut ledger = ledger.given(&[request("r", tourism(), "30", Some("c"))]);
    let commitment_exceeded = LedgerRefusal::CommitmentExceeded {
        fund: id(FUND),
        commitment: id("c"),
        rest: wan("10"),
        drawn: wan("30"),
        amount: wan("11"),
    };
    ledger.refuses(&request("new", tourism(), "11", Some("c")), commitment_exceeded);
    ledger.accepts(&request("new", tourism(), "10", Some("c")));
    let holds = Holds {
        committed: wan("10"),
        commitments: vec![OpenCommitment { entry: id("c"), contract: "K-c".to_owned(), rest: wan("10") }],
        requested: wan("30"),
        ..Holds::default()
    };
    ledger.refuses(&request("new", tourism(), "21", None), over(tourism(), "21", "20", holds));
    ledger.accepts(&request("new", tourism(), "20", None));
    // What was bound while the fund carried the project can be asked for.
    let mut ledger =
        ledger.given(&[carries("smart-tourism", Some(Membership::Removed), None, ProjectState::Removed)]);
    ledger.accepts(&request("new", tourism(), "10", Some("c")));
    ledger.refuses(&request("new", tourism(), "10", None), outside("smart-tourism", Membership::Removed));
}

#[test]
fn paying_is_refused_only_where_it_names_what_is_not_there() {
    let tourism = || project("smart-tourism");
    nothing().refuses(&pay("taken", project("x"), "0", Some("x")), zero());
    nothing().refuses(&pay("taken", project("x"), "1", Some("x")), LedgerRefusal::FundUnknown(id(FUND)));
    let mut ledger = Ledger::known().given(&[
        approve("original", "100"),
        request("r", fund(), "10", None),
        commit("c", fund(), "10"),
        closed(),
    ]);
    ledger.refuses(&pay("c", project("x"), "1", Some("x")), unknown_project("x"));
    ledger.refuses(&pay("c", tourism(), "1", Some("x")), exists("c", EntryKind::Commitment));
    let no_entry = LedgerRefusal::EntryUnknown { fund: id(FUND), entry: id("x") };
    ledger.refuses(&pay("new", tourism(), "1", Some("x")), no_entry);
    let other = LedgerRefusal::NotAPaymentRequest {
        fund: id(FUND),
        entry: id("c"),
        kind: KindWord(EntryKind::Commitment),
    };
    ledger.refuses(&pay("new", tourism(), "1", Some("c")), other);
    let differs = LedgerRefusal::ScopeDiffers {
        fund: id(FUND),
        entry: id("r"),
        theirs: "funds/smart-city-2019".to_owned(),
        ours: "funds/smart-city-2019/projects/smart-tourism".to_owned(),
    };
    ledger.refuses(&pay("new", tourism(), "1", Some("r")), differs);
    ledger.accepts(&pay("new", fund(), "5000", Some("r")));
}

#[test]
fn receiving_and_refunding() {
    for ask in [receive, refund, explain, say] {
        nothing().refuses(&ask("taken", project("x"), "0"), zero());
        nothing().refuses(&ask("taken", project("x"), "1"), LedgerRefusal::FundUnknown(id(FUND)));
        let mut ledger = Ledger::known().given(&[approve("taken", "10"), closed()]);
        ledger.refuses(&ask("taken", project("x"), "1"), unknown_project("x"));
        ledger.refuses(&ask("taken", fund(), "1"), exists("taken", EntryKind::OriginalBudget));
        ledger.accepts(&ask("new", fund(), "10"));
    }
    let mut ledger = Ledger::known().given(&[approve("taken", "10"), closed()]);
    ledger.accepts(&receive("new", fund(), "11"));
    ledger.accepts(&receive("new", project("big-data-centre-phase-3"), "11"));
    ledger.refuses(&refund("new", fund(), "11"), over(fund(), "11", "10", Holds::default()));
}

#[test]
fn a_refusal_names_at_most_ten_commitments() {
    let mut ledger = Ledger::known().given(&[approve("original", "100")]);
    for number in 0..NAMED + 3 {
        ledger = ledger.given(&[commit(&format!("c{number:02}"), fund(), "2")]);
    }
    // The first is spent and gives way to the next that is bound.
    ledger = ledger.given(&[request("r", fund(), "2", Some("c00")), commit("c99", fund(), "5")]);
    let Err(LedgerRefusal::AvailableExceeded { holds, .. }) = ledger.decide(&commit("new", fund(), "90"))
    else {
        panic!("not refused")
    };
    assert_eq!(holds.commitments.len(), NAMED);
    assert_eq!(holds.commitments.last().map(|last| last.entry.as_str()), Some("c99"));
    assert_eq!((holds.committed, holds.unnamed()), (wan("29"), wan("6"))); // c10, c11, c12
    let text = holds.to_string();
    assert!(text.starts_with("held by commitments 290000.00 (c01, contract K-c01: 20000.00; c02,"), "{text}");
    assert!(text.ends_with("others: 60000.00), payment requests 20000.00"), "{text}");
}
