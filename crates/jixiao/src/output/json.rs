//! What several commands write alike for programs.

use jixiao_proto::jixiao::scoring::v1::EventRef;
use jixiao_proto::jixiao::types::v1::Names;
use serde::Serialize;

/// A text in both languages.
#[derive(Debug, Serialize)]
pub struct Pair<'a> {
    zh: &'a str,
    en: &'a str,
}

impl<'a> Pair<'a> {
    /// The text; empty where none is given.
    pub fn of(names: Option<&'a Names>) -> Self {
        names.map_or(Self { zh: "", en: "" }, |names| Self { zh: &names.zh, en: &names.en })
    }
}

/// An event that something comes from.
#[derive(Debug, Serialize)]
pub struct Event<'a> {
    log: &'a str,
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    effective: &'a str,
    actor: &'a str,
    recorded_time: &'a str,
}

impl<'a> Event<'a> {
    /// The event.
    pub fn of(event: &'a EventRef) -> Self {
        Self {
            log: &event.log,
            id: &event.id,
            kind: &event.r#type,
            effective: &event.effective,
            actor: &event.actor,
            recorded_time: &event.recorded_time,
        }
    }
}
