//! Simulate: each hypothetical command read as its own call would read it.

use jixiao_edge::{Fields, Simulated, Supposing};
use jixiao_eventlog::Log;
use jixiao_proto::jixiao::ledger::v1 as pb;
use jixiao_proto::jixiao::ledger::v1::simulated_command::Command as C;
use tonic::{Request, Response, Status};

use crate::from_proto;
use crate::log::LedgerDomain;

/// Answers what would follow from the commands of a call; nothing is written.
pub(crate) async fn simulate(
    log: &Log<LedgerDomain>,
    request: Request<pb::SimulateRequest>,
) -> Result<Response<pb::SimulateResponse>, Status> {
    let (metadata, _, request) = request.into_parts();
    let pb::SimulateRequest { commands, foreign_events, wait_for } = request;
    let mut fields = Fields::new();
    let supposing = Supposing::open(metadata, commands.len(), &foreign_events, wait_for, &mut fields);
    let (mut supposing,) = fields.all((supposing,))?;
    for pb::SimulatedCommand { command } in commands {
        match command {
            None => supposing.add_nothing(),
            Some(C::ApproveBudget(request)) => supposing.add(request, from_proto::approve_budget),
            Some(C::AdjustBudget(request)) => supposing.add(request, from_proto::adjust_budget),
            Some(C::TransferBudget(request)) => supposing.add(request, from_proto::transfer_budget),
            Some(C::SplitBudget(request)) => supposing.add(request, from_proto::split_budget),
            Some(C::AllocateBudget(request)) => supposing.add(request, from_proto::allocate_budget),
            Some(C::CommitMoney(request)) => supposing.add(request, from_proto::commit_money),
            Some(C::RecordReceipt(request)) => supposing.add(request, from_proto::record_receipt),
            Some(C::RequestPayment(request)) => supposing.add(request, from_proto::request_payment),
            Some(C::RecordPayment(request)) => supposing.add(request, from_proto::record_payment),
            Some(C::RecordRefund(request)) => supposing.add(request, from_proto::record_refund),
            Some(C::ReverseEntry(request)) => supposing.add(request, from_proto::reverse_entry),
            Some(C::ExplainUnspent(request)) => supposing.add(request, from_proto::explain_unspent),
            Some(C::StateMoney(request)) => supposing.add(request, from_proto::state_money),
        }
    }
    let Simulated { outcomes, not_taken_in, position, .. } = supposing.run(log).await?;
    Ok(Response::new(pb::SimulateResponse { outcomes, not_taken_in, position }))
}
