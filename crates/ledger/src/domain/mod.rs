//! The rules of the ledger. Pure.
//!
//! # Double entry
//!
//! Every posting takes an amount from one account (credit) to another (debit), so each book is balanced at any time.
//! S is the entry's scope: the fund, a project or a group. Accounts in *italics* are credit-normal, the others
//! debit-normal.
//!
//! | entry | debits | credits | refused when |
//! |---|---|---|---|
//! | original budget | fund available | *fund appropriation* | one is approved already |
//! | | agency holding | *fund appropriated* | |
//! | increase | S available | *S appropriation* | |
//! | decrease | *S appropriation*, the rest *fund appropriation* | S available | S has less available |
//! | transfer | taking agency holding | giving agency holding | the giver holds less |
//! | split (memorandum) | each agency share | *S before split* | the parts do not add up |
//! | allocation | S available | fund available | the fund has less available |
//! | commitment | S committed | S available | S has less available |
//! | payment request | S requested | S committed, or S available without a commitment | the commitment's rest, or what S has available, is less |
//! | payment | S paid | S requested as far as the named request reaches, the rest S available | never; flagged |
//! | | S paid out | S cash | |
//! | receipt | S cash | *S treasury* | never |
//! | refund | S refunded | S available | S has less available |
//! | reversal | the mirror image | | see [`LedgerRefusal`]; never for a payment |
//! | explanation, statement | | | never |
//!
//! * The authority book (appropriation, available, committed, requested, paid, refunded) says what may still be spent.
//!   Nothing in it is ever below zero but available, and that only through payments, which are flagged. A decrease at a
//!   project or group first takes what was appropriated to it, then what the fund allocated to it.
//! * The cash book (treasury, cash, paid out) says what arrived. Cash is below zero where receipts are not known.
//! * The holding book (appropriated, holding; as a memorandum before split, share) says which agency has the original
//!   budget. Adjustments do not move it.
//!
//! A refund gives authority back, it is no receipt and no payment: unspent money stays adjusted less paid.
//!
//! # Time
//!
//! All entries known now count, whatever their dates, for the fund's one fiscal year. Once the registry says that the
//! year is closed, only payments, receipts, refunds, explanations, statements and reversals of those are recorded: the
//! treasury's facts and what is said about them.
//!
//! # State keys
//!
//! | key | holds |
//! |---|---|
//! | `fund/{fund}` | what the registry says: fiscal year, competent agency, closed on |
//! | `agency/{agency}` | that it exists |
//! | `project/{fund}/{project}` | what the registry says: membership, group, state |
//! | `group/{fund}/{group}` | that a project names it |
//! | `totals/{fund}` | the running sums of the fund |
//! | `account/{fund}/{holder}` | the balances of one holder: `fund`, `projects/x`, `groups/x`, `agencies/x` |
//! | `entry/{fund}/{entry}` | an entry, its rest, what reversed it |
//!
//! No row grows with the fund: lists in rows hold at most [`NAMED`] names.

mod command;
mod decide;
mod evolve;
mod facts;
mod key;
mod postings;
mod refusal;
mod seen;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Draft, LedgerCommand};
pub(crate) use decide::decide;
pub(crate) use evolve::{evolve, keys};
pub(crate) use facts::fact;
pub(crate) use key::{accounts, entries};
pub(crate) use refusal::resource;
pub use refusal::{Holds, KindWord, LedgerRefusal};
pub(crate) use seen::needs;
pub use state::{
    AccountRow, Detail, Entry, FundFacts, OpenCommitment, ProjectFacts, Side, State, Totals, side,
};

pub(crate) use key::{account as account_key, entry as entry_key, fund as fund_key, totals as totals_key};

/// The most names that a list in a row or a refusal holds.
pub const NAMED: usize = 10;
