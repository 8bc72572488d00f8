//! Hears what a server says beside its answer.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::dispatcher::Dispatch;
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Where sqlx leaves a server's notices: it gives them to `tracing` and to nobody else.
const TARGET: &str = "sqlx::postgres::notice";

/// Hears the warnings that come with an answer. One serves a whole store: what is heard during two statements at once
/// counts for both.
#[derive(Debug, Clone)]
pub(super) struct Notices {
    heard: Arc<Mutex<Heard>>,
    dispatch: Dispatch,
}

#[derive(Debug, Default)]
struct Heard {
    warnings: u64,
    last: String,
}

impl Notices {
    pub(super) fn new() -> Self {
        let heard = Arc::default();
        Self { dispatch: Dispatch::new(Listener(Arc::clone(&heard))), heard }
    }

    /// Waits for an answer; with the warning that came meanwhile, if one did.
    pub(super) async fn listen<F: Future>(&self, answer: F) -> (F::Output, Option<String>) {
        let warnings = || self.heard.lock().unwrap_or_else(PoisonError::into_inner).warnings;
        let before = warnings();
        let output = answer.with_subscriber(self.dispatch.clone()).await;
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        (output, (heard.warnings > before).then(|| heard.last.clone()))
    }
}

struct Listener(Arc<Mutex<Heard>>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET && *metadata.level() <= Level::WARN
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::WARN)
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.warnings += 1;
        heard.last = text.0;
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}
