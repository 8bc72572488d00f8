//! A sample of each event of the ledger.

use jixiao_events::ledger::{
    Account, AccountKind, Booking, Direction, EntryKind, Holder, LedgerEvent, LedgerFact, Posting, Scope,
    Share, StatedMoney,
};
use jixiao_events::registry::{Membership, ProjectState};

use crate::{approval, of, some, source};

/// The sample that follows another. Exhaustive, so that a new variant does not compile without one.
pub(crate) fn after(event: Option<&LedgerEvent>) -> Option<LedgerEvent> {
    use AccountKind::{
        Appropriated, Appropriation, Available, BeforeSplit, Cash, Committed, Holding, Paid, PaidOut,
        Refunded, Requested, Share as ShareOf, Treasury,
    };
    Some(match event {
        None => LedgerEvent::RegistryTakenIn {
            source: source("registry", 12),
            fact: Some(LedgerFact::Project {
                fund: of("smart-city-2019"),
                project: of("top-level-design"),
                membership: Some(Membership::InFund),
                group: Some(of("new-2019")),
                state: ProjectState::NotStarted,
            }),
        },
        Some(LedgerEvent::RegistryTakenIn { .. }) => LedgerEvent::BudgetApproved(booking(
            "original",
            Scope::Fund,
            "40000000.00",
            vec![
                posting((Holder::Fund, Available), (Holder::Fund, Appropriation), "40000000.00"),
                posting((agency("big-data-bureau"), Holding), (Holder::Fund, Appropriated), "40000000.00"),
            ],
        )),
        Some(LedgerEvent::BudgetApproved(_)) => LedgerEvent::BudgetAdjusted {
            direction: Direction::Increase,
            booking: booking(
                "increase-new-2019",
                group(),
                "2832000.00",
                vec![posting((group().into(), Available), (Holder::Fund, Appropriation), "2832000.00")],
            ),
        },
        Some(LedgerEvent::BudgetAdjusted { .. }) => LedgerEvent::BudgetTransferred {
            from: of("economy-informatisation-commission"),
            to: of("big-data-bureau"),
            booking: booking(
                "transfer-2019-02",
                Scope::Fund,
                "40000000.00",
                vec![posting(
                    (agency("big-data-bureau"), Holding),
                    (agency("economy-informatisation-commission"), Holding),
                    "40000000.00",
                )],
            ),
        },
        Some(LedgerEvent::BudgetTransferred { .. }) => {
            let scope = project("informatisation-promotion");
            let before = (Holder::from(scope.clone()), BeforeSplit);
            LedgerEvent::BudgetSplit {
                parts: vec![
                    Share { agency: of("big-data-bureau"), amount: of("671800.00") },
                    Share { agency: of("industry-informatisation-bureau"), amount: of("254000.00") },
                ],
                booking: booking(
                    "split-promotion",
                    scope,
                    "925800.00",
                    vec![
                        posting((agency("big-data-bureau"), ShareOf), before.clone(), "671800.00"),
                        posting((agency("industry-informatisation-bureau"), ShareOf), before, "254000.00"),
                    ],
                ),
            }
        }
        Some(LedgerEvent::BudgetSplit { .. }) => {
            let scope = project("industrial-resource-platform-phase-2");
            let gains = (Holder::from(scope.clone()), Available);
            let postings = vec![posting(gains, (Holder::Fund, Available), "700000.00")];
            LedgerEvent::BudgetAllocated(booking("allocation-platform", scope, "700000.00", postings))
        }
        Some(LedgerEvent::BudgetAllocated(_)) => LedgerEvent::MoneyCommitted {
            contract: "2019-HT-017".to_owned(),
            booking: within("commitment-platform", Committed, Available),
        },
        Some(LedgerEvent::MoneyCommitted { .. }) => LedgerEvent::MoneyReceived(booking(
            "receipt-2019-03",
            Scope::Fund,
            "24425000.00",
            vec![posting((Holder::Fund, Cash), (Holder::Fund, Treasury), "24425000.00")],
        )),
        Some(LedgerEvent::MoneyReceived(_)) => LedgerEvent::PaymentRequested {
            commitment: Some(of("commitment-platform")),
            booking: within("request-platform", Requested, Committed),
        },
        Some(LedgerEvent::PaymentRequested { .. }) => {
            let mut booking = within("payment-platform", Paid, Requested);
            booking.postings.push(posting((Holder::Fund, PaidOut), (Holder::Fund, Cash), "60000.00"));
            LedgerEvent::PaymentMade {
                request: Some(of("request-platform")),
                over_limit: Some(of("10000.00")),
                is_final: false,
                booking,
            }
        }
        Some(LedgerEvent::PaymentMade { is_final: false, .. }) => LedgerEvent::PaymentMade {
            request: None,
            over_limit: None,
            is_final: true,
            booking: within("payment-last", Paid, Available),
        },
        Some(LedgerEvent::PaymentMade { .. }) => LedgerEvent::MoneyRefunded(booking(
            "refund-2019-12",
            Scope::Fund,
            "12167000.00",
            vec![posting((Holder::Fund, Refunded), (Holder::Fund, Available), "12167000.00")],
        )),
        Some(LedgerEvent::MoneyRefunded(_)) => LedgerEvent::EntryReversed {
            of: of("payment-platform"),
            kind: EntryKind::Payment,
            gives_back: Some(of("request-platform")),
            over_limit: Some(of("10000.00")),
            booking: within("reversal-platform", Requested, Paid),
        },
        Some(LedgerEvent::EntryReversed { .. }) => LedgerEvent::UnspentExplained {
            fund: of("smart-city-2019"),
            entry: of("unspent-new-2019"),
            scope: group(),
            amount: of("2832000.00"),
            reason: "set up late".to_owned(),
            source: some("report line 438"),
        },
        Some(LedgerEvent::UnspentExplained { .. }) => LedgerEvent::MoneyStated {
            fund: of("e-government-2019"),
            entry: of("stated-arranged-platform"),
            scope: project("industrial-resource-platform-phase-2"),
            kind: StatedMoney::Arranged,
            amount: of("700000.00"),
            source: some("report line 440"),
        },
        Some(LedgerEvent::MoneyStated { .. }) => return None,
    })
}

fn project(id: &str) -> Scope {
    Scope::Project { project: of(id) }
}

fn group() -> Scope {
    Scope::Group { group: of("new-2019") }
}

fn agency(id: &str) -> Holder {
    Holder::Agency { agency: of(id) }
}

fn posting(debit: (Holder, AccountKind), credit: (Holder, AccountKind), amount: &str) -> Posting {
    let account = |(holder, kind)| Account { holder, kind };
    Posting { debit: account(debit), credit: account(credit), amount: of(amount) }
}

fn booking(entry: &str, scope: Scope, amount: &str, postings: Vec<Posting>) -> Booking {
    Booking {
        fund: of("smart-city-2019"),
        entry: of(entry),
        scope,
        amount: of(amount),
        on: of("2019-10-28"),
        approval: approval("within the year"),
        source: some("report line 139"),
        postings,
    }
}

/// 60,000 yuan of one project from one of its accounts to another.
fn within(entry: &str, debit: AccountKind, credit: AccountKind) -> Booking {
    let scope = project("industrial-resource-platform-phase-2");
    let (debit, credit) = ((scope.clone().into(), debit), (scope.clone().into(), credit));
    booking(entry, scope, "60000.00", vec![posting(debit, credit, "60000.00")])
}
