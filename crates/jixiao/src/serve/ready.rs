//! Readiness: whether calls are welcome now, looked at every second.
//!
//! | what | ready |
//! | --- | --- |
//! | the log is not open yet, or the server stops | no |
//! | the database has not answered for three seconds | no |
//! | a feed is behind its source for longer than `--max-lag` | no |
//! | a feed's source does not answer | as before: a service does not go down because another is down |
//! | a feed stands still until somebody acts | yes: what there is can be read, and there are alarms |
//! | the broker is away | yes: feeds read their sources directly |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jixiao_eventlog::{Consumer, FeedReport, FeedStatus, metric};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use super::health::Health;
use crate::compose::Services;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);

/// How long a database may take to answer, and how long it may not have answered until calls are not welcome.
const ANSWER: Duration = Duration::from_secs(3);

/// How often a feed's source is asked where it ends, at most.
const LAG_EVERY: Duration = Duration::from_secs(5);

/// How often the recorder of metrics tidies up.
const UPKEEP: Duration = Duration::from_secs(5);

/// Keeps health up to date as long as it lives.
#[derive(Debug)]
pub(super) struct Ready {
    tasks: Vec<JoinHandle<()>>,
}

impl Ready {
    /// Ready from now on, as long as every log answers and no feed lags longer than `max_lag`.
    pub(super) async fn watch(services: &Services, health: Health, max_lag: Duration) -> Self {
        health.set(true).await;
        let logs = services.logs().to_vec();
        let (late, lagging) = watch::channel(BTreeSet::new());
        let late = Arc::new(late);
        let mut tasks = Vec::new();
        for consumer in services.consumers() {
            tasks.push(tokio::spawn(watch_feeds(Arc::clone(consumer), max_lag, Arc::clone(&late))));
        }
        tasks.push(tokio::spawn(async move {
            let mut ticks = interval(EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut answered = vec![Instant::now(); logs.len()];
            let mut was = None;
            loop {
                ticks.tick().await;
                for (log, answered) in logs.iter().zip(&mut answered) {
                    let up = match timeout(ANSWER, log.head()).await {
                        Ok(Ok(head)) => {
                            *answered = Instant::now();
                            set(metric::LOG_POSITION, log.name(), head.position);
                            1
                        }
                        Ok(Err(_)) | Err(_) => 0,
                    };
                    set(metric::DATABASE_UP, log.name(), up);
                }
                let fault = if answered.iter().any(|last| last.elapsed() >= ANSWER) {
                    Some("the database does not answer".to_owned())
                } else {
                    let late = lagging.borrow();
                    late.first().map(|(service, source)| format!("{service} is behind {source} for too long"))
                };
                if fault != was {
                    match &fault {
                        None => tracing::info!("ready again"),
                        Some(reason) => tracing::warn!(reason, "not ready"),
                    }
                    health.set(fault.is_none()).await;
                    was = fault;
                }
            }
        }));
        Self { tasks }
    }

    /// Ends; when this returns nothing more is said about health.
    pub(super) async fn end(mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
            // It was cancelled.
            let _ = task.await;
        }
    }

    /// Keeps a recorder of metrics small.
    pub(super) fn keep(&mut self, metrics: PrometheusHandle) {
        self.tasks.push(tokio::spawn(async move {
            loop {
                sleep(UPKEEP).await;
                metrics.run_upkeep();
            }
        }));
    }
}

/// Service and source of each feed that lags too long.
type Lagging = BTreeSet<(&'static str, &'static str)>;

/// The oldest end of a source that was seen and not come to yet, and when it was seen.
type Wanted = BTreeMap<&'static str, (Instant, u64)>;

/// Looks how far the feeds of a log are behind their sources.
async fn watch_feeds(consumer: Arc<dyn Consumer>, max_lag: Duration, lagging: Arc<watch::Sender<Lagging>>) {
    let mut wanted = Wanted::new();
    loop {
        // While its own database is away nothing is known; that has its own place above.
        for report in consumer.feeds().await.unwrap_or_default() {
            let since = behind(&report, &mut wanted);
            let late = since.is_some_and(|since| since.elapsed() > max_lag);
            let name = (report.consumer, report.source);
            lagging
                .send_if_modified(|lagging| if late { lagging.insert(name) } else { lagging.remove(&name) });
        }
        sleep(LAG_EVERY.min(max_lag / 2)).await;
    }
}

/// Since when a feed is behind its source; `None` at its end. While the source does not answer that is not known, which is
/// no lag; and a feed that stands still until somebody acts has an alarm of its own, and would not go on for less work.
fn behind(report: &FeedReport, wanted: &mut Wanted) -> Option<Instant> {
    let labels = [("service", report.consumer), ("source", report.source)];
    let events = metrics::gauge!(metric::FEED_LAG_EVENTS, &labels);
    let seconds = metrics::gauge!(metric::FEED_LAG_SECONDS, &labels);
    let taken_in = report.checkpoint.position;
    let Some(head) = &report.head else {
        events.set(f64::NAN);
        seconds.set(f64::NAN);
        wanted.remove(report.source);
        return None;
    };
    events.set(float(head.position.saturating_sub(taken_in)));
    if taken_in >= head.position {
        seconds.set(0.0);
        wanted.remove(report.source);
        return None;
    }
    let known = wanted.get(report.source).copied().filter(|(_, end)| taken_in < *end);
    let (since, end) = known.unwrap_or((Instant::now(), head.position));
    wanted.insert(report.source, (since, end));
    seconds.set(since.elapsed().as_secs_f64());
    let stands = matches!(report.status, FeedStatus::Stopped { .. } | FeedStatus::Forked { .. });
    (!stands).then_some(since)
}

fn set(gauge: &'static str, service: &'static str, value: u64) {
    metrics::gauge!(gauge, "service" => service).set(float(value));
}

#[allow(clippy::cast_precision_loss, reason = "a gauge is a float; what is below 2^53 is exact")]
fn float(value: u64) -> f64 {
    value as f64
}

impl Drop for Ready {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
