//! Traces through events: the trace of a command goes on where its events are published and taken in.
//!
//! | span | where | continues |
//! | --- | --- | --- |
//! | `command` | a write call | the caller's `traceparent` |
//! | `commit` | the COMMIT of the batch that holds it | `command`, `intake` |
//! | `publish` | the relay | the event's trace |
//! | `intake` | a consumer's log | the source event's trace |
//! | `recompute` | what follows from an intake, decided | `intake` |
//!
//! An event's column `trace` holds the W3C `traceparent` of the span that it came from. Who records spans is not known
//! here: the program sets a [`Tracer`], and without one a trace is passed on as it came.

use std::sync::OnceLock;

use tracing::Span;

/// The target of every span of a trace, so that a subscriber can tell them from others.
pub const TARGET: &str = "jixiao_trace";

/// Records spans, and knows how a trace is written.
pub trait Tracer: Send + Sync + 'static {
    /// Makes a span a part of the trace that a `traceparent` names.
    fn continue_from(&self, span: &Span, traceparent: &str);

    /// The `traceparent` of a span; `None` where it is not recorded.
    fn traceparent(&self, span: &Span) -> Option<String>;
}

static TRACER: OnceLock<Box<dyn Tracer>> = OnceLock::new();

/// Sets the process's tracer. The first one stays.
pub fn set_tracer(tracer: impl Tracer) {
    // A second one would split traces in two.
    let _ = TRACER.set(Box::new(tracer));
}

/// Makes a span go on with a trace, where there is one.
pub fn continued(span: Span, traceparent: Option<&str>) -> Span {
    if let (Some(tracer), Some(traceparent)) = (TRACER.get(), traceparent) {
        tracer.continue_from(&span, traceparent);
    }
    span
}

/// The `traceparent` by which what a span leads to goes on with its trace: the span's own, else the one that it came with.
pub fn passed_on(span: &Span, came_with: Option<&str>) -> Option<String> {
    let own = TRACER.get().and_then(|tracer| tracer.traceparent(span));
    own.or_else(|| came_with.map(str::to_owned))
}
