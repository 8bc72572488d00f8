//! The registry on the wire: parse, execute, answer. No rule and no SQL.

use std::sync::Arc;

use jixiao_edge::{Call, Fields, ListItem, Listing, asked, not_found, read_status};
use jixiao_eventlog::{Log, Part, Query};
use jixiao_events::FundId;
use jixiao_proto::ReadRequest;
use jixiao_proto::jixiao::registry::v1 as pb;
use jixiao_proto::jixiao::registry::v1::registry_service_server::{RegistryService, RegistryServiceServer};
use tonic::{Request, Response, Status};

use crate::domain::{RegistryState, keys};
use crate::log::RegistryDomain;
use crate::{from_proto, simulate, to_proto};

#[cfg(test)]
mod tests;

/// RegistryService over the registry's log.
#[derive(Debug, Clone)]
pub struct Registry {
    log: Arc<Log<RegistryDomain>>,
}

/// RegistryService, ready to be added to a server.
pub fn server(log: Arc<Log<RegistryDomain>>) -> RegistryServiceServer<Registry> {
    RegistryServiceServer::new(Registry::new(log))
}

/// States for a list.
struct Found {
    states: Part<(String, RegistryState)>,
    position: String,
    counts: Vec<pb::FilingCount>,
}

impl Registry {
    /// Over a log.
    pub fn new(log: Arc<Log<RegistryDomain>>) -> Self {
        Self { log }
    }

    /// What is known under a key, if anything, and what that reflects.
    async fn one(
        &self,
        key: String,
        request: &impl ReadRequest,
    ) -> Result<(Option<RegistryState>, String), Status> {
        let moment = asked(&self.log, request).await?;
        let snapshot =
            self.log.read(Query::new().key(&key).at(moment)).await.map_err(|error| read_status(&error))?;
        Ok((snapshot.get(&key).cloned(), snapshot.position))
    }

    /// What a list needs of the states under a prefix.
    async fn all<T: ListItem>(
        &self,
        prefix: &str,
        list: &Listing<T>,
        request: &impl ReadRequest,
    ) -> Result<Found, Status> {
        self.read(None, prefix, list, request).await
    }

    /// What a list needs of what a fund has under a prefix. NOT_FOUND for a fund that is not known.
    async fn of_fund<T: ListItem>(
        &self,
        fund: &FundId,
        prefix: &str,
        list: &Listing<T>,
        request: &impl ReadRequest,
    ) -> Result<Found, Status> {
        self.read(Some(fund), prefix, list, request).await
    }

    async fn read<T: ListItem>(
        &self,
        fund: Option<&FundId>,
        prefix: &str,
        list: &Listing<T>,
        request: &impl ReadRequest,
    ) -> Result<Found, Status> {
        let moment = asked(&self.log, request).await?;
        let query = list.read(Query::new().at(moment), prefix);
        let counted = fund.map(keys::filing_counts).unwrap_or_default();
        let query = query.keys(fund.map(keys::fund)).keys(counted.iter().cloned());
        let mut snapshot = self.log.read(query).await.map_err(|error| read_status(&error))?;
        if let Some(fund) = fund.filter(|fund| snapshot.get(&keys::fund(fund)).is_none()) {
            return Err(not_found("fund", fund.resource(), &snapshot.position));
        }
        let counts = counted.iter().filter_map(|key| match snapshot.get(key) {
            Some(RegistryState::FilingCount(tally)) => Some(to_proto::filing_count(tally)),
            _ => None,
        });
        let counts = counts.collect();
        let states = snapshot.pages.pop().unwrap_or_default();
        Ok(Found { states, position: snapshot.position, counts })
    }
}

#[tonic::async_trait]
impl RegistryService for Registry {
    async fn register_agency(
        &self,
        request: Request<pb::RegisterAgencyRequest>,
    ) -> Result<Response<pb::RegisterAgencyResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::register_agency(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::RegisterAgencyResponse { recorded }))
    }

    async fn reorganize_agencies(
        &self,
        request: Request<pb::ReorganizeAgenciesRequest>,
    ) -> Result<Response<pb::ReorganizeAgenciesResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::reorganize_agencies(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::ReorganizeAgenciesResponse { recorded }))
    }

    async fn create_fund(
        &self,
        request: Request<pb::CreateFundRequest>,
    ) -> Result<Response<pb::CreateFundResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::create_fund(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::CreateFundResponse { recorded }))
    }

    async fn add_fund_document(
        &self,
        request: Request<pb::AddFundDocumentRequest>,
    ) -> Result<Response<pb::AddFundDocumentResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::add_fund_document(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::AddFundDocumentResponse { recorded }))
    }

    async fn close_fund_year(
        &self,
        request: Request<pb::CloseFundYearRequest>,
    ) -> Result<Response<pb::CloseFundYearResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::close_fund_year(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::CloseFundYearResponse { recorded }))
    }

    async fn create_project(
        &self,
        request: Request<pb::CreateProjectRequest>,
    ) -> Result<Response<pb::CreateProjectResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::create_project(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::CreateProjectResponse { recorded }))
    }

    async fn change_project_state(
        &self,
        request: Request<pb::ChangeProjectStateRequest>,
    ) -> Result<Response<pb::ChangeProjectStateResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::change_project_state(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::ChangeProjectStateResponse { recorded }))
    }

    async fn record_tender(
        &self,
        request: Request<pb::RecordTenderRequest>,
    ) -> Result<Response<pb::RecordTenderResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::record_tender(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::RecordTenderResponse { recorded }))
    }

    async fn record_filing(
        &self,
        request: Request<pb::RecordFilingRequest>,
    ) -> Result<Response<pb::RecordFilingResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::record_filing(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::RecordFilingResponse { recorded }))
    }

    async fn state_filing_count(
        &self,
        request: Request<pb::StateFilingCountRequest>,
    ) -> Result<Response<pb::StateFilingCountResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::state_filing_count(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::StateFilingCountResponse { recorded }))
    }

    async fn record_transfer(
        &self,
        request: Request<pb::RecordTransferRequest>,
    ) -> Result<Response<pb::RecordTransferResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::record_transfer(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::RecordTransferResponse { recorded }))
    }

    async fn record_statement(
        &self,
        request: Request<pb::RecordStatementRequest>,
    ) -> Result<Response<pb::RecordStatementResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::record_statement(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::RecordStatementResponse { recorded }))
    }

    async fn get_agency(
        &self,
        request: Request<pb::GetAgencyRequest>,
    ) -> Result<Response<pb::GetAgencyResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let named = fields.agency("name", &request.name);
        let (agency,) = fields.all((named,))?;
        match self.one(keys::agency(&agency), &request).await? {
            (Some(RegistryState::Agency(record)), position) => {
                let agency = Some(to_proto::agency(&record));
                Ok(Response::new(pb::GetAgencyResponse { agency, position }))
            }
            (_, position) => Err(not_found("agency", agency.resource(), &position)),
        }
    }

    async fn get_fund(
        &self,
        request: Request<pb::GetFundRequest>,
    ) -> Result<Response<pb::GetFundResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let named = fields.fund("name", &request.name);
        let (fund,) = fields.all((named,))?;
        match self.one(keys::fund(&fund), &request).await? {
            (Some(RegistryState::Fund(record)), position) => {
                let fund = Some(to_proto::fund(&record));
                Ok(Response::new(pb::GetFundResponse { fund, position }))
            }
            (_, position) => Err(not_found("fund", fund.resource(), &position)),
        }
    }

    async fn get_project(
        &self,
        request: Request<pb::GetProjectRequest>,
    ) -> Result<Response<pb::GetProjectResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let named = fields.project("name", &request.name);
        let ((fund, project),) = fields.all((named,))?;
        match self.one(keys::project(&fund, &project), &request).await? {
            (Some(RegistryState::Project(record)), position) => {
                let project = Some(to_proto::project(&record));
                Ok(Response::new(pb::GetProjectResponse { project, position }))
            }
            (_, position) => Err(not_found("project", fund.project(&project), &position)),
        }
    }

    async fn list_agencies(
        &self,
        request: Request<pb::ListAgenciesRequest>,
    ) -> Result<Response<pb::ListAgenciesResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let list = Listing::open(&mut fields, &request, "agencies");
        let (list,) = fields.all((list,))?;
        let answer = self.all(keys::AGENCIES, &list, &request).await?;
        let Found { states, position, counts: _ } = answer;
        let (agencies, next_page_token) = list.fill(&states, |state| match state {
            RegistryState::Agency(record) => Some(to_proto::agency(record)),
            _ => None,
        })?;
        Ok(Response::new(pb::ListAgenciesResponse { agencies, next_page_token, position }))
    }

    async fn list_funds(
        &self,
        request: Request<pb::ListFundsRequest>,
    ) -> Result<Response<pb::ListFundsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let list = Listing::open(&mut fields, &request, "funds");
        let (list,) = fields.all((list,))?;
        let answer = self.all(keys::FUNDS, &list, &request).await?;
        let Found { states, position, counts: _ } = answer;
        let (funds, next_page_token) = list.fill(&states, |state| match state {
            RegistryState::Fund(record) => Some(to_proto::fund(record)),
            _ => None,
        })?;
        Ok(Response::new(pb::ListFundsResponse { funds, next_page_token, position }))
    }

    async fn list_projects(
        &self,
        request: Request<pb::ListProjectsRequest>,
    ) -> Result<Response<pb::ListProjectsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let list = Listing::open(&mut fields, &request, &format!("projects of {}", request.parent));
        let (fund, list) = fields.all((fund, list))?;
        let prefix = keys::projects(&fund);
        let answer = self.of_fund(&fund, &prefix, &list, &request).await?;
        let Found { states, position, counts: _ } = answer;
        let (projects, next_page_token) = list.fill(&states, |state| match state {
            RegistryState::Project(record) => Some(to_proto::project(record)),
            _ => None,
        })?;
        Ok(Response::new(pb::ListProjectsResponse { projects, next_page_token, position }))
    }

    async fn list_filings(
        &self,
        request: Request<pb::ListFilingsRequest>,
    ) -> Result<Response<pb::ListFilingsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let list = Listing::open(&mut fields, &request, &format!("filings of {}", request.parent));
        let (fund, list) = fields.all((fund, list))?;
        let prefix = keys::filings(&fund);
        let answer = self.of_fund(&fund, &prefix, &list, &request).await?;
        let Found { states, position, counts } = answer;
        let (filings, next_page_token) = list.fill(&states, |state| match state {
            RegistryState::Filing(record) => Some(to_proto::filing(record)),
            _ => None,
        })?;
        Ok(Response::new(pb::ListFilingsResponse { filings, next_page_token, position, counts }))
    }

    async fn list_transfers(
        &self,
        request: Request<pb::ListTransfersRequest>,
    ) -> Result<Response<pb::ListTransfersResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let list = Listing::open(&mut fields, &request, "transfers");
        let (list,) = fields.all((list,))?;
        let answer = self.all(keys::TRANSFERS, &list, &request).await?;
        let Found { states, position, counts: _ } = answer;
        let (transfers, next_page_token) = list.fill(&states, |state| match state {
            RegistryState::Transfer(record) => Some(to_proto::transfer(record)),
            _ => None,
        })?;
        Ok(Response::new(pb::ListTransfersResponse { transfers, next_page_token, position }))
    }

    async fn list_statements(
        &self,
        request: Request<pb::ListStatementsRequest>,
    ) -> Result<Response<pb::ListStatementsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let list = Listing::open(&mut fields, &request, &format!("statements of {}", request.parent));
        let (fund, list) = fields.all((fund, list))?;
        let prefix = keys::statements(&fund);
        let answer = self.of_fund(&fund, &prefix, &list, &request).await?;
        let Found { states, position, counts: _ } = answer;
        let (statements, next_page_token) = list.fill(&states, |state| match state {
            RegistryState::Statement(record) => Some(to_proto::statement(record)),
            _ => None,
        })?;
        Ok(Response::new(pb::ListStatementsResponse { statements, next_page_token, position }))
    }

    async fn simulate(
        &self,
        request: Request<pb::SimulateRequest>,
    ) -> Result<Response<pb::SimulateResponse>, Status> {
        simulate::simulate(&self.log, request).await
    }
}
