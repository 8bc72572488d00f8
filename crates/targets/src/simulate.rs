//! Simulate: each hypothetical command read as its own call would read it.

use jixiao_edge::{Fields, Simulated, Supposing};
use jixiao_eventlog::Log;
use jixiao_proto::jixiao::targets::v1 as pb;
use jixiao_proto::jixiao::targets::v1::simulated_command::Command as C;
use tonic::{Request, Response, Status};

use crate::from_proto;
use crate::log::TargetsDomain;

/// Answers what would follow from the commands of a call; nothing is written.
pub(crate) async fn simulate(
    log: &Log<TargetsDomain>,
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
            Some(C::SetTarget(request)) => supposing.add(request, from_proto::set_target),
            Some(C::ReviseTarget(request)) => supposing.add(request, from_proto::revise_target),
            Some(C::WithdrawTarget(request)) => supposing.add(request, from_proto::withdraw_target),
            Some(C::RecordActual(request)) => supposing.add(request, from_proto::record_actual),
            Some(C::RecordSelfScore(request)) => supposing.add(request, from_proto::record_self_score),
            Some(C::ExplainMiss(request)) => supposing.add(request, from_proto::explain_miss),
        }
    }
    let Simulated { outcomes, not_taken_in, position, .. } = supposing.run(log).await?;
    Ok(Response::new(pb::SimulateResponse { outcomes, not_taken_in, position }))
}
