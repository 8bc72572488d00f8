//! Traces: spans sent by OTLP to whoever collects them, and the W3C form by which they go on through events.

use std::collections::HashMap;
use std::time::Duration;

use jixiao_eventlog::trace::Tracer;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_otlp::{SpanExporter, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tonic::transport::Channel;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// How long the end of a process waits for its last spans to be taken.
const FLUSH: Duration = Duration::from_secs(1);

/// Where spans go: a collector's channel, and the name by which the service is known there.
pub(super) fn provider(channel: Channel, service: &str) -> Option<SdkTracerProvider> {
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

/// Sends what is left, for a short while.
pub(super) async fn flush(provider: SdkTracerProvider) {
    let flushed = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH)).await;
    if let Ok(Err(error)) = flushed {
        tracing::debug!(%error, "the last spans were not taken");
    }
}

/// W3C trace context over OpenTelemetry's spans.
pub(super) struct OpenTelemetry(TraceContextPropagator);

impl OpenTelemetry {
    pub(super) fn new() -> Self {
        Self(TraceContextPropagator::new())
    }
}

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
