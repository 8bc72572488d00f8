//! What holds after any sequence of commands.

use std::collections::BTreeMap;

use jixiao_events::ledger::EntryKind;
use proptest::prelude::*;

use super::*;
use crate::domain::{Entry, Side, side};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Book {
    Authority,
    Cash,
    Holding,
}

fn book(kind: AccountKind) -> Book {
    match kind {
        AccountKind::Appropriation
        | AccountKind::Available
        | AccountKind::Committed
        | AccountKind::Requested
        | AccountKind::Paid
        | AccountKind::Refunded => Book::Authority,
        AccountKind::Treasury | AccountKind::Cash | AccountKind::PaidOut => Book::Cash,
        AccountKind::Appropriated | AccountKind::Holding | AccountKind::BeforeSplit | AccountKind::Share => {
            Book::Holding
        }
    }
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        3 => Just(fund()),
        3 => Just(project("smart-tourism")),
        1 => Just(group("new-2019")),
        1 => Just(project("big-data-centre-phase-3")),
    ]
}

/// Commands that name entries by their number, so that many of them fit.
fn commands() -> impl Strategy<Value = Vec<LedgerCommand>> {
    let step = (0..14_u8, scope(), 1..120_u32, any::<prop::sample::Index>(), any::<bool>());
    prop::collection::vec(step, 1..60).prop_map(|steps| {
        let steps: Vec<_> = steps.into_iter().enumerate().collect();
        steps.into_iter().map(|(number, step)| command(number, step)).collect()
    })
}

fn command(
    number: usize,
    (kind, scope, amount, other, flag): (u8, Scope, u32, prop::sample::Index, bool),
) -> LedgerCommand {
    let entry = format!("e{number}");
    let other = format!("e{}", other.index(number.max(1)));
    let named = flag.then_some(other.as_str());
    let (from, to) = if flag { (COMMISSION, BUREAU) } else { (BUREAU, COMMISSION) };
    let amount = amount.to_string();
    match kind {
        0 => approve(&entry, "300"),
        1 => increase(&entry, scope, &amount),
        2 => decrease(&entry, scope, &amount),
        3 => transfer(&entry, from, to, &amount),
        4 => split(&entry, scope, &amount, &[(BUREAU, &amount)]),
        5 => allocate(&entry, scope, &amount),
        6 => commit(&entry, scope, &amount),
        7 => receive(&entry, scope, &amount),
        8 => request(&entry, scope, &amount, named),
        9 => pay(&entry, scope, &amount, named),
        10 => refund(&entry, scope, &amount),
        11 => explain(&entry, scope, &amount),
        _ => reverse(&entry, &other),
    }
}

fn entries(ledger: &Ledger) -> impl Iterator<Item = &Entry> {
    ledger.0.prefix("entry/").filter_map(|(_, state)| match state {
        State::Entry(entry) => Some(&**entry),
        _ => None,
    })
}

fn check(ledger: &Ledger) -> Result<(), TestCaseError> {
    // Each book balances, over the accounts as they are kept.
    let mut books: BTreeMap<Book, Money> = BTreeMap::new();
    for (_, state) in ledger.0.prefix("account/") {
        let State::Account(row) = state else { continue };
        for (kind, balance) in &row.balances {
            let debits = if side(*kind) == Side::Debit { *balance } else { -*balance };
            *books.entry(book(*kind)).or_default() += debits;
            // Only available is ever below zero in the authority book, and only where a flagged payment stands.
            if *kind == AccountKind::Available {
                let flagged = entries(ledger).any(|entry| {
                    entry.over_limit.is_some() && Holder::from(entry.scope.clone()) == row.holder
                });
                prop_assert!(!balance.is_negative() || flagged, "{:?} {balance}", row.holder);
            } else if book(*kind) != Book::Cash {
                prop_assert!(!balance.is_negative(), "{:?} {kind:?} {balance}", row.holder);
            }
        }
        // The list of commitments never says more than is bound.
        let listed: Money = row.commitments.iter().map(|listed| listed.rest).sum();
        prop_assert!(listed <= row.balance(AccountKind::Committed));
    }
    for (book, debits) in books {
        prop_assert_eq!(debits, Money::ZERO, "{:?}", book);
    }
    // Every posting is balanced within its book, and rests add up to what the accounts hold.
    let mut rests: BTreeMap<EntryKind, Money> = BTreeMap::new();
    for entry in entries(ledger) {
        for posting in &entry.postings {
            prop_assert!(posting.amount > Money::ZERO);
            prop_assert_eq!(book(posting.debit.kind), book(posting.credit.kind));
        }
        if let Some(rest) = entry.rest {
            prop_assert!(!rest.is_negative() && rest <= entry.amount);
            *rests.entry(entry.kind).or_default() += rest;
        }
    }
    let totals = ledger.totals();
    let rest = |kind| rests.get(&kind).copied().unwrap_or_default();
    prop_assert_eq!(rest(EntryKind::Commitment), totals.committed);
    prop_assert_eq!(rest(EntryKind::PaymentRequest), totals.requested);
    // The fund's adjusted budget is what its accounts of authority hold together.
    let appropriation: Money = ledger
        .0
        .prefix("account/")
        .filter_map(|(_, state)| match state {
            State::Account(row) => Some(row.balance(AccountKind::Appropriation)),
            _ => None,
        })
        .sum();
    prop_assert_eq!(appropriation, totals.budget().adjusted());
    let standing =
        entries(ledger).filter(|entry| entry.over_limit.is_some() && entry.reversed_by.is_none()).count();
    prop_assert_eq!(standing, totals.payments_over_limit as usize);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_books_balance(commands in commands(), close_at in 0..90_usize) {
        let mut ledger = Ledger::known().given(&[approve("original", "500")]);
        for (number, command) in commands.iter().enumerate() {
            if number == close_at {
                ledger = ledger.given(&[closed()]);
            }
            let decided = ledger.0.execute(command, "test");
            // A payment is refused only for what it names.
            if let (LedgerCommand::RecordPayment { request: None, .. }, Err(refusal)) = (command, &decided) {
                return Err(TestCaseError::fail(refusal.to_string()));
            }
            check(&ledger)?;
        }
    }

    /// Any subset of events folds without a panic.
    #[test]
    fn folding_is_total(commands in commands(), kept in prop::collection::vec(any::<bool>(), 70)) {
        let mut ledger = Ledger::known().given(&[approve("original", "500")]);
        let mut some = Folded::<LedgerDomain>::default();
        for (command, kept) in commands.iter().zip(kept) {
            for event in ledger.0.execute(command, "test").unwrap_or_default() {
                if kept {
                    some.fold(&event, "id", "test");
                }
                let written = serde_json::to_string(&event).unwrap();
                prop_assert_eq!(serde_json::from_str::<LedgerEvent>(&written).unwrap(), event);
            }
        }
        for (_, state) in ledger.0.prefix("") {
            let written = serde_json::to_string(state).unwrap();
            prop_assert_eq!(&serde_json::from_str::<State>(&written).unwrap(), state);
        }
    }
}
