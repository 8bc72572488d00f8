//! Reversals: the mirror image, and what stands against it.

use jixiao_events::ledger::EntryKind;

use super::*;
use crate::domain::KindWord;

fn tourism() -> Scope {
    project("smart-tourism")
}

/// One entry of every kind, each of which can be taken back last in first out.
fn all_kinds() -> Vec<LedgerCommand> {
    vec![
        approve("original", "1000"),
        transfer("transfer", COMMISSION, BUREAU, "1000"),
        increase("increase", tourism(), "20"),
        decrease("decrease", fund(), "30"),
        split("split", tourism(), "10", &[(BUREAU, "4"), (COMMISSION, "6")]),
        allocate("allocation", tourism(), "300"),
        commit("commitment", tourism(), "200"),
        receive("receipt", fund(), "500"),
        request("request", tourism(), "150", Some("commitment")),
        pay("payment", tourism(), "100", Some("request")),
        refund("refund", tourism(), "40"),
        explain("explanation", fund(), "1"),
        say("statement", fund(), "1"),
    ]
}

#[test]
fn a_reversal_takes_back_all_that_its_entry_did() {
    let commands = all_kinds();
    for done in 0..commands.len() {
        let before = Ledger::known().given(&commands[..done]);
        let name = [
            "original",
            "transfer",
            "increase",
            "decrease",
            "split",
            "allocation",
            "commitment",
            "receipt",
            "request",
            "payment",
            "refund",
            "explanation",
            "statement",
        ][done];
        let after = Ledger::known().given(&commands[..=done]).given(&[reverse("back", name)]);
        assert_eq!(after.totals(), before.totals(), "{name}");
        for holder in [
            Holder::Fund,
            tourism().into(),
            Holder::Agency { agency: id(BUREAU) },
            Holder::Agency { agency: id(COMMISSION) },
        ] {
            let kinds = [
                AccountKind::Appropriation,
                AccountKind::Available,
                AccountKind::Committed,
                AccountKind::Requested,
                AccountKind::Paid,
                AccountKind::Refunded,
                AccountKind::Cash,
                AccountKind::PaidOut,
                AccountKind::Holding,
                AccountKind::Share,
                AccountKind::Treasury,
                AccountKind::Appropriated,
                AccountKind::BeforeSplit,
            ];
            for kind in kinds {
                let balances = (after.balance(&holder, kind), before.balance(&holder, kind));
                assert_eq!(balances.0, balances.1, "{name}: {holder:?} {kind:?}");
            }
        }
        for other in ["commitment", "request"] {
            if name != other {
                assert_eq!(after.rest(other), before.rest(other), "{name}: {other}");
            }
        }
    }
}

#[test]
fn refused_in_order() {
    let mut ledger = Ledger(Folded::default());
    ledger.refuses(&reverse("taken", "x"), LedgerRefusal::FundUnknown(id(FUND)));
    let mut ledger = Ledger::known().given(&[
        approve("taken", "100"),
        commit("c", fund(), "20"),
        reverse("no-c", "c"),
        commit("c2", fund(), "20"),
        request("r2", fund(), "15", Some("c2")),
        pay("p2", fund(), "5", Some("r2")),
        closed(),
    ]);
    let exists = LedgerRefusal::EntryExists {
        fund: id(FUND),
        entry: id("taken"),
        kind: KindWord(EntryKind::OriginalBudget),
    };
    ledger.refuses(&reverse("taken", "x"), exists);
    ledger.refuses(&reverse("new", "x"), LedgerRefusal::EntryUnknown { fund: id(FUND), entry: id("x") });
    ledger.refuses(&reverse("new", "no-c"), LedgerRefusal::IsReversal { fund: id(FUND), entry: id("no-c") });
    ledger.refuses(
        &reverse("new", "c"),
        LedgerRefusal::AlreadyReversed { fund: id(FUND), entry: id("c"), by: id("no-c") },
    );
    let year_closed = LedgerRefusal::YearClosed { fund: id(FUND), on: id("2020-01-10") };
    ledger.refuses(&reverse("new", "c2"), year_closed.clone());
    ledger.refuses(&reverse("new", "r2"), year_closed.clone());
    ledger.refuses(&reverse("new", "taken"), year_closed);
    ledger.accepts(&reverse("new", "p2"));
}

#[test]
fn what_others_depend_on_stays() {
    let mut ledger = Ledger::known().given(&[
        approve("original", "100"),
        transfer("t", COMMISSION, BUREAU, "100"),
        transfer("t2", BUREAU, COMMISSION, "40"),
        increase("up", tourism(), "20"),
        allocate("a", tourism(), "30"),
        decrease("down", tourism(), "10"),
        commit("c", tourism(), "20"),
        request("r", tourism(), "15", Some("c")),
        pay("p", tourism(), "5", Some("r")),
    ]);
    ledger.refuses(
        &reverse("new", "c"),
        LedgerRefusal::CommitmentDrawnOn { fund: id(FUND), entry: id("c"), drawn: wan("15") },
    );
    ledger.refuses(
        &reverse("new", "r"),
        LedgerRefusal::RequestPaid { fund: id(FUND), entry: id("r"), paid: wan("5") },
    );
    let holding = |agency, holds| LedgerRefusal::HoldingExceeded {
        agency: id(agency),
        holds: wan(holds),
        amount: wan("100"),
    };
    ledger.refuses(&reverse("new", "t"), holding(BUREAU, "60"));
    ledger.refuses(&reverse("new", "original"), holding(COMMISSION, "40"));
    ledger.refuses_over(&reverse("new", "a"), "20");
    let cut = LedgerRefusal::AppropriationCut {
        fund: id(FUND),
        scope: tourism(),
        left: wan("10"),
        amount: wan("20"),
    };
    ledger.refuses(&reverse("new", "up"), cut);
    let mut ledger = ledger.given(&[reverse("b1", "t2"), reverse("b2", "t")]);
    ledger.refuses_over(&reverse("new", "original"), "70");
    // Last in, first out.
    ledger = ledger.given(&[
        reverse("b3", "p"),
        reverse("b4", "r"),
        reverse("b5", "c"),
        reverse("b6", "down"),
        reverse("b7", "a"),
        reverse("b8", "up"),
        reverse("b9", "original"),
    ]);
    assert_eq!(ledger.totals(), Totals::default());
    assert_eq!(ledger.available(tourism()), Money::ZERO);
}

#[test]
fn a_payment_gives_back_to_its_request_and_a_request_to_its_commitment() {
    let ledger = Ledger::known().given(&[
        approve("original", "100"),
        commit("c", fund(), "20"),
        request("r", fund(), "20", Some("c")),
        pay("p", fund(), "25", Some("r")),
    ]);
    assert_eq!(
        (ledger.rest("c"), ledger.rest("r"), ledger.available(fund())),
        (Some(wan("0")), Some(wan("0")), wan("75"))
    );
    let ledger = ledger.given(&[reverse("no-p", "p")]);
    assert_eq!((ledger.rest("r"), ledger.available(fund())), (Some(wan("20")), wan("80")));
    let mut ledger = ledger.given(&[reverse("no-r", "r")]);
    assert_eq!((ledger.rest("c"), ledger.rest("r")), (Some(wan("20")), Some(wan("0"))));
    ledger.accepts(&request("again", fund(), "20", Some("c")));
}
