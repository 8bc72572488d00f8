//! The requests that rows become: parsed and decided here as their service would, then sent to it.

use std::future::Future;
use std::pin::Pin;

use jixiao_edge::{Call, Fields, RefusalKind, Refuse};
use jixiao_eventlog::{Domain, Folded};
use jixiao_proto::jixiao::{ledger, registry, scoring, targets};
use tonic::{Request, Status};
use tonic_types::StatusExt;

use super::fault::Said;
use super::folds::{Append, Folds};
use super::server::Server;
use crate::text::error::field_in_chinese;

/// A request's way to its service.
pub(super) trait Write: Send + Sync {
    /// The log that it writes to.
    fn log(&self) -> &'static str;

    /// What the service's own parser says of its fields, all of it.
    fn parse(&self) -> Result<(), Problem>;

    /// Decides it over what is folded so far and folds what follows.
    fn decide(&self, folds: &mut Folds, request_id: &str) -> Result<(), Problem>;

    /// Sends it.
    fn send<'a>(&'a self, server: &'a Server, request_id: &str, wait_for: &[String]) -> Sent<'a>;
}

/// A call under way.
pub(super) type Sent<'a> = Pin<Box<dyn Future<Output = Result<(), Status>> + Send + 'a>>;

/// Why a request would be refused.
#[derive(Debug)]
pub(super) enum Problem {
    /// Fields do not read.
    Fields(Vec<BadField>),
    /// The service's rules refuse it.
    Refused {
        /// What the refusal is to the caller.
        kind: RefusalKind,
        /// Its stable reason.
        reason: &'static str,
        /// The resource that it is about.
        resource: Option<String>,
        /// The field that it is about.
        field: Option<&'static str>,
        /// What is wrong.
        said: Said,
    },
    /// The check itself cannot go on: an event that this program cannot take in.
    Fold(String),
}

/// A field that does not read.
#[derive(Debug)]
pub(super) struct BadField {
    /// Its name.
    pub(super) field: String,
    /// Whether nothing is there.
    pub(super) is_missing: bool,
    /// What is wrong.
    pub(super) said: Said,
}

impl Problem {
    /// The violations in a parser's answer.
    fn of_fields(status: &Status) -> Self {
        let violations = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
        let found = violations.into_iter().map(|violation| {
            let is_missing = violation.reason == "REQUIRED";
            let zh = field_in_chinese(&violation.reason, &violation.description);
            let said = Said::new(zh.unwrap_or_else(|| violation.description.clone()), violation.description);
            BadField { field: violation.field, is_missing, said }
        });
        Self::Fields(found.collect())
    }

    fn of_refusal<R: Refuse>(refusal: &R) -> Self {
        Self::Refused {
            kind: refusal.kind(),
            reason: refusal.reason(),
            resource: refusal.resource().map(|(_, name)| name),
            field: refusal.field(),
            said: Said::new(refusal.zh(), refusal.to_string()),
        }
    }
}

/// What follows from a command over what was folded.
fn decide<D: Domain<Refusal: Refuse>>(
    folded: &mut Folded<D>,
    command: &D::Command,
) -> Result<Vec<D::Event>, Problem> {
    folded.decide(command).map_err(|refusal| Problem::of_refusal(&refusal))
}

macro_rules! writes {
    ($service:ident, $parse:ident, $client:path: $($method:ident($request:ident)),+ $(,)?) => {
        $(impl Named for $service::v1::$request {
            fn named(&self, request_id: &str) -> Self {
                Self { request_id: request_id.to_owned(), ..self.clone() }
            }
        }

        impl Write for $service::v1::$request {
            fn log(&self) -> &'static str {
                stringify!($service)
            }

            fn parse(&self) -> Result<(), Problem> {
                let parsed = $parse(parser::$service::$method, self);
                parsed.map(|_| ()).map_err(|status| Problem::of_fields(&status))
            }

            fn decide(&self, folds: &mut Folds, request_id: &str) -> Result<(), Problem> {
                let parsed = $parse(parser::$service::$method, self);
                let (_, command) = parsed.map_err(|status| Problem::of_fields(&status))?;
                let events = decide(&mut folds.$service, &command)?;
                folds.append(&events, request_id).map_err(Problem::Fold)
            }

            fn send<'a>(&'a self, server: &'a Server, request_id: &str, wait_for: &[String]) -> Sent<'a> {
                let request = Self { wait_for: wait_for.to_vec(), ..self.named(request_id) };
                Box::pin(async move {
                    let mut client = $client(server.channel(stringify!($service)));
                    let request = Request::new(request);
                    client.$method(server.signed(request)).await.map(|_| ())
                })
            }
        })+
    };
}

/// The name of the resource that a command is about, and the command.
type Parsed<C> = Result<(String, C), Status>;

/// Has a service's parser read a request's own fields.
fn read<R, C>(parser: fn(&R, Fields) -> Parsed<C>, request: &R) -> Parsed<C> {
    parser(request, Fields::new())
}

/// The same for parsers that open the call too; its request id is not looked at here.
fn open<R: Named, C>(
    parser: impl Fn(Request<R>) -> Result<(Call, String, C), Status>,
    request: &R,
) -> Parsed<C> {
    let (_, name, command) = parser(Request::new(request.named("check")))?;
    Ok((name, command))
}

/// A request under a request id.
trait Named {
    fn named(&self, request_id: &str) -> Self;
}

/// Each service's own parser.
mod parser {
    pub(super) use jixiao_ledger::from_proto as ledger;
    pub(super) use jixiao_registry::from_proto as registry;
    pub(super) use jixiao_scoring::from_proto as scoring;
    pub(super) use jixiao_targets::from_proto as targets;
}

writes!(registry, read, registry::v1::registry_service_client::RegistryServiceClient::new:
    register_agency(RegisterAgencyRequest),
    reorganize_agencies(ReorganizeAgenciesRequest),
    create_fund(CreateFundRequest),
    add_fund_document(AddFundDocumentRequest),
    create_project(CreateProjectRequest),
    record_tender(RecordTenderRequest),
    record_filing(RecordFilingRequest),
    state_filing_count(StateFilingCountRequest),
    record_transfer(RecordTransferRequest),
    record_statement(RecordStatementRequest),
);

writes!(ledger, read, ledger::v1::ledger_service_client::LedgerServiceClient::new:
    approve_budget(ApproveBudgetRequest),
    adjust_budget(AdjustBudgetRequest),
    transfer_budget(TransferBudgetRequest),
    split_budget(SplitBudgetRequest),
    allocate_budget(AllocateBudgetRequest),
    commit_money(CommitMoneyRequest),
    record_receipt(RecordReceiptRequest),
    request_payment(RequestPaymentRequest),
    record_payment(RecordPaymentRequest),
    record_refund(RecordRefundRequest),
    reverse_entry(ReverseEntryRequest),
    explain_unspent(ExplainUnspentRequest),
    state_money(StateMoneyRequest),
);

writes!(targets, read, targets::v1::target_service_client::TargetServiceClient::new:
    set_target(SetTargetRequest),
    record_actual(RecordActualRequest),
    record_self_score(RecordSelfScoreRequest),
    explain_miss(ExplainMissRequest),
);

writes!(scoring, open, scoring::v1::scoring_service_client::ScoringServiceClient::new:
    load_scheme(LoadSchemeRequest),
    open_evaluation(OpenEvaluationRequest),
    describe_evaluation(DescribeEvaluationRequest),
    record_score(RecordScoreRequest),
    state_figure(StateFigureRequest),
);
