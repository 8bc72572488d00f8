//! Readiness: whether calls are welcome now, looked at every second.
//!
//! | what | ready |
//! | --- | --- |
//! | the log is not open yet, or the server stops | no |
//! | the database has not answered for three seconds | no |
//! | a feed is behind its source for longer than `--max-lag` | no |
//! | a feed's source does not answer | as before: a service does not go down because another is down |
//! | the broker is away | yes: feeds read their sources directly |

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jixiao_eventlog::metric;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use super::health::Health;
use crate::compose::{Line, Services};

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
        let (lags, lagging) = watch::channel(BTreeSet::new());
        let lags = Arc::new(lags);
        let mut tasks = Vec::new();
        for fed in services.lines() {
            tasks.push(tokio::spawn(watch_feed(fed.clone(), max_lag, Arc::clone(&lags))));
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

    /// Keeps a recorder of metrics small.
    pub(super) fn keep(&mut self, metrics: PrometheusHandle) {
        self.tasks.push(tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                metrics.run_upkeep();
            }
        }));
    }
}

/// Service and source of each feed that lags too long.
type Lagging = BTreeSet<(&'static str, &'static str)>;

/// Looks how far a feed is behind its source. While the source does not answer that is unknown, which is no lag.
async fn watch_feed(fed: Line, max_lag: Duration, lagging: Arc<watch::Sender<Lagging>>) {
    let labels = [("service", fed.service), ("source", fed.source.name())];
    let events = metrics::gauge!(metric::FEED_LAG_EVENTS, &labels);
    let seconds = metrics::gauge!(metric::FEED_LAG_SECONDS, &labels);
    let name = (fed.service, fed.source.name());
    // The oldest end of the source that was seen and not come to yet, and when.
    let mut wanted: Option<(Instant, u64)> = None;
    loop {
        // The source is asked first: what it appends meanwhile is no lag.
        let head = timeout(ANSWER, fed.source.head()).await.ok().and_then(Result::ok);
        let taken_in = timeout(ANSWER, fed.taken_in()).await.ok().and_then(Result::ok);
        wanted = match (head, taken_in) {
            (Some(head), Some(taken_in)) if taken_in < head.position => {
                let pending = wanted.filter(|(_, end)| taken_in < *end);
                let (since, end) = pending.unwrap_or((Instant::now(), head.position));
                events.set(float(head.position - taken_in));
                seconds.set(since.elapsed().as_secs_f64());
                Some((since, end))
            }
            (Some(_), Some(_)) => {
                events.set(0.0);
                seconds.set(0.0);
                None
            }
            _ => {
                events.set(f64::NAN);
                seconds.set(f64::NAN);
                None
            }
        };
        let late = wanted.is_some_and(|(since, _)| since.elapsed() > max_lag);
        lagging.send_if_modified(|lagging| if late { lagging.insert(name) } else { lagging.remove(&name) });
        sleep(LAG_EVERY.min(max_lag / 2)).await;
    }
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
