//! The ledger on the wire: parse, execute, answer. No rule and no SQL.

use std::sync::Arc;

use jixiao_edge::{Call, Fields, ListItem, Listing, asked, not_found, read_status};
use jixiao_eventlog::{Log, Moment, Part, Query, Snapshot};
use jixiao_events::FundId;
use jixiao_events::ledger::Holder;
use jixiao_proto::jixiao::ledger::v1 as pb;
use jixiao_proto::jixiao::ledger::v1::ledger_service_server::{LedgerService, LedgerServiceServer};
use tonic::{Request, Response, Status};

use crate::domain::{self, FundFacts, State, Totals};
use crate::log::LedgerDomain;
use crate::{from_proto, simulate, to_proto};

/// LedgerService over the ledger's log.
#[derive(Debug, Clone)]
pub struct Ledger {
    log: Arc<Log<LedgerDomain>>,
}

/// LedgerService, ready to be added to a server.
pub fn server(log: Arc<Log<LedgerDomain>>) -> LedgerServiceServer<Ledger> {
    LedgerServiceServer::new(Ledger::new(log))
}

impl Ledger {
    /// Over a log.
    pub fn new(log: Arc<Log<LedgerDomain>>) -> Self {
        Self { log }
    }

    async fn read(&self, query: Query) -> Result<Snapshot<State>, Status> {
        self.log.read(query).await.map_err(|error| read_status(&error))
    }

    /// What a list needs of what a fund has under a prefix. NOT_FOUND for a fund that the ledger has not seen.
    async fn listed<T: ListItem>(
        &self,
        fund: &FundId,
        prefix: String,
        list: &Listing<T>,
        moment: Moment,
    ) -> Result<Listed, Status> {
        let query = list.read(Query::new().key(domain::fund_key(fund)).at(moment), prefix);
        let mut snapshot = self.read(query).await?;
        known(&snapshot, fund)?;
        Ok(Listed { states: snapshot.pages.pop().unwrap_or_default(), position: snapshot.position })
    }
}

/// States for a list.
struct Listed {
    states: Part<(String, State)>,
    position: String,
}

fn known<'a>(snapshot: &'a Snapshot<State>, fund: &FundId) -> Result<&'a FundFacts, Status> {
    match snapshot.get(&domain::fund_key(fund)) {
        Some(State::Fund(facts)) => Ok(facts),
        _ => Err(not_found("fund", fund.resource(), &snapshot.position)),
    }
}

/// The write calls: each parses, executes and answers in the same way.
macro_rules! written {
    ($self:ident, $request:ident, $parse:ident, $response:ident) => {{
        let (call, request, fields) = Call::open($request);
        let (name, command) = from_proto::$parse(&request, fields)?;
        let recorded = Some(call.execute(&$self.log, name, command).await?);
        Ok(Response::new(pb::$response { recorded }))
    }};
}

#[tonic::async_trait]
impl LedgerService for Ledger {
    async fn approve_budget(
        &self,
        request: Request<pb::ApproveBudgetRequest>,
    ) -> Result<Response<pb::ApproveBudgetResponse>, Status> {
        written!(self, request, approve_budget, ApproveBudgetResponse)
    }

    async fn adjust_budget(
        &self,
        request: Request<pb::AdjustBudgetRequest>,
    ) -> Result<Response<pb::AdjustBudgetResponse>, Status> {
        written!(self, request, adjust_budget, AdjustBudgetResponse)
    }

    async fn transfer_budget(
        &self,
        request: Request<pb::TransferBudgetRequest>,
    ) -> Result<Response<pb::TransferBudgetResponse>, Status> {
        written!(self, request, transfer_budget, TransferBudgetResponse)
    }

    async fn split_budget(
        &self,
        request: Request<pb::SplitBudgetRequest>,
    ) -> Result<Response<pb::SplitBudgetResponse>, Status> {
        written!(self, request, split_budget, SplitBudgetResponse)
    }

    async fn allocate_budget(
        &self,
        request: Request<pb::AllocateBudgetRequest>,
    ) -> Result<Response<pb::AllocateBudgetResponse>, Status> {
        written!(self, request, allocate_budget, AllocateBudgetResponse)
    }

    async fn commit_money(
        &self,
        request: Request<pb::CommitMoneyRequest>,
    ) -> Result<Response<pb::CommitMoneyResponse>, Status> {
        written!(self, request, commit_money, CommitMoneyResponse)
    }

    async fn record_receipt(
        &self,
        request: Request<pb::RecordReceiptRequest>,
    ) -> Result<Response<pb::RecordReceiptResponse>, Status> {
        written!(self, request, record_receipt, RecordReceiptResponse)
    }

    async fn request_payment(
        &self,
        request: Request<pb::RequestPaymentRequest>,
    ) -> Result<Response<pb::RequestPaymentResponse>, Status> {
        written!(self, request, request_payment, RequestPaymentResponse)
    }

    async fn record_payment(
        &self,
        request: Request<pb::RecordPaymentRequest>,
    ) -> Result<Response<pb::RecordPaymentResponse>, Status> {
        written!(self, request, record_payment, RecordPaymentResponse)
    }

    async fn record_refund(
        &self,
        request: Request<pb::RecordRefundRequest>,
    ) -> Result<Response<pb::RecordRefundResponse>, Status> {
        written!(self, request, record_refund, RecordRefundResponse)
    }

    async fn reverse_entry(
        &self,
        request: Request<pb::ReverseEntryRequest>,
    ) -> Result<Response<pb::ReverseEntryResponse>, Status> {
        written!(self, request, reverse_entry, ReverseEntryResponse)
    }

    async fn explain_unspent(
        &self,
        request: Request<pb::ExplainUnspentRequest>,
    ) -> Result<Response<pb::ExplainUnspentResponse>, Status> {
        written!(self, request, explain_unspent, ExplainUnspentResponse)
    }

    async fn state_money(
        &self,
        request: Request<pb::StateMoneyRequest>,
    ) -> Result<Response<pb::StateMoneyResponse>, Status> {
        written!(self, request, state_money, StateMoneyResponse)
    }

    async fn get_budget(
        &self,
        request: Request<pb::GetBudgetRequest>,
    ) -> Result<Response<pb::GetBudgetResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let fund = fields.fund("name", &request.name);
        let (fund,) = fields.all((fund,))?;
        let moment = asked(&self.log, &request).await?;
        let (totals_key, account_key) =
            (domain::totals_key(&fund), domain::account_key(&fund, &Holder::Fund));
        let query =
            Query::new().key(domain::fund_key(&fund)).key(totals_key.as_str()).key(account_key.as_str());
        let snapshot = self.read(query.at(moment)).await?;
        let facts = known(&snapshot, &fund)?;
        let nothing = Totals::default();
        let totals = match snapshot.get(&totals_key) {
            Some(State::Totals(totals)) => totals,
            _ => &nothing,
        };
        let accounts = match snapshot.get(&account_key) {
            Some(State::Account(row)) => Some(row),
            _ => None,
        };
        let budget = Some(to_proto::budget(&fund, facts, totals, accounts));
        Ok(Response::new(pb::GetBudgetResponse { budget, position: snapshot.position }))
    }

    async fn list_accounts(
        &self,
        request: Request<pb::ListAccountsRequest>,
    ) -> Result<Response<pb::ListAccountsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let list = Listing::open(&mut fields, &request, &format!("accounts of {}", request.parent));
        let (fund, list) = fields.all((fund, list))?;
        let moment = asked(&self.log, &request).await?;
        let Listed { states, position } = self.listed(&fund, domain::accounts(&fund), &list, moment).await?;
        let (accounts, next_page_token) = list.fill(&states, |state| match state {
            State::Account(row) => Some(to_proto::accounts(&fund, row)),
            _ => None,
        })?;
        Ok(Response::new(pb::ListAccountsResponse { accounts, next_page_token, position }))
    }

    async fn get_entry(
        &self,
        request: Request<pb::GetEntryRequest>,
    ) -> Result<Response<pb::GetEntryResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let entry = fields.entry("name", &request.name);
        let ((fund, entry),) = fields.all((entry,))?;
        let moment = asked(&self.log, &request).await?;
        let key = domain::entry_key(&fund, &entry);
        let snapshot = self.read(Query::new().key(key.as_str()).at(moment)).await?;
        let Some(State::Entry(entry)) = snapshot.get(&key) else {
            return Err(not_found("entry", request.name, &snapshot.position));
        };
        let entry = Some(to_proto::entry(entry));
        Ok(Response::new(pb::GetEntryResponse { entry, position: snapshot.position }))
    }

    async fn list_entries(
        &self,
        request: Request<pb::ListEntriesRequest>,
    ) -> Result<Response<pb::ListEntriesResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let list = Listing::open(&mut fields, &request, &format!("entries of {}", request.parent));
        let (fund, list) = fields.all((fund, list))?;
        let moment = asked(&self.log, &request).await?;
        let Listed { states, position } = self.listed(&fund, domain::entries(&fund), &list, moment).await?;
        let (entries, next_page_token) = list.fill(&states, |state| match state {
            State::Entry(entry) => Some(to_proto::entry(entry)),
            _ => None,
        })?;
        Ok(Response::new(pb::ListEntriesResponse { entries, next_page_token, position }))
    }

    async fn simulate(
        &self,
        request: Request<pb::SimulateRequest>,
    ) -> Result<Response<pb::SimulateResponse>, Status> {
        simulate::simulate(&self.log, request).await
    }
}
