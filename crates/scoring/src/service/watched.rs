//! Watches: what becomes of a key's history, as it comes.

use std::sync::Arc;

use jixiao_edge::{position_status, read_status};
use jixiao_eventlog::{Moment, Position, Side, Source, StoredEvent, Watch};
use jixiao_events::FundId;
use tonic::Response;

use super::{Answer, Scoring};

/// Events of a history read at once.
const PAGE: usize = 200;

impl Scoring {
    /// Tells the events of a fund's history after a position, and further ones as they come: `told` gives what is told of
    /// an event, with the position behind it; `None` passes over it. A fund that is not known is refused, and so is a
    /// position that is not in the log.
    pub(super) async fn watched<T: Send + 'static>(
        &self,
        fund: &FundId,
        key: String,
        after: Position,
        told: impl Fn(&StoredEvent, String) -> Option<T> + Send + Sync + 'static,
    ) -> Answer<Watch<T>> {
        self.fund_there(fund, Moment::default()).await?;
        let there = Source::read_after(self.log.as_ref(), &after, 1).await;
        there.map_err(|error| position_status(&error, "after"))?;
        let log = Arc::clone(&self.log);
        let wakes = log.wakes();
        let (key, told): (Arc<str>, _) = (key.into(), Arc::new(told));
        let next = move |after: u64| {
            let (log, key, told) = (Arc::clone(&log), Arc::clone(&key), Arc::clone(&told));
            async move {
                let history = log.history(&key, Side::After(after), PAGE).await;
                let history = history.map_err(|error| read_status(&error))?.rows;
                let place = history.last().map_or(after, |stored| stored.position);
                let tell = |stored: &StoredEvent| told(stored, Position::after(stored).to_token());
                Ok((history.iter().filter_map(tell).collect(), place))
            }
        };
        Ok(Response::new(jixiao_eventlog::watch(after.position, wakes, self.ending.clone(), next)))
    }
}
