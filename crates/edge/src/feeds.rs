//! FeedService: the one implementation, over every consuming log of the process.

use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_eventlog::event::recorded_text;
use jixiao_eventlog::{
    Consumer, FeedReport, FeedStatus, ParkedFund, Position, ReadError, RebuildError, RefollowError,
    RetryError, SourceRef,
};
use jixiao_events::FundId;
use jixiao_proto::jixiao::eventlog::v1 as pb;
use jixiao_proto::jixiao::eventlog::v1::feed_service_server::{FeedService, FeedServiceServer};
use tonic::{Code, Request, Response, Status};

use crate::call::{Call, wait_status};
use crate::fields::Fields;
use crate::list::Listing;
use crate::status::{read_status, reused, said};

/// The feeds of a process.
#[derive(Clone)]
pub struct Feeds {
    consumers: BTreeMap<&'static str, Arc<dyn Consumer>>,
}

impl std::fmt::Debug for Feeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.consumers.keys()).finish()
    }
}

impl Feeds {
    /// Of these consumers.
    pub fn new(consumers: Vec<Arc<dyn Consumer>>) -> Self {
        let consumers = consumers.into_iter().map(|consumer| (consumer.log(), consumer)).collect();
        Self { consumers }
    }

    /// As a gRPC service.
    pub fn server(self) -> FeedServiceServer<Self> {
        FeedServiceServer::new(self)
    }

    fn consumer(&self, fields: &mut Fields, name: &str) -> Option<Arc<dyn Consumer>> {
        let found = self.consumers.get(name).cloned();
        if found.is_none() {
            let known: Vec<_> = self.consumers.keys().copied().collect();
            let text = format!("there is no consumer of that name here; there are: {}", known.join(", "));
            fields.violation("consumer", "UNKNOWN_LOG", text);
        }
        found
    }

    /// Entries of all consumers in the order of consumer and name, after one; one more than the page has shows that
    /// there is another.
    async fn parked_after(
        &self,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(&'static str, ParkedFund)>, ReadError> {
        let (log, last) = after.split_once('/').unwrap_or((after, ""));
        let mut found = Vec::new();
        let later = self.consumers.iter().filter(|(name, _)| **name >= log);
        for (name, consumer) in later {
            let after = if *name == log { last } else { "" };
            let parked = consumer.parked(after, limit - found.len()).await?;
            found.extend(parked.into_iter().map(|parked| (*name, parked)));
            if found.len() == limit {
                break;
            }
        }
        Ok(found)
    }
}

fn resource(fund: &String) -> String {
    format!("funds/{fund}")
}

fn feed(report: &FeedReport) -> pb::Feed {
    let status = match &report.status {
        FeedStatus::Following => pb::FeedStatus::Following,
        FeedStatus::Failing { .. } => pb::FeedStatus::Failing,
        FeedStatus::Stopped { .. } => pb::FeedStatus::Stopped,
        FeedStatus::Forked { .. } => pb::FeedStatus::Forked,
    };
    let events = report.head.as_ref().map_or(0, |head| head.position);
    pb::Feed {
        consumer: report.consumer.to_owned(),
        source: report.source.to_owned(),
        status: status.into(),
        reason: report.status.reason().to_owned(),
        checkpoint: report.checkpoint.to_token(),
        taken_in: report.checkpoint.position,
        head: report.head.as_ref().map(Position::to_token).unwrap_or_default(),
        events,
        lag: events.saturating_sub(report.checkpoint.position),
    }
}

fn parked_fund(consumer: &str, parked: &ParkedFund) -> pb::ParkedFund {
    let SourceRef { log, position, id, hash, event_type, recorded_time, .. } = parked.source.clone();
    pb::ParkedFund {
        fund: resource(&parked.fund),
        consumer: consumer.to_owned(),
        source: Some(pb::SourceEvent {
            log,
            position,
            id,
            r#type: event_type,
            hash,
            recorded_time: recorded_text(recorded_time),
        }),
        reason: parked.reason.clone(),
        parked_time: recorded_text(parked.since),
        waiting: parked.waiting,
        with: parked.with.iter().map(resource).collect(),
    }
}

const UNAVAILABLE: &str = "日志暂不可用，请用同一 request_id 重试。";

fn retry_status(error: &RetryError) -> Status {
    let (code, reason, zh) = match error {
        RetryError::NotParked { fund, log } => {
            (Code::NotFound, "NOT_PARKED", format!("专项资金 {fund} 在 {log} 中没有暂停处理。"))
        }
        RetryError::StillFails { source_event, reason } => {
            let SourceRef { log, position, event_type, id, .. } = source_event.as_ref();
            let zh = format!(
                "{log} 日志的第 {position} 个事件（{event_type}，{id}）仍无法接收：{reason}。没有任何改变。"
            );
            (Code::FailedPrecondition, "STILL_FAILS", zh)
        }
        RetryError::Source { log, error: ReadError::Unavailable } => {
            (Code::Unavailable, "SOURCE_UNAVAILABLE", format!("{log} 日志暂不可用，请稍后重试。"))
        }
        RetryError::Source { log, .. } => (
            Code::FailedPrecondition,
            "OTHER_HISTORY",
            format!("{log} 日志中已没有等待接收的事件：请先运行 `jixiao refollow {log}`。"),
        ),
        RetryError::Moved => (Code::Aborted, "MOVED", "期间又有新的事件等待接收，请重试。".to_owned()),
        RetryError::RequestReused(_) => return reused(error.to_string()),
        RetryError::Unavailable => (Code::Unavailable, "LOG_UNAVAILABLE", UNAVAILABLE.to_owned()),
    };
    said(code, reason, error.to_string(), zh)
}

fn refollow_status(error: &RefollowError) -> Status {
    let (code, reason, zh) = match error {
        RefollowError::UnknownSource { log, source_log } => {
            (Code::InvalidArgument, "UNKNOWN_LOG", format!("{log} 不接收名为 {source_log} 的日志。"))
        }
        RefollowError::NotForked { log, source_log } => (
            Code::FailedPrecondition,
            "NOT_FORKED",
            format!("{log} 已接收的内容 {source_log} 日志中都有：没有需要作废的。"),
        ),
        RefollowError::Source(_) => {
            (Code::Unavailable, "SOURCE_UNAVAILABLE", "来源日志暂不可用，请稍后重试。".to_owned())
        }
        RefollowError::Rebuild(RebuildError::Running) => {
            (Code::Aborted, "REBUILD_RUNNING", "该日志正在重新计算状态，请待其结束后重试。".to_owned())
        }
        RefollowError::Recompute { of, reason } => {
            (Code::Internal, "RECOMPUTE_FAILED", format!("{of} 的评价无法重新计算：{reason}。没有任何改变。"))
        }
        RefollowError::Moved => (Code::Aborted, "MOVED", "期间接收位置有变化，请重试。".to_owned()),
        RefollowError::RequestReused(_) => return reused(error.to_string()),
        RefollowError::Rebuild(_) | RefollowError::Unavailable => {
            (Code::Unavailable, "LOG_UNAVAILABLE", UNAVAILABLE.to_owned())
        }
    };
    said(code, reason, error.to_string(), zh)
}

#[tonic::async_trait]
impl FeedService for Feeds {
    async fn list_feeds(
        &self,
        request: Request<pb::ListFeedsRequest>,
    ) -> Result<Response<pb::ListFeedsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let list = Listing::open(&mut fields, &request, "feeds");
        let (list,) = fields.all((list,))?;
        let mut rows = Vec::new();
        for consumer in self.consumers.values() {
            let reports = consumer.feeds().await.map_err(|error| read_status(&error))?;
            let name = |report: &FeedReport| format!("{}/{}", report.consumer, report.source);
            rows.extend(reports.iter().map(|report| (name(report), Some(feed(report)))));
        }
        let (feeds, next_page_token) = list.page(list.choose(rows, false)?);
        Ok(Response::new(pb::ListFeedsResponse { feeds, next_page_token }))
    }

    async fn list_parked_funds(
        &self,
        request: Request<pb::ListParkedFundsRequest>,
    ) -> Result<Response<pb::ListParkedFundsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let list = Listing::open(&mut fields, &request, "parked funds");
        let (list,) = fields.all((list,))?;
        let after = list.after().unwrap_or_default();
        let found = self.parked_after(after, list.rows() + 1).await.map_err(|error| read_status(&error))?;
        let more = found.len() > list.rows();
        let rows = found
            .iter()
            .map(|(log, parked)| (format!("{log}/{}", parked.fund), Some(parked_fund(log, parked))));
        let (parked_funds, next_page_token) = list.page(list.choose(rows, more)?);
        Ok(Response::new(pb::ListParkedFundsResponse { parked_funds, next_page_token }))
    }

    async fn get_parked_fund(
        &self,
        request: Request<pb::GetParkedFundRequest>,
    ) -> Result<Response<pb::GetParkedFundResponse>, Status> {
        let pb::GetParkedFundRequest { name } = request.into_inner();
        let mut fields = Fields::new();
        let fund = fields.fund("name", &name);
        let (fund,): (FundId,) = fields.all((fund,))?;
        let mut parked_funds = Vec::new();
        for (log, consumer) in &self.consumers {
            let parked = consumer.parked_fund(fund.as_str()).await.map_err(|error| read_status(&error))?;
            parked_funds.extend(parked.iter().map(|parked| parked_fund(log, parked)));
        }
        if parked_funds.is_empty() {
            let text = format!("fund {fund} is not parked here");
            return Err(said(Code::NotFound, "NOT_PARKED", text, format!("专项资金 {fund} 没有暂停处理。")));
        }
        Ok(Response::new(pb::GetParkedFundResponse { parked_funds }))
    }

    async fn retry_parked_fund(
        &self,
        request: Request<pb::RetryParkedFundRequest>,
    ) -> Result<Response<pb::RetryParkedFundResponse>, Status> {
        let (call, request, mut fields) = Call::open(request);
        let fund = fields.fund("name", &request.name);
        let consumer = self.consumer(&mut fields, &request.consumer);
        let (fund, consumer): (FundId, _) = fields.all((fund, consumer))?;
        let (context, wait_for) = call.into_parts();
        consumer.wait_for(&wait_for).await.map_err(|error| wait_status(&error, &wait_for))?;
        let resumed = consumer.retry_parked(fund.as_str(), &context).await;
        let resumed = resumed.map_err(|error| retry_status(&error))?;
        Ok(Response::new(pb::RetryParkedFundResponse {
            funds: resumed.funds.iter().map(resource).collect(),
            applied: resumed.applied,
            position: Position::after(&resumed.row).to_token(),
        }))
    }

    async fn refollow_feed(
        &self,
        request: Request<pb::RefollowFeedRequest>,
    ) -> Result<Response<pb::RefollowFeedResponse>, Status> {
        let (call, request, mut fields) = Call::open(request);
        let source = fields.required_text("source", &request.source, 64);
        let consumer = self.consumer(&mut fields, &request.consumer);
        let (source, consumer) = fields.all((source, consumer))?;
        let (context, wait_for) = call.into_parts();
        consumer.wait_for(&wait_for).await.map_err(|error| wait_status(&error, &wait_for))?;
        let done = consumer.refollow(&source, &context).await.map_err(|error| refollow_status(&error))?;
        Ok(Response::new(pb::RefollowFeedResponse {
            after: done.after.position,
            until: done.until.position,
            funds: done.funds.iter().map(resource).collect(),
            fund_count: done.fund_count,
            decided_on_voided: done.decided_on_voided,
            decided_on_voided_count: done.decided_on_voided_count,
            position: Position::after(&done.row).to_token(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use jixiao_eventlog::{Context, Refollowed, Resumed};
    use tonic_types::StatusExt;

    use super::*;

    /// A log that takes in nothing.
    struct Alone;

    #[tonic::async_trait]
    impl Consumer for Alone {
        fn log(&self) -> &'static str {
            "ledger"
        }

        async fn feeds(&self) -> Result<Vec<FeedReport>, ReadError> {
            Err(ReadError::Unavailable)
        }

        async fn parked(&self, _: &str, _: usize) -> Result<Vec<ParkedFund>, ReadError> {
            Err(ReadError::Unavailable)
        }

        async fn parked_fund(&self, _: &str) -> Result<Option<ParkedFund>, ReadError> {
            Err(ReadError::Unavailable)
        }

        async fn wait_for(&self, positions: &[Position]) -> Result<(), ReadError> {
            positions.last().map_or(Ok(()), |last| Err(ReadError::UnknownLog { log: last.log.clone() }))
        }

        async fn retry_parked(&self, _: &str, _: &Context) -> Result<Resumed, RetryError> {
            Err(RetryError::Unavailable)
        }

        async fn refollow(&self, _: &str, _: &Context) -> Result<Refollowed, RefollowError> {
            Err(RefollowError::Unavailable)
        }
    }

    #[tokio::test]
    async fn a_position_of_an_unknown_log_is_told_by_its_field() {
        let feeds = Feeds::new(vec![Arc::new(Alone)]);
        let wait_for: Vec<_> = ["ledger", "nowhere"].map(|log| Position::beginning(log).to_token()).into();
        let retry = pb::RetryParkedFundRequest {
            request_id: "1".to_owned(),
            name: "funds/f".to_owned(),
            consumer: "ledger".to_owned(),
            wait_for: wait_for.clone(),
        };
        let refollow = pb::RefollowFeedRequest {
            request_id: "2".to_owned(),
            source: "registry".to_owned(),
            consumer: "ledger".to_owned(),
            wait_for,
        };
        let retried = feeds.retry_parked_fund(Request::new(retry)).await.map(drop);
        let refollowed = feeds.refollow_feed(Request::new(refollow)).await.map(drop);
        for status in [retried.unwrap_err(), refollowed.unwrap_err()] {
            let violations = status.get_error_details().bad_request().unwrap().field_violations.clone();
            let violations: Vec<_> =
                violations.iter().map(|bad| (bad.field.as_str(), bad.reason.as_str())).collect();
            assert_eq!(violations, [("wait_for[1]", "UNKNOWN_LOG")]);
        }
    }
}
