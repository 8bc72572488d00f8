//! Metrics for Prometheus. Their names are in `jixiao_eventlog::metric`.

use jixiao_eventlog::metric;
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::compose::Service;
use crate::transport::REASONS;

/// Seconds that separate the buckets of durations.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Commands that separate the buckets of batch sizes.
const COMMANDS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// What a command may come to.
const OUTCOMES: [&str; 5] = ["accepted", "repeated", "refused", "unavailable", "failed"];

/// Begins to record, for the rest of the process.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let seconds = |name: &str| Matcher::Full(name.to_owned());
    PrometheusBuilder::new()
        .set_buckets_for_metric(seconds(metric::COMMAND_SECONDS), SECONDS)?
        .set_buckets_for_metric(seconds(metric::COMMIT_SECONDS), SECONDS)?
        .set_buckets_for_metric(seconds(metric::BATCH_COMMANDS), COMMANDS)?
        .install_recorder()
}

/// Shows what an alert may rest on from the start: a series that appears with the first fault is a fault that no alert on
/// its growth sees.
pub fn declare(service: Service, broker: bool) {
    let name = service.name();
    let mut gauges = vec![metric::DATABASE_UP, metric::LEADS, metric::LOG_POSITION, metric::PARKED_FUNDS];
    gauges.push(metric::CLOCK_BEHIND_SECONDS);
    if broker {
        gauges.extend([metric::BROKER_UP, metric::RELAY_LAG_EVENTS, metric::RELAY_LAG_SECONDS]);
        counter!(metric::RELAYED, "service" => name).increment(0);
        counter!(metric::RELAY_FORKS, "service" => name).increment(0);
    }
    for gauge in gauges {
        gauge!(gauge, "service" => name).set(0.0);
    }
    counter!(metric::REBUILD_DIFFERENCES, "service" => name).increment(0);
    for outcome in OUTCOMES {
        counter!(metric::COMMANDS, "service" => name, "outcome" => outcome).increment(0);
    }
    for source in service.sources() {
        for gauge in [metric::FORKS, metric::FEED_STOPPED] {
            gauge!(gauge, "service" => name, "source" => *source).set(0.0);
        }
        for counter in [metric::GAPS_FILLED, metric::DUPLICATES_DROPPED] {
            counter!(counter, "service" => name, "source" => *source).increment(0);
        }
    }
    for reason in REASONS {
        counter!(metric::TLS_REFUSED, "reason" => reason).increment(0);
    }
}
