//! Readiness: whether calls are welcome now, looked at every second.

use std::sync::Arc;
use std::time::Duration;

use jixiao_eventlog::{Source, metric};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::health::Health;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);

/// How long a database may take to answer, and how long it may not have answered until calls are not welcome.
const ANSWER: Duration = Duration::from_secs(3);

/// How often the recorder of metrics tidies up.
const UPKEEP: Duration = Duration::from_secs(5);

/// Keeps health up to date as long as it lives.
#[derive(Debug)]
pub(super) struct Ready {
    tasks: Vec<JoinHandle<()>>,
}

impl Ready {
    /// Ready from now on, as long as every log answers.
    pub(super) async fn watch(logs: &[Arc<dyn Source>], health: Health) -> Self {
        health.set(true).await;
        let logs = logs.to_vec();
        let task = tokio::spawn(async move {
            let mut ticks = interval(EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut answered = vec![Instant::now(); logs.len()];
            let mut was_ready = true;
            loop {
                ticks.tick().await;
                for (log, answered) in logs.iter().zip(&mut answered) {
                    let up = match timeout(ANSWER, log.head()).await {
                        Ok(Ok(head)) => {
                            *answered = Instant::now();
                            set_position(log.name(), head.position);
                            1.0
                        }
                        Ok(Err(_)) | Err(_) => 0.0,
                    };
                    metrics::gauge!(metric::DATABASE_UP, "service" => log.name()).set(up);
                }
                let ready = answered.iter().all(|last| last.elapsed() < ANSWER);
                if ready != was_ready {
                    was_ready = ready;
                    if ready {
                        tracing::info!("ready again");
                    } else {
                        tracing::warn!("not ready: the database does not answer");
                    }
                    health.set(ready).await;
                }
            }
        });
        Self { tasks: vec![task] }
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

#[allow(clippy::cast_precision_loss, reason = "a gauge is a float; positions below 2^53 are exact")]
fn set_position(log: &'static str, position: u64) {
    metrics::gauge!(metric::LOG_POSITION, "service" => log).set(position as f64);
}

impl Drop for Ready {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
