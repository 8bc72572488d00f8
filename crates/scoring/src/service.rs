//! Scoring over gRPC: parse, execute, answer.

mod about;
mod compare;
mod explained;
mod explained_sum;
mod findings;
mod hypotheses;
mod members;
mod monitoring;
mod portfolio;
mod reader;
mod scores;
mod simulate;
mod snapshot;
mod supposed_findings;
mod watched;

use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_edge::{Listing, Shape, asked, not_found};
use jixiao_eventlog::{Decoded, Log, Query, StoredEvent, Watch};
use jixiao_events::scheme::{Node, NodeBody};
use jixiao_events::scoring::{IndicatorResult, ScoringEvent};
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::scoring::v1::scoring_service_server::{ScoringService, ScoringServiceServer};
use jixiao_proto::jixiao::types::v1::Recorded;
use tokio::sync::watch;
use tonic::{Request, Response, Status};

use self::hypotheses as tried;
use self::reader::Reader;
use self::scores::{Beside, own_scores};
pub(crate) use self::snapshot::figures_of;
use self::snapshot::{
    Page, SUMS, States, evaluation_query, figures_query, page_of, rows_of, shown_evaluation, sums_query,
    whole_of,
};
use crate::claims;
use crate::domain::state::{
    LoadedScheme, ScoringState, StatedFigure, changes_key, evaluation_key, fund_key, given_key, rows,
    scheme_key, scheme_version_key,
};
use crate::explain;
use crate::from_proto;
use crate::log::ScoringDomain;
use crate::provenance::{self, Provenance};
use crate::to_proto;
use crate::verify::{self, MAX_CLAIMS, MAX_EVENTS};

/// The most indicators of a page: what one read holds has room for a judgement of each.
const INDICATORS: usize = 400;

/// The most events behind one input of a list.
const EVENTS_LISTED: u64 = 100;

type Answer<T> = Result<Response<T>, Status>;

/// The scoring service.
#[derive(Debug, Clone)]
pub struct Scoring {
    log: Arc<Log<ScoringDomain>>,
    ending: watch::Receiver<bool>,
}

/// The scoring service of a log, to be served. Its watches, which have no end of their own, end once `ending` turns true.
pub fn server(log: Arc<Log<ScoringDomain>>, ending: watch::Receiver<bool>) -> ScoringServiceServer<Scoring> {
    ScoringServiceServer::new(Scoring { log, ending })
}

impl Scoring {
    /// The service of a log.
    pub fn new(log: Arc<Log<ScoringDomain>>) -> Self {
        // Without a sender it never changes.
        Self { log, ending: watch::Sender::new(false).subscribe() }
    }

    async fn write(&self, (call, name, command): from_proto::Write) -> Result<Option<Recorded>, Status> {
        call.execute(&self.log, name, command).await.map(Some)
    }
}

#[tonic::async_trait]
impl ScoringService for Scoring {
    async fn load_scheme(&self, request: Request<pb::LoadSchemeRequest>) -> Answer<pb::LoadSchemeResponse> {
        let recorded = self.write(from_proto::load_scheme(request)?).await?;
        Ok(Response::new(pb::LoadSchemeResponse { recorded }))
    }

    async fn open_evaluation(
        &self,
        request: Request<pb::OpenEvaluationRequest>,
    ) -> Answer<pb::OpenEvaluationResponse> {
        let recorded = self.write(from_proto::open_evaluation(request)?).await?;
        Ok(Response::new(pb::OpenEvaluationResponse { recorded }))
    }

    async fn set_manual_score(
        &self,
        request: Request<pb::SetManualScoreRequest>,
    ) -> Answer<pb::SetManualScoreResponse> {
        let recorded = self.write(from_proto::set_manual_score(request)?).await?;
        Ok(Response::new(pb::SetManualScoreResponse { recorded }))
    }

    async fn judge_indicator(
        &self,
        request: Request<pb::JudgeIndicatorRequest>,
    ) -> Answer<pb::JudgeIndicatorResponse> {
        let recorded = self.write(from_proto::judge_indicator(request)?).await?;
        Ok(Response::new(pb::JudgeIndicatorResponse { recorded }))
    }

    async fn state_figure(
        &self,
        request: Request<pb::StateFigureRequest>,
    ) -> Answer<pb::StateFigureResponse> {
        let recorded = self.write(from_proto::state_figure(request)?).await?;
        Ok(Response::new(pb::StateFigureResponse { recorded }))
    }

    async fn answer_finding(
        &self,
        request: Request<pb::AnswerFindingRequest>,
    ) -> Answer<pb::AnswerFindingResponse> {
        let recorded = self.write(from_proto::answer_finding(request)?).await?;
        Ok(Response::new(pb::AnswerFindingResponse { recorded }))
    }

    async fn approve_scheme(
        &self,
        request: Request<pb::ApproveSchemeRequest>,
    ) -> Answer<pb::ApproveSchemeResponse> {
        let recorded = self.write(from_proto::approve_scheme(request)?).await?;
        Ok(Response::new(pb::ApproveSchemeResponse { recorded }))
    }

    async fn withdraw_scheme(
        &self,
        request: Request<pb::WithdrawSchemeRequest>,
    ) -> Answer<pb::WithdrawSchemeResponse> {
        let recorded = self.write(from_proto::withdraw_scheme(request)?).await?;
        Ok(Response::new(pb::WithdrawSchemeResponse { recorded }))
    }

    async fn describe_evaluation(
        &self,
        request: Request<pb::DescribeEvaluationRequest>,
    ) -> Answer<pb::DescribeEvaluationResponse> {
        let recorded = self.write(from_proto::describe_evaluation(request)?).await?;
        Ok(Response::new(pb::DescribeEvaluationResponse { recorded }))
    }

    async fn record_score(
        &self,
        request: Request<pb::RecordScoreRequest>,
    ) -> Answer<pb::RecordScoreResponse> {
        let recorded = self.write(from_proto::record_score(request)?).await?;
        Ok(Response::new(pb::RecordScoreResponse { recorded }))
    }

    async fn list_scores(&self, request: Request<pb::ListScoresRequest>) -> Answer<pb::ListScoresResponse> {
        self.scores(request.into_inner()).await
    }

    async fn list_evaluation_records(
        &self,
        request: Request<pb::ListEvaluationRecordsRequest>,
    ) -> Answer<pb::ListEvaluationRecordsResponse> {
        self.records(request.into_inner()).await
    }

    async fn get_scheme(&self, request: Request<pb::GetSchemeRequest>) -> Answer<pb::GetSchemeResponse> {
        let request = request.into_inner();
        let scheme = from_proto::scheme_name(&request.name)?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::facts(&self.log, moment).await?;
        let key = match request.version {
            0 => scheme_key(&scheme),
            version => scheme_version_key(&scheme, version),
        };
        let states = reader.read(Query::new().key(&key)).await?;
        let loaded = states.get(&key).and_then(ScoringState::as_scheme);
        let loaded = loaded.ok_or_else(|| not_found("scheme", request.name, &states.position))?;
        let scheme = Some(to_proto::scheme(loaded));
        Ok(Response::new(pb::GetSchemeResponse { scheme, position: states.position }))
    }

    async fn list_schemes(
        &self,
        request: Request<pb::ListSchemesRequest>,
    ) -> Answer<pb::ListSchemesResponse> {
        let request = request.into_inner();
        let (what, prefix) = if request.all_versions {
            ("versions of schemes", "scheme-version/")
        } else {
            ("schemes", "scheme/")
        };
        let list: Listing<pb::Scheme> = from_proto::list(what, &request, from_proto::SCHEMES)?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::facts(&self.log, moment).await?;
        let states = reader.read(list.read(Query::new(), prefix)).await?;
        let (schemes, next_page_token) =
            list.fill(page_of(&states, prefix), |state| state.as_scheme().map(to_proto::scheme_head))?;
        Ok(Response::new(pb::ListSchemesResponse { schemes, next_page_token, position: states.position }))
    }

    async fn get_evaluation(
        &self,
        request: Request<pb::GetEvaluationRequest>,
    ) -> Answer<pb::GetEvaluationResponse> {
        let request = request.into_inner();
        let of = from_proto::evaluated_name(&request.name)?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::of_fund(&self.log, moment, &of.fund).await?;
        let states = reader.read(evaluation_query(&of)).await?;
        let (_, loaded) = reader.opened(&of, &states).await?;
        let missing = || not_found("fund", of.resource(), &states.position);
        let evaluation = Some(shown_evaluation(&of, &states, &loaded).ok_or_else(missing)?);
        Ok(Response::new(pb::GetEvaluationResponse { evaluation, position: states.position }))
    }

    async fn list_indicators(
        &self,
        request: Request<pb::ListIndicatorsRequest>,
    ) -> Answer<pb::ListIndicatorsResponse> {
        let request = request.into_inner();
        let (of, list) = from_proto::evaluated_list::<pb::Indicator>(
            "indicators",
            &request,
            &request.parent,
            from_proto::INDICATORS,
        )?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::of_fund(&self.log, moment, &of.fund).await?;
        // What people judge and give has its indicators' order: that of this page comes in the same range.
        let (indicators, judgements) = (rows("indicator", &of), rows("manual", &of));
        let given = rows("given", &of);
        let beside_after = |prefix: &str| {
            let id = list.after()?.strip_prefix(&indicators)?;
            Some(format!("{prefix}{id}"))
        };
        let query = Query::new().key(evaluation_key(&of)).keys(provenance::keys(&of));
        let query = list.read_beside(query, &indicators, list.after(), INDICATORS);
        let query = list.read_beside(query, &judgements, beside_after(&judgements).as_deref(), INDICATORS);
        let query = list.read_beside(query, &given, beside_after(&given).as_deref(), INDICATORS);
        let said = rows("judged", &of);
        let query = list.read_beside(query, &said, beside_after(&said).as_deref(), INDICATORS);
        let states = reader.read(query).await?;
        let (_, loaded) = reader.opened(&of, &states).await?;
        let mut provenance = Provenance::new(&self.log, &of, EVENTS_LISTED, (states.head.position, moment));
        for key in provenance::keys(&of) {
            if let Some(state) = states.get(&key) {
                provenance.state(key, state);
            }
        }
        for (key, state) in ["manual", "judged"].into_iter().flat_map(|kind| rows_of(&states, &of, kind)) {
            provenance.state(key.clone(), state);
        }
        let found = page_of(&states, &indicators);
        let given: BTreeMap<_, _> =
            page_of(&states, &given).rows.iter().map(|(key, state)| (key.as_str(), state)).collect();
        let shown = |result: &IndicatorResult, events| {
            let given = given.get(given_key(&of, &result.indicator).as_str()).copied();
            let shown = to_proto::indicator(&of, result, measure_of(&loaded, result), events);
            Beside::given(given).put(shown)
        };
        let (mut heads, mut results) = (Vec::new(), BTreeMap::new());
        for (key, state) in &found.rows {
            if let Some(result) = state.as_indicator() {
                // Events are looked for where an indicator is on this page.
                let head = shown(result, vec![Default::default(); result.inputs.len()]);
                results.insert(head.name.clone(), result);
                heads.push((key.clone(), Some(head)));
            }
        }
        let chosen = list.choose(heads, found.more)?;
        let mut filling = list.filling();
        let on_page: Vec<_> = chosen
            .rows
            .into_iter()
            .map(|(key, head)| (key, head.and_then(|head| results.get(&head.name).map(AsRef::as_ref))))
            .collect();
        let with: Vec<_> = on_page.iter().filter_map(|(_, result)| *result).collect();
        let mut own = own_scores(&reader, &of, &with).await?.into_iter();
        for (key, result) in on_page {
            let whole = match result {
                Some(result) => Some(pb::Indicator {
                    self_given: own.next().flatten(),
                    ..shown(result, provenance.of(result).await?)
                }),
                None => None,
            };
            if !filling.add(key, whole) {
                break;
            }
        }
        let (indicators, next_page_token) = filling.end(chosen.more);
        let position = states.position;
        Ok(Response::new(pb::ListIndicatorsResponse { indicators, next_page_token, position }))
    }

    async fn explain_indicator(
        &self,
        request: Request<pb::ExplainIndicatorRequest>,
    ) -> Answer<pb::ExplainIndicatorResponse> {
        self.explained(request.into_inner()).await
    }

    async fn list_changes(
        &self,
        request: Request<pb::ListChangesRequest>,
    ) -> Answer<pb::ListChangesResponse> {
        let request = request.into_inner();
        let (of, list) = from_proto::evaluated_list("changes", &request, &request.parent, Shape::default())?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::facts(&self.log, moment).await?;
        let states = reader.read(Query::new().key(evaluation_key(&of))).await?;
        reader.opened(&of, &states).await?;
        let change = |stored: &StoredEvent| {
            Ok(match stored.decode() {
                Ok(Decoded::Domain(ScoringEvent::EvaluationChanged(change))) => {
                    Some(to_proto::change(stored, &change))
                }
                _ => None,
            })
        };
        let key = changes_key(&of);
        let wanted = (key.as_str(), states.head.position, moment);
        let (changes, next_page_token) = list.history(&self.log, wanted, change).await?;
        Ok(Response::new(pb::ListChangesResponse { changes, next_page_token, position: states.position }))
    }

    async fn compare_evaluations(
        &self,
        request: Request<pb::CompareEvaluationsRequest>,
    ) -> Answer<pb::CompareEvaluationsResponse> {
        self.compare(request.into_inner()).await
    }

    async fn list_stated_figures(
        &self,
        request: Request<pb::ListStatedFiguresRequest>,
    ) -> Answer<pb::ListStatedFiguresResponse> {
        let request = request.into_inner();
        let (fund, list) =
            from_proto::fund_list("stated figures", &request, &request.parent, Shape::default())?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::of_fund(&self.log, moment, &fund).await?;
        let prefix = format!("stated/{fund}/");
        let query = list.read(figures_query(&fund), &prefix);
        let states = reader.read(query).await?;
        let loaded = reader.open_scheme(&fund, &states).await?;
        let figures = figures_of(&fund, &states, loaded.as_ref());
        let (stated_figures, next_page_token) = list.fill(page_of(&states, &prefix), |state| {
            state.as_stated().map(|stated| to_proto::stated_figure(stated, &figures))
        })?;
        let position = states.position.clone();
        Ok(Response::new(pb::ListStatedFiguresResponse { stated_figures, next_page_token, position }))
    }

    async fn list_checks(&self, request: Request<pb::ListChecksRequest>) -> Answer<pb::ListChecksResponse> {
        Self::checks(&request.into_inner())
    }

    async fn list_findings(
        &self,
        request: Request<pb::ListFindingsRequest>,
    ) -> Answer<pb::ListFindingsResponse> {
        self.findings(request.into_inner()).await
    }

    async fn list_finding_changes(
        &self,
        request: Request<pb::ListFindingChangesRequest>,
    ) -> Answer<pb::ListFindingChangesResponse> {
        self.finding_changes(request.into_inner()).await
    }

    type WatchFindingsStream = Watch<pb::WatchFindingsResponse>;

    async fn watch_findings(
        &self,
        request: Request<pb::WatchFindingsRequest>,
    ) -> Answer<Self::WatchFindingsStream> {
        self.watch(request.into_inner()).await
    }

    async fn reach_date(&self, request: Request<pb::ReachDateRequest>) -> Answer<pb::ReachDateResponse> {
        let recorded = self.write(from_proto::reach_date(request)?).await?;
        Ok(Response::new(pb::ReachDateResponse { recorded }))
    }

    async fn get_monitoring(
        &self,
        request: Request<pb::GetMonitoringRequest>,
    ) -> Answer<pb::GetMonitoringResponse> {
        self.monitoring(request.into_inner()).await
    }

    async fn list_warnings(
        &self,
        request: Request<pb::ListWarningsRequest>,
    ) -> Answer<pb::ListWarningsResponse> {
        self.warnings(request.into_inner()).await
    }

    async fn list_warning_changes(
        &self,
        request: Request<pb::ListWarningChangesRequest>,
    ) -> Answer<pb::ListWarningChangesResponse> {
        self.warning_changes(request.into_inner()).await
    }

    type WatchWarningsStream = Watch<pb::WatchWarningsResponse>;

    async fn watch_warnings(
        &self,
        request: Request<pb::WatchWarningsRequest>,
    ) -> Answer<Self::WatchWarningsStream> {
        self.watch_of_warnings(request.into_inner()).await
    }

    async fn list_portfolio(
        &self,
        request: Request<pb::ListPortfolioRequest>,
    ) -> Answer<pb::ListPortfolioResponse> {
        self.portfolio(request.into_inner()).await
    }

    async fn summarize_portfolio(
        &self,
        request: Request<pb::SummarizePortfolioRequest>,
    ) -> Answer<pb::SummarizePortfolioResponse> {
        self.summary(request.into_inner()).await
    }

    async fn verify_claims(
        &self,
        request: Request<pb::VerifyClaimsRequest>,
    ) -> Answer<pb::VerifyClaimsResponse> {
        let request = request.into_inner();
        let (fund, mut claims, filter) = from_proto::verify_claims(&request)?;
        let is_explained = request.hypotheses;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::of_fund(&self.log, moment, &fund).await?;
        let query =
            figures_query(&fund).key(fund_key(&fund)).whole(format!("stated/{fund}/"), None, MAX_CLAIMS + 1);
        let mut kinds = vec!["indicator", "project", "scope-money", "target", "self", "manual", "judged"];
        if is_explained {
            kinds.push("target-place");
        }
        let states = reader.read(tried::rows(query, &fund, &kinds)).await?;
        let position = states.position.clone();
        if states.get(&fund_key(&fund)).is_none() {
            return Err(not_found("fund", fund.resource(), &position));
        }
        if claims.is_empty() {
            claims = rows_of(&states, &fund, "stated")
                .iter()
                .filter_map(|(_, state)| state.as_stated())
                .map(StatedFigure::claim)
                .collect();
            from_proto::bounded(claims.len())?;
        }
        let loaded = reader.open_scheme(&fund, &states).await?;
        let mut figures = figures_of(&fund, &states, loaded.as_ref());
        // Of a fund with more rows than that, single ones are left out rather than half of them used.
        figures.rows = whole_of(&states, &fund, "indicator")
            .map(|rows| rows.iter().filter_map(|(_, state)| state.as_indicator()).cloned().collect());
        figures.projects = whole_of(&states, &fund, "project")
            .map(|rows| rows.iter().filter_map(|(_, state)| state.as_project()).cloned().collect());
        tried::add_scopes(&mut figures, &states);
        let verified = claims::verify(&claims, &figures);
        let mut provenance = Provenance::new(&self.log, &fund, MAX_EVENTS, (states.head.position, moment));
        for key in provenance::keys(&fund.clone().into()) {
            if let Some(state) = states.get(&key) {
                provenance.state(key, state);
            }
        }
        let cited = ["project", "scope-money", "target", "self"];
        for (_, state) in cited.into_iter().flat_map(|kind| rows_of(&states, &fund, kind)) {
            provenance.cite_all(about::cited(state));
        }
        for (key, state) in ["manual", "judged"].into_iter().flat_map(|kind| rows_of(&states, &fund, kind)) {
            provenance.state(key.clone(), state);
        }
        let rows = figures.rows.as_deref().unwrap_or_default();
        let facts = is_explained.then(|| tried::facts(&states, &figures));
        let node = |path: &str| about::node_names(figures.scheme.as_deref()?, path);
        let facts = facts.as_ref();
        let answer = verify::answer(claims, &verified, &filter, provenance, rows, facts, &node).await?;
        Ok(Response::new(pb::VerifyClaimsResponse { position, ..answer }))
    }

    async fn simulate(&self, request: Request<pb::SimulateRequest>) -> Answer<pb::SimulateResponse> {
        self.simulated(request).await
    }
}

/// What an indicator of the scheme measures.
fn measure_of(loaded: &LoadedScheme, result: &IndicatorResult) -> Option<String> {
    match explain::node_of(&loaded.scheme, result) {
        Some(Node { body: NodeBody::Indicator { measure: Some(measure), .. }, .. }) => {
            Some(<&str>::from(measure.value).to_owned())
        }
        _ => None,
    }
}
