//! What a process tells of itself: its log, and traces where somebody collects them.

use std::collections::HashMap;
use std::time::Duration;

use jixiao_eventlog::trace::{TARGET, Tracer, set_tracer};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TracerProvider as _};
use opentelemetry_otlp::{SpanExporter, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tonic::transport::Channel;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::output::Format;

/// How long the end of a process waits for its last spans to be taken.
const FLUSH: Duration = Duration::from_secs(2);

/// The process's telemetry. Ends with [`Telemetry::end`]; without it the last spans are lost.
#[derive(Debug)]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
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
        let provider = collector.and_then(|(channel, service)| provider(channel, service));
        let traces = provider.as_ref().map(|provider| {
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("jixiao"))
                .with_location(false)
                .with_threads(false)
                .with_filter(filter_fn(|metadata| metadata.target() == TARGET))
        });
        tracing_subscriber::registry().with(lines).with(traces).init();
        if provider.is_some() {
            set_tracer(OpenTelemetry(TraceContextPropagator::new()));
        }
        // A panic in a call ends that call alone; it is logged where everything else is.
        std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
        Self { provider }
    }

    /// Sends what is left, for a short while.
    pub async fn end(self) {
        let Some(provider) = self.provider else { return };
        let flushed = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH)).await;
        if let Ok(Err(error)) = flushed {
            tracing::debug!(%error, "the last spans were not taken");
        }
    }
}

fn provider(channel: Channel, service: &str) -> Option<SdkTracerProvider> {
    match SpanExporter::builder().with_tonic().with_channel(channel).build() {
        Ok(exporter) => Some(
            SdkTracerProvider::builder()
                .with_batch_exporter(exporter)
                .with_resource(Resource::builder().with_service_name(format!("jixiao-{service}")).build())
                .build(),
        ),
        Err(error) => {
            tracing::error!(%error, "no traces are sent");
            None
        }
    }
}

/// W3C trace context over OpenTelemetry's spans.
struct OpenTelemetry(TraceContextPropagator);

/// The one header that carries a trace.
const TRACEPARENT: &str = "traceparent";

impl Tracer for OpenTelemetry {
    fn continue_from(&self, span: &Span, traceparent: &str) {
        let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
        let parent = self.0.extract(&carrier);
        // What is no traceparent begins a trace of its own.
        if parent.span().span_context().is_valid()
            && let Err(error) = span.set_parent(parent)
        {
            tracing::debug!(%error, "a span does not go on with its trace");
        }
    }

    fn traceparent(&self, span: &Span) -> Option<String> {
        let context = span.context();
        if !context.span().span_context().is_valid() {
            return None;
        }
        let mut carrier = HashMap::new();
        self.0.inject_context(&context, &mut carrier);
        carrier.remove(TRACEPARENT)
    }
}
