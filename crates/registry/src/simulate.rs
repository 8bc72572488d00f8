//! Simulate: each hypothetical command read as its own call would read it.

use jixiao_edge::{Fields, Simulated, Supposing};
use jixiao_eventlog::Log;
use jixiao_proto::jixiao::registry::v1 as pb;
use jixiao_proto::jixiao::registry::v1::simulated_command::Command as C;
use tonic::{Request, Response, Status};

use crate::from_proto;
use crate::log::RegistryDomain;

/// Answers what would follow from the commands of a call; nothing is written.
pub(crate) async fn simulate(
    log: &Log<RegistryDomain>,
    request: Request<pb::SimulateRequest>,
) -> Result<Response<pb::SimulateResponse>, Status> {
    let (metadata, _, request) = request.into_parts();
    let pb::SimulateRequest { commands, wait_for } = request;
    let mut fields = Fields::new();
    let supposing = Supposing::open(metadata, commands.len(), &[], wait_for, &mut fields);
    let (mut supposing,) = fields.all((supposing,))?;
    for pb::SimulatedCommand { command } in commands {
        match command {
            None => supposing.add_nothing(),
            Some(C::RegisterAgency(request)) => supposing.add(request, from_proto::register_agency),
            Some(C::ReorganizeAgencies(request)) => supposing.add(request, from_proto::reorganize_agencies),
            Some(C::CreateFund(request)) => supposing.add(request, from_proto::create_fund),
            Some(C::AddFundDocument(request)) => supposing.add(request, from_proto::add_fund_document),
            Some(C::CloseFundYear(request)) => supposing.add(request, from_proto::close_fund_year),
            Some(C::CreateProject(request)) => supposing.add(request, from_proto::create_project),
            Some(C::ChangeProjectState(request)) => supposing.add(request, from_proto::change_project_state),
            Some(C::RecordTender(request)) => supposing.add(request, from_proto::record_tender),
            Some(C::RecordFiling(request)) => supposing.add(request, from_proto::record_filing),
            Some(C::StateFilingCount(request)) => supposing.add(request, from_proto::state_filing_count),
            Some(C::RecordTransfer(request)) => supposing.add(request, from_proto::record_transfer),
            Some(C::RecordStatement(request)) => supposing.add(request, from_proto::record_statement),
        }
    }
    let Simulated { outcomes, position, .. } = supposing.run(log).await?;
    Ok(Response::new(pb::SimulateResponse { outcomes, position }))
}
