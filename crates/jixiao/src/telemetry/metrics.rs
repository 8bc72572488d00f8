//! Metrics for Prometheus. Their names are in `jixiao_eventlog::metric`.

use jixiao_eventlog::metric;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Seconds that separate the buckets of durations.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Commands that separate the buckets of batch sizes.
const COMMANDS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Begins to record, for the rest of the process.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let seconds = |name: &str| Matcher::Full(name.to_owned());
    PrometheusBuilder::new()
        .set_buckets_for_metric(seconds(metric::COMMAND_SECONDS), SECONDS)?
        .set_buckets_for_metric(seconds(metric::COMMIT_SECONDS), SECONDS)?
        .set_buckets_for_metric(seconds(metric::BATCH_COMMANDS), COMMANDS)?
        .install_recorder()
}
