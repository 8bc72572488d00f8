//! From what is known, and from refusals, to the wire.

use jixiao_edge::{RefusalKind, Refuse, pb_approval, pb_money};
use jixiao_eventlog::event::recorded_text;
use jixiao_events::budget::{Denominator, Reading};
use jixiao_events::ledger::{Account, AccountKind, EntryKind, Holder, Posting, Share, StatedMoney};
use jixiao_events::{AgencyId, FundId, Money, Number};
use jixiao_proto::jixiao::ledger::v1 as pb;

use crate::domain::{AccountRow, Detail, Entry, FundFacts, LedgerRefusal, Side, Totals, resource, side};
use crate::zh;

/// `accounts` are the fund's own.
pub(crate) fn budget(
    fund: &FundId,
    facts: &FundFacts,
    totals: &Totals,
    accounts: Option<&AccountRow>,
) -> pb::Budget {
    let budget = totals.budget();
    let unspent = budget.unspent();
    let adjustment = |reading| percent(budget.adjustment_rate_percent(reading));
    let execution = |denominator| percent(budget.execution_rate_percent(denominator));
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    pb::Budget {
        name: fund.resource(),
        fiscal_year: facts.fiscal_year.into(),
        closed_on: facts.closed_on.map(|on| on.to_string()).unwrap_or_default(),
        original: Some(pb_money(totals.original)),
        increases: Some(pb_money(totals.increases)),
        decreases: Some(pb_money(totals.decreases)),
        adjustments: count(totals.adjustments),
        adjusted: Some(pb_money(budget.adjusted())),
        transferred: Some(pb_money(totals.transferred)),
        allocated: Some(pb_money(totals.allocated)),
        available: Some(pb_money(
            accounts.map(|row| row.balance(AccountKind::Available)).unwrap_or_default(),
        )),
        committed: Some(pb_money(totals.committed)),
        requested: Some(pb_money(totals.requested)),
        received: Some(pb_money(totals.received)),
        paid: Some(pb_money(totals.paid)),
        refunded: Some(pb_money(totals.refunded)),
        unspent: Some(pb_money(unspent)),
        unspent_explained: Some(pb_money(totals.explained)),
        unspent_unexplained: Some(pb_money(unspent - totals.explained)),
        adjustment_rates: Some(pb::AdjustmentRates {
            gross: adjustment(Reading::Gross),
            net: adjustment(Reading::Net),
            signed_net: adjustment(Reading::SignedNet),
            cuts_only: adjustment(Reading::CutsOnly),
        }),
        execution_rates: Some(pb::ExecutionRates {
            original: execution(Denominator::Original),
            adjusted: execution(Denominator::Adjusted),
            received: execution(Denominator::Received),
        }),
        payments_over_limit: count(totals.payments_over_limit),
        over_limit_payments: totals.over_limit_payments.iter().map(|entry| fund.entry(entry)).collect(),
    }
}

fn percent(rate: Option<Number>) -> String {
    rate.map(|rate| rate.to_string()).unwrap_or_default()
}

pub(crate) fn accounts(fund: &FundId, row: &AccountRow) -> pb::HolderAccounts {
    let balance = |(kind, amount): (&AccountKind, &Money)| pb::Balance {
        kind: account_kind(*kind).into(),
        normal_side: match side(*kind) {
            Side::Debit => pb::NormalSide::Debit,
            Side::Credit => pb::NormalSide::Credit,
        }
        .into(),
        amount: Some(pb_money(*amount)),
    };
    pb::HolderAccounts {
        holder: holder(fund, &row.holder),
        balances: row.balances.iter().map(balance).collect(),
    }
}

pub(crate) fn entry(entry: &Entry) -> pb::Entry {
    let fund = &entry.fund;
    let mut written = pb::Entry {
        name: fund.entry(&entry.entry),
        kind: kind(entry.kind).into(),
        scope: resource(fund, &entry.scope),
        amount: Some(pb_money(entry.amount)),
        on: entry.on.map(|on| on.to_string()).unwrap_or_default(),
        approval: entry.approval.as_ref().map(pb_approval),
        source: entry.source.clone().unwrap_or_default(),
        postings: entry.postings.iter().map(|each| posting(fund, each)).collect(),
        reversed_by: entry.reversed_by.as_ref().map(|by| fund.entry(by)).unwrap_or_default(),
        rest: entry.rest.map(pb_money),
        over_limit: entry.over_limit.map(pb_money),
        refers_to: entry.refers_to.as_ref().map(|other| fund.entry(other)).unwrap_or_default(),
        event_id: entry.event_id.clone(),
        recorded_time: recorded_text(entry.recorded_time),
        actor: entry.actor.clone(),
        ..pb::Entry::default()
    };
    match &entry.detail {
        Detail::None => {}
        Detail::FinalPayment => written.final_payment = true,
        Detail::Contract(contract) => written.contract.clone_from(contract),
        Detail::Reason(reason) => written.reason.clone_from(reason),
        Detail::Stated(stated) => written.stated = self::stated(*stated).into(),
        Detail::Agencies { from, to } => {
            written.from_agency = from.resource();
            written.to_agency = to.resource();
        }
        Detail::Parts(parts) => written.parts = parts.iter().map(share).collect(),
    }
    written
}

fn share(share: &Share) -> pb::Share {
    pb::Share { agency: share.agency.resource(), amount: Some(pb_money(share.amount)) }
}

fn posting(fund: &FundId, posting: &Posting) -> pb::Posting {
    let account = |Account { holder: whose, kind }: &Account| pb::Account {
        holder: holder(fund, whose),
        kind: account_kind(*kind).into(),
    };
    pb::Posting {
        debit: Some(account(&posting.debit)),
        credit: Some(account(&posting.credit)),
        amount: Some(pb_money(posting.amount)),
    }
}

fn holder(fund: &FundId, holder: &Holder) -> String {
    match holder {
        Holder::Fund => fund.resource(),
        Holder::Project { project } => fund.project(project),
        Holder::Group { group } => fund.group(group),
        Holder::Agency { agency } => agency.resource(),
    }
}

fn kind(kind: EntryKind) -> pb::EntryKind {
    match kind {
        EntryKind::OriginalBudget => pb::EntryKind::OriginalBudget,
        EntryKind::Increase => pb::EntryKind::Increase,
        EntryKind::Decrease => pb::EntryKind::Decrease,
        EntryKind::Transfer => pb::EntryKind::Transfer,
        EntryKind::Split => pb::EntryKind::Split,
        EntryKind::Allocation => pb::EntryKind::Allocation,
        EntryKind::Commitment => pb::EntryKind::Commitment,
        EntryKind::Receipt => pb::EntryKind::Receipt,
        EntryKind::PaymentRequest => pb::EntryKind::PaymentRequest,
        EntryKind::Payment => pb::EntryKind::Payment,
        EntryKind::Refund => pb::EntryKind::Refund,
        EntryKind::Reversal => pb::EntryKind::Reversal,
        EntryKind::UnspentExplanation => pb::EntryKind::UnspentExplanation,
        EntryKind::Statement => pb::EntryKind::Statement,
    }
}

fn account_kind(kind: AccountKind) -> pb::AccountKind {
    match kind {
        AccountKind::Appropriation => pb::AccountKind::Appropriation,
        AccountKind::Available => pb::AccountKind::Available,
        AccountKind::Committed => pb::AccountKind::Committed,
        AccountKind::Requested => pb::AccountKind::Requested,
        AccountKind::Paid => pb::AccountKind::Paid,
        AccountKind::Refunded => pb::AccountKind::Refunded,
        AccountKind::Treasury => pb::AccountKind::Treasury,
        AccountKind::Cash => pb::AccountKind::Cash,
        AccountKind::PaidOut => pb::AccountKind::PaidOut,
        AccountKind::Appropriated => pb::AccountKind::Appropriated,
        AccountKind::Holding => pb::AccountKind::Holding,
        AccountKind::BeforeSplit => pb::AccountKind::BeforeSplit,
        AccountKind::Share => pb::AccountKind::Share,
    }
}

fn stated(kind: StatedMoney) -> pb::StatedMoney {
    match kind {
        StatedMoney::Arranged => pb::StatedMoney::Arranged,
        StatedMoney::Paid => pb::StatedMoney::Paid,
        StatedMoney::Unspent => pb::StatedMoney::Unspent,
    }
}

impl Refuse for LedgerRefusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::AmountNotPositive(_)
            | Self::ScopeNotFund
            | Self::ScopeIsFund
            | Self::SameAgency(_)
            | Self::PartNotPositive { .. }
            | Self::AgencyTwice(_)
            | Self::PartsDoNotAddUp { .. } => RefusalKind::InvalidArgument,
            Self::FundUnknown(_)
            | Self::ProjectUnknown { .. }
            | Self::GroupUnknown { .. }
            | Self::AgencyUnknown(_)
            | Self::EntryUnknown { .. } => RefusalKind::NotFound,
            Self::EntryExists { .. } => RefusalKind::AlreadyExists,
            Self::NotACommitment { .. }
            | Self::NotAPaymentRequest { .. }
            | Self::ScopeDiffers { .. }
            | Self::IsReversal { .. }
            | Self::AlreadyReversed { .. }
            | Self::YearClosed { .. }
            | Self::BudgetAlreadyApproved { .. }
            | Self::BudgetNotApproved(_)
            | Self::ProjectOutsideFund { .. }
            | Self::CommitmentDrawnOn { .. }
            | Self::RequestPaid { .. }
            | Self::HoldingExceeded { .. }
            | Self::CommitmentExceeded { .. }
            | Self::AvailableExceeded { .. }
            | Self::AppropriationCut { .. } => RefusalKind::FailedPrecondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::AmountNotPositive(_) => "AMOUNT_NOT_POSITIVE",
            Self::ScopeNotFund => "SCOPE_NOT_FUND",
            Self::ScopeIsFund => "SCOPE_IS_FUND",
            Self::SameAgency(_) => "SAME_AGENCY",
            Self::PartNotPositive { .. } => "PART_NOT_POSITIVE",
            Self::AgencyTwice(_) => "AGENCY_TWICE",
            Self::PartsDoNotAddUp { .. } => "PARTS_DO_NOT_ADD_UP",
            Self::FundUnknown(_) => "FUND_UNKNOWN",
            Self::ProjectUnknown { .. } => "PROJECT_UNKNOWN",
            Self::GroupUnknown { .. } => "GROUP_UNKNOWN",
            Self::AgencyUnknown(_) => "AGENCY_UNKNOWN",
            Self::EntryExists { .. } => "ENTRY_EXISTS",
            Self::EntryUnknown { .. } => "ENTRY_UNKNOWN",
            Self::NotACommitment { .. } => "NOT_A_COMMITMENT",
            Self::NotAPaymentRequest { .. } => "NOT_A_PAYMENT_REQUEST",
            Self::ScopeDiffers { .. } => "SCOPE_DIFFERS",
            Self::IsReversal { .. } => "IS_REVERSAL",
            Self::AlreadyReversed { .. } => "ALREADY_REVERSED",
            Self::YearClosed { .. } => "YEAR_CLOSED",
            Self::BudgetAlreadyApproved { .. } => "BUDGET_ALREADY_APPROVED",
            Self::BudgetNotApproved(_) => "BUDGET_NOT_APPROVED",
            Self::ProjectOutsideFund { .. } => "PROJECT_OUTSIDE_FUND",
            Self::CommitmentDrawnOn { .. } => "COMMITMENT_DRAWN_ON",
            Self::RequestPaid { .. } => "REQUEST_PAID",
            Self::HoldingExceeded { .. } => "HOLDING_EXCEEDED",
            Self::CommitmentExceeded { .. } => "COMMITMENT_EXCEEDED",
            Self::AvailableExceeded { .. } => "AVAILABLE_EXCEEDED",
            Self::AppropriationCut { .. } => "APPROPRIATION_CUT",
        }
    }

    fn zh(&self) -> String {
        zh::refusal(self)
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        let agency = |agency: &AgencyId| Some(("agency", agency.resource()));
        let scoped = |fund: &FundId, scope| Some(("scope", resource(fund, scope)));
        match self {
            Self::AmountNotPositive(_)
            | Self::ScopeNotFund
            | Self::ScopeIsFund
            | Self::PartsDoNotAddUp { .. } => None,
            Self::SameAgency(id)
            | Self::AgencyTwice(id)
            | Self::AgencyUnknown(id)
            | Self::PartNotPositive { agency: id, .. }
            | Self::HoldingExceeded { agency: id, .. } => agency(id),
            Self::FundUnknown(fund) | Self::YearClosed { fund, .. } | Self::BudgetNotApproved(fund) => {
                Some(("fund", fund.resource()))
            }
            Self::ProjectUnknown { fund, project } | Self::ProjectOutsideFund { fund, project, .. } => {
                Some(("project", fund.project(project)))
            }
            Self::GroupUnknown { fund, group } => Some(("group", fund.group(group))),
            Self::EntryExists { fund, entry, .. }
            | Self::EntryUnknown { fund, entry }
            | Self::NotACommitment { fund, entry, .. }
            | Self::NotAPaymentRequest { fund, entry, .. }
            | Self::ScopeDiffers { fund, entry, .. }
            | Self::IsReversal { fund, entry }
            | Self::AlreadyReversed { fund, entry, .. }
            | Self::BudgetAlreadyApproved { fund, entry }
            | Self::CommitmentDrawnOn { fund, entry, .. }
            | Self::RequestPaid { fund, entry, .. }
            | Self::CommitmentExceeded { fund, commitment: entry, .. } => Some(("entry", fund.entry(entry))),
            Self::AvailableExceeded { fund, scope, .. } | Self::AppropriationCut { fund, scope, .. } => {
                scoped(fund, scope)
            }
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::AmountNotPositive(_)
            | Self::HoldingExceeded { .. }
            | Self::CommitmentExceeded { .. }
            | Self::AvailableExceeded { .. } => Some("amount"),
            Self::ScopeNotFund
            | Self::ScopeIsFund
            | Self::FundUnknown(_)
            | Self::ProjectUnknown { .. }
            | Self::GroupUnknown { .. }
            | Self::ProjectOutsideFund { .. } => Some("scope"),
            Self::SameAgency(_) => Some("to_agency"),
            Self::PartNotPositive { .. } | Self::AgencyTwice(_) | Self::PartsDoNotAddUp { .. } => {
                Some("parts")
            }
            Self::EntryExists { .. } => Some("entry_id"),
            Self::NotACommitment { .. } => Some("commitment"),
            Self::NotAPaymentRequest { .. } => Some("payment_request"),
            // These can be about one of several fields.
            Self::AgencyUnknown(_)
            | Self::EntryUnknown { .. }
            | Self::ScopeDiffers { .. }
            | Self::IsReversal { .. }
            | Self::AlreadyReversed { .. }
            | Self::YearClosed { .. }
            | Self::BudgetAlreadyApproved { .. }
            | Self::BudgetNotApproved(_)
            | Self::CommitmentDrawnOn { .. }
            | Self::RequestPaid { .. }
            | Self::AppropriationCut { .. } => None,
        }
    }
}
