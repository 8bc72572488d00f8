//! From the wire to commands: every bad field of a request at once. Public for clients that check before they write.

use jixiao_edge::Fields;
use jixiao_events::ledger::{Direction, Scope, Share, StatedMoney};
use jixiao_events::{Approval, EntryId, FundId, Money, PartialDate};
use jixiao_proto::google::r#type::Money as PbMoney;
use jixiao_proto::jixiao::ledger::v1 as pb;
use jixiao_proto::jixiao::types::v1::Approval as PbApproval;
use tonic::Status;

use crate::domain::{Draft, LedgerCommand};

/// What the command is about, by name, and the command.
pub type Named = (String, LedgerCommand);

/// The most characters of a contract's number.
const CONTRACT: usize = 100;
/// The most characters of a source.
const SOURCE: usize = 300;
/// The most characters of a reason.
const REASON: usize = 2_000;
/// The most parts of a split: they stay far below an event's bound.
const PARTS: usize = 100;

/// A [`LedgerCommand::ApproveBudget`].
pub fn approve_budget(request: &pb::ApproveBudgetRequest, mut fields: Fields) -> Result<Named, Status> {
    let draft = draft(&mut fields, request, Need::Optional);
    let agency = match request.agency.as_str() {
        "" => None,
        agency => fields.agency("agency", agency),
    };
    let (draft,) = fields.all((draft,))?;
    Ok(named(draft, |draft| LedgerCommand::ApproveBudget { draft, agency }))
}

/// A [`LedgerCommand::AdjustBudget`].
pub fn adjust_budget(request: &pb::AdjustBudgetRequest, mut fields: Fields) -> Result<Named, Status> {
    let draft = draft(&mut fields, request, Need::Required);
    let direction =
        fields.choice("direction", request.direction, |direction: pb::Direction| match direction {
            pb::Direction::Unspecified => None,
            pb::Direction::Increase => Some(Direction::Increase),
            pb::Direction::Decrease => Some(Direction::Decrease),
        });
    let (draft, direction) = fields.all((draft, direction))?;
    Ok(named(draft, |draft| LedgerCommand::AdjustBudget { draft, direction }))
}

/// A [`LedgerCommand::TransferBudget`].
pub fn transfer_budget(request: &pb::TransferBudgetRequest, mut fields: Fields) -> Result<Named, Status> {
    let draft = draft(&mut fields, request, Need::Optional);
    let from = fields.agency("from_agency", &request.from_agency);
    let to = fields.agency("to_agency", &request.to_agency);
    let (draft, from, to) = fields.all((draft, from, to))?;
    Ok(named(draft, |draft| LedgerCommand::TransferBudget { draft, from, to }))
}

/// A [`LedgerCommand::SplitBudget`].
pub fn split_budget(request: &pb::SplitBudgetRequest, mut fields: Fields) -> Result<Named, Status> {
    let draft = draft(&mut fields, request, Need::Optional);
    let count = request.parts.len();
    if count == 0 {
        fields.violation("parts", "REQUIRED", "is required: name at least one agency and its part");
    } else if count > PARTS {
        fields.violation("parts", "TOO_MANY", format!("holds {count} parts, at most {PARTS} are kept"));
    }
    let mut part = |(at, part): (usize, &pb::Share)| {
        let agency = fields.agency(&format!("parts[{at}].agency"), &part.agency);
        let amount = fields.money(&format!("parts[{at}].amount"), part.amount.as_ref());
        Some(Share { agency: agency?, amount: amount? })
    };
    let parts: Vec<_> = request.parts.iter().take(PARTS).enumerate().map(&mut part).collect();
    let (draft, parts) = fields.all((draft, parts.into_iter().collect::<Option<Vec<_>>>()))?;
    Ok(named(draft, |draft| LedgerCommand::SplitBudget { draft, parts }))
}

/// A [`LedgerCommand::AllocateBudget`].
pub fn allocate_budget(request: &pb::AllocateBudgetRequest, mut fields: Fields) -> Result<Named, Status> {
    let draft = draft(&mut fields, request, Need::Optional);
    let (draft,) = fields.all((draft,))?;
    Ok(named(draft, LedgerCommand::AllocateBudget))
}

/// A [`LedgerCommand::CommitMoney`].
pub fn commit_money(request: &pb::CommitMoneyRequest, mut fields: Fields) -> Result<Named, Status> {
    let draft = draft(&mut fields, request, Need::Optional);
    let contract = fields.required_text("contract", &request.contract, CONTRACT);
    let (draft, contract) = fields.all((draft, contract))?;
    Ok(named(draft, |draft| LedgerCommand::CommitMoney { draft, contract }))
}

/// A [`LedgerCommand::RecordReceipt`].
pub fn record_receipt(request: &pb::RecordReceiptRequest, mut fields: Fields) -> Result<Named, Status> {
    let draft = draft(&mut fields, request, Need::Optional);
    let (draft,) = fields.all((draft,))?;
    Ok(named(draft, LedgerCommand::RecordReceipt))
}

/// A [`LedgerCommand::RequestPayment`].
pub fn request_payment(request: &pb::RequestPaymentRequest, mut fields: Fields) -> Result<Named, Status> {
    let draft = draft(&mut fields, request, Need::Optional);
    let commitment = sibling(&mut fields, "commitment", &request.commitment, draft.as_ref());
    let (draft,) = fields.all((draft,))?;
    Ok(named(draft, |draft| LedgerCommand::RequestPayment { draft, commitment }))
}

/// A [`LedgerCommand::RecordPayment`].
pub fn record_payment(request: &pb::RecordPaymentRequest, mut fields: Fields) -> Result<Named, Status> {
    let draft = draft(&mut fields, request, Need::Optional);
    let settles = sibling(&mut fields, "payment_request", &request.payment_request, draft.as_ref());
    let (draft,) = fields.all((draft,))?;
    let is_final = request.final_payment;
    Ok(named(draft, |draft| LedgerCommand::RecordPayment { draft, request: settles, is_final }))
}

/// A [`LedgerCommand::RecordRefund`].
pub fn record_refund(request: &pb::RecordRefundRequest, mut fields: Fields) -> Result<Named, Status> {
    let draft = draft(&mut fields, request, Need::Optional);
    let (draft,) = fields.all((draft,))?;
    Ok(named(draft, LedgerCommand::RecordRefund))
}

/// A [`LedgerCommand::ReverseEntry`].
pub fn reverse_entry(request: &pb::ReverseEntryRequest, mut fields: Fields) -> Result<Named, Status> {
    let of = fields.entry("name", &request.name);
    let entry = fields.id("entry_id", &request.entry_id);
    let on = fields.date("on", &request.on);
    let approval = fields.approval("approval", request.approval.as_ref());
    let source = fields.text("source", &request.source, SOURCE);
    let ((fund, of), entry, on, approval) = fields.all((of, entry, on, approval))?;
    let name = fund.entry(&entry);
    Ok((name, LedgerCommand::ReverseEntry { fund, of, entry, on, approval, source }))
}

/// A [`LedgerCommand::ExplainUnspent`].
pub fn explain_unspent(request: &pb::ExplainUnspentRequest, mut fields: Fields) -> Result<Named, Status> {
    let scope = scope(&mut fields, &request.scope);
    let entry: Option<EntryId> = fields.id("entry_id", &request.entry_id);
    let amount = fields.money("amount", request.amount.as_ref());
    let reason = fields.required_text("reason", &request.reason, REASON);
    let source = fields.text("source", &request.source, SOURCE);
    let ((fund, scope), entry, amount, reason) = fields.all((scope, entry, amount, reason))?;
    let name = fund.entry(&entry);
    Ok((name, LedgerCommand::ExplainUnspent { fund, entry, scope, amount, reason, source }))
}

/// A [`LedgerCommand::StateMoney`].
pub fn state_money(request: &pb::StateMoneyRequest, mut fields: Fields) -> Result<Named, Status> {
    let scope = scope(&mut fields, &request.scope);
    let entry: Option<EntryId> = fields.id("entry_id", &request.entry_id);
    let amount = fields.money("amount", request.amount.as_ref());
    let kind = fields.choice("kind", request.kind, |kind: pb::StatedMoney| match kind {
        pb::StatedMoney::Unspecified => None,
        pb::StatedMoney::Arranged => Some(StatedMoney::Arranged),
        pb::StatedMoney::Paid => Some(StatedMoney::Paid),
        pb::StatedMoney::Unspent => Some(StatedMoney::Unspent),
    });
    let source = fields.text("source", &request.source, SOURCE);
    let ((fund, scope), entry, amount, kind) = fields.all((scope, entry, amount, kind))?;
    let name = fund.entry(&entry);
    Ok((name, LedgerCommand::StateMoney { fund, entry, scope, kind, amount, source }))
}

fn named(draft: Draft, command: impl FnOnce(Draft) -> LedgerCommand) -> Named {
    (draft.fund.entry(&draft.entry), command(draft))
}

/// Whether an approval has to be given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
}

/// The fields that all requests for a movement have.
struct Parts<'a> {
    scope: &'a str,
    entry_id: &'a str,
    amount: Option<&'a PbMoney>,
    on: &'a str,
    approval: Option<&'a PbApproval>,
    source: &'a str,
}

trait Movement {
    fn parts(&self) -> Parts<'_>;
}

macro_rules! movements {
    ($($request:ident),+ $(,)?) => {
        $(impl Movement for pb::$request {
            fn parts(&self) -> Parts<'_> {
                Parts {
                    scope: &self.scope,
                    entry_id: &self.entry_id,
                    amount: self.amount.as_ref(),
                    on: &self.on,
                    approval: self.approval.as_ref(),
                    source: &self.source,
                }
            }
        })+
    };
}

movements!(
    ApproveBudgetRequest,
    AdjustBudgetRequest,
    TransferBudgetRequest,
    SplitBudgetRequest,
    AllocateBudgetRequest,
    CommitMoneyRequest,
    RecordReceiptRequest,
    RequestPaymentRequest,
    RecordPaymentRequest,
    RecordRefundRequest,
);

fn draft(fields: &mut Fields, request: &impl Movement, approval_is: Need) -> Option<Draft> {
    let parts = request.parts();
    let scope = scope(fields, parts.scope);
    let entry: Option<EntryId> = fields.id("entry_id", parts.entry_id);
    let amount: Option<Money> = fields.money("amount", parts.amount);
    let on: Option<PartialDate> = fields.date("on", parts.on);
    let approval: Option<Approval> = match approval_is {
        Need::Required => fields.approval("approval", parts.approval),
        Need::Optional => fields.optional_approval("approval", parts.approval),
    };
    let source = fields.text("source", parts.source, SOURCE);
    let (fund, scope) = scope?;
    Some(Draft { fund, entry: entry?, scope, amount: amount?, on: on?, approval: approval?, source })
}

/// `funds/{fund}`, `funds/{fund}/projects/{project}` or `funds/{fund}/groups/{group}`
fn scope(fields: &mut Fields, name: &str) -> Option<(FundId, Scope)> {
    if name.contains("/projects/") {
        fields.project("scope", name).map(|(fund, project)| (fund, Scope::Project { project }))
    } else if name.contains("/groups/") {
        fields.group("scope", name).map(|(fund, group)| (fund, Scope::Group { group }))
    } else {
        fields.fund("scope", name).map(|fund| (fund, Scope::Fund))
    }
}

/// Another entry of the same fund; `None` where none is named.
fn sibling(fields: &mut Fields, field: &str, name: &str, draft: Option<&Draft>) -> Option<EntryId> {
    if name.is_empty() {
        return None;
    }
    let (fund, entry) = fields.entry(field, name)?;
    if draft.is_some_and(|draft| draft.fund != fund) {
        fields.violation(field, "OTHER_FUND", format!("is an entry of {fund}, not of the scope's fund"));
        return None;
    }
    Some(entry)
}
