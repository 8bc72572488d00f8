//! The double entry of each kind of entry; the table is in the header of [`super`].

use jixiao_events::ledger::{Account, AccountKind, Holder, Posting, Scope, Share};
use jixiao_events::{AgencyId, Money};

fn posting(debit: (&Holder, AccountKind), credit: (&Holder, AccountKind), amount: Money) -> Posting {
    let account = |(holder, kind): (&Holder, AccountKind)| Account { holder: holder.clone(), kind };
    Posting { debit: account(debit), credit: account(credit), amount }
}

/// Postings above zero only: nothing moves no money.
fn moving(postings: impl IntoIterator<Item = Posting>) -> Vec<Posting> {
    postings.into_iter().filter(|posting| posting.amount > Money::ZERO).collect()
}

pub(crate) fn holder(scope: &Scope) -> Holder {
    Holder::from(scope.clone())
}

pub(crate) fn agency(agency: &AgencyId) -> Holder {
    Holder::Agency { agency: agency.clone() }
}

pub(crate) fn original(held_by: &AgencyId, amount: Money) -> Vec<Posting> {
    let fund = &Holder::Fund;
    vec![
        posting((fund, AccountKind::Available), (fund, AccountKind::Appropriation), amount),
        posting((&agency(held_by), AccountKind::Holding), (fund, AccountKind::Appropriated), amount),
    ]
}

pub(crate) fn increase(scope: &Scope, amount: Money) -> Vec<Posting> {
    let of = &holder(scope);
    vec![posting((of, AccountKind::Available), (of, AccountKind::Appropriation), amount)]
}

/// `appropriated` is what was appropriated to the scope itself. A decrease beyond it takes allocated money, whose
/// appropriation is the fund's; without that, a project's appropriation would go below zero.
pub(crate) fn decrease(scope: &Scope, amount: Money, appropriated: Money) -> Vec<Posting> {
    let of = &holder(scope);
    let own = match scope {
        Scope::Fund => amount,
        Scope::Project { .. } | Scope::Group { .. } => amount.min(appropriated),
    };
    let available = (of, AccountKind::Available);
    moving([
        posting((of, AccountKind::Appropriation), available, own),
        posting((&Holder::Fund, AccountKind::Appropriation), available, amount - own),
    ])
}

pub(crate) fn transfer(from: &AgencyId, to: &AgencyId, amount: Money) -> Vec<Posting> {
    vec![posting((&agency(to), AccountKind::Holding), (&agency(from), AccountKind::Holding), amount)]
}

pub(crate) fn split(scope: &Scope, parts: &[Share]) -> Vec<Posting> {
    let before = &holder(scope);
    let part = |part: &Share| {
        posting((&agency(&part.agency), AccountKind::Share), (before, AccountKind::BeforeSplit), part.amount)
    };
    parts.iter().map(part).collect()
}

pub(crate) fn allocation(scope: &Scope, amount: Money) -> Vec<Posting> {
    vec![posting((&holder(scope), AccountKind::Available), (&Holder::Fund, AccountKind::Available), amount)]
}

pub(crate) fn commitment(scope: &Scope, amount: Money) -> Vec<Posting> {
    let of = &holder(scope);
    vec![posting((of, AccountKind::Committed), (of, AccountKind::Available), amount)]
}

pub(crate) fn request(scope: &Scope, amount: Money, draws_on_commitment: bool) -> Vec<Posting> {
    let of = &holder(scope);
    let from = if draws_on_commitment { AccountKind::Committed } else { AccountKind::Available };
    vec![posting((of, AccountKind::Requested), (of, from), amount)]
}

/// `settled` is the part that a payment request covers.
pub(crate) fn payment(scope: &Scope, amount: Money, settled: Money) -> Vec<Posting> {
    let of = &holder(scope);
    moving([
        posting((of, AccountKind::Paid), (of, AccountKind::Requested), settled),
        posting((of, AccountKind::Paid), (of, AccountKind::Available), amount - settled),
        posting((of, AccountKind::PaidOut), (of, AccountKind::Cash), amount),
    ])
}

pub(crate) fn receipt(scope: &Scope, amount: Money) -> Vec<Posting> {
    let of = &holder(scope);
    vec![posting((of, AccountKind::Cash), (of, AccountKind::Treasury), amount)]
}

pub(crate) fn refund(scope: &Scope, amount: Money) -> Vec<Posting> {
    let of = &holder(scope);
    vec![posting((of, AccountKind::Refunded), (of, AccountKind::Available), amount)]
}

/// What takes these postings back.
pub(crate) fn mirror(postings: &[Posting]) -> Vec<Posting> {
    let mirrored = |posting: &Posting| Posting {
        debit: posting.credit.clone(),
        credit: posting.debit.clone(),
        amount: posting.amount,
    };
    postings.iter().map(mirrored).collect()
}

/// What the postings debit to accounts of a kind less what they credit to them.
pub(crate) fn debited(postings: &[Posting], kind: AccountKind) -> Money {
    let part = |posting: &Posting| {
        let debit = if posting.debit.kind == kind { posting.amount } else { Money::ZERO };
        let credit = if posting.credit.kind == kind { posting.amount } else { Money::ZERO };
        debit - credit
    };
    postings.iter().map(part).sum()
}
