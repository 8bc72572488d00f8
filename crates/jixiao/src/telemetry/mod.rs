//! What a process tells of itself: its log, its metrics, its traces.

pub mod metrics;
mod traces;

use jixiao_eventlog::trace::{TARGET, set_tracer};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tonic::transport::Channel;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::output::Format;

/// The log and the traces of this process. Ends with [`Telemetry::end`]; without it the last spans are lost.
#[derive(Debug)]
pub struct Telemetry {
    spans: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Begins to log to standard error, and to send traces where a collector is given: its OTLP gRPC channel, and the name
    /// by which the service is known there. Once per process, inside the runtime.
    pub fn start(filter: EnvFilter, format: Format, collector: Option<(Channel, &str)>) -> Self {
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
        let lines = match format {
            Format::Text => lines.boxed(),
            Format::Json => lines.json().boxed(),
        };
        // The spans of traces are not for the log.
        let lines = lines.with_filter(filter).with_filter(filter_fn(|metadata| metadata.target() != TARGET));
        let spans = collector.and_then(|(channel, service)| traces::provider(channel, service));
        let traces = spans.as_ref().map(|spans| {
            tracing_opentelemetry::layer()
                .with_tracer(spans.tracer("jixiao"))
                .with_location(false)
                .with_threads(false)
                .with_filter(filter_fn(|metadata| metadata.target() == TARGET))
        });
        tracing_subscriber::registry().with(lines).with(traces).init();
        if spans.is_some() {
            set_tracer(traces::OpenTelemetry::new());
        }
        // A panic in a call ends that call alone; it is logged where everything else is.
        std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
        Self { spans }
    }

    /// Sends what is left, for a short while.
    pub async fn end(self) {
        if let Some(spans) = self.spans {
            traces::flush(spans).await;
        }
    }
}
