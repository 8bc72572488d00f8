//! Events as CloudEvents 1.0: the stored JSON as data, all that the hash covers as attributes.

use jixiao_proto::io::cloudevents::v1::CloudEvent;
use jixiao_proto::io::cloudevents::v1::cloud_event::cloud_event_attribute_value::Attr;
use jixiao_proto::io::cloudevents::v1::cloud_event::{CloudEventAttributeValue, Data};
use prost_types::Timestamp;

use crate::event::StoredEvent;

/// The start of every event type: `jixiao.ledger.v1.budget_adjusted`.
const TYPE: &str = "jixiao";

/// Why a CloudEvent is no event of a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloudEventError {
    /// An attribute is missing or of another type.
    #[error("the attribute {0} is missing or of another type")]
    Attribute(&'static str),
    /// The type or source is not of this system.
    #[error("\"{0}\" is not an event of a Jixiao log")]
    Foreign(String),
}

fn text(value: &str) -> CloudEventAttributeValue {
    CloudEventAttributeValue { attr: Some(Attr::CeString(value.to_owned())) }
}

/// An event for the wire.
pub fn to_cloud_event(event: &StoredEvent) -> CloudEvent {
    let mut attributes = std::collections::BTreeMap::new();
    let mut set = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            attributes.insert(name.to_owned(), text(value));
        }
    };
    set("datacontenttype", Some("application/json"));
    set("sequence", Some(&format!("{:020}", event.position)));
    set("recordedtime", Some(&event.recorded_text()));
    set("keys", Some(&event.keys_text()));
    set("causationid", event.causation.as_deref());
    set("correlationid", event.correlation.as_deref());
    set("traceparent", event.trace.as_deref());
    set("actor", Some(&event.actor));
    set("approval", event.approval.as_deref());
    set("effectivedate", event.effective.as_deref());
    set("requestid", Some(&event.request_id));
    set("requestindex", Some(&event.request_index.to_string()));
    set("requesthash", Some(&event.request_hash));
    set("previoushash", Some(&event.previous_hash));
    set("hash", Some(&event.hash));
    set("subject", event.keys.first().map(String::as_str));
    let time = Timestamp {
        seconds: event.recorded_time.div_euclid(1_000_000),
        nanos: i32::try_from(event.recorded_time.rem_euclid(1_000_000) * 1_000).unwrap_or_default(),
    };
    attributes.insert("time".to_owned(), CloudEventAttributeValue { attr: Some(Attr::CeTimestamp(time)) });
    CloudEvent {
        id: event.id.clone(),
        source: format!("/{TYPE}/{}", event.log),
        spec_version: "1.0".to_owned(),
        r#type: format!("{TYPE}.{}.v1.{}", event.log, event.event_type),
        attributes,
        data: Some(Data::TextData(event.payload.clone())),
    }
}

/// An event from the wire, every column as it was; its hash is not checked here.
pub fn from_cloud_event(event: &CloudEvent) -> Result<StoredEvent, CloudEventError> {
    let foreign = || CloudEventError::Foreign(event.r#type.clone());
    let mut parts = event.r#type.splitn(4, '.');
    let (Some(TYPE), Some(log), Some("v1"), Some(event_type)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(foreign());
    };
    let optional = |name: &'static str| match event.attributes.get(name) {
        None => Ok(None),
        Some(CloudEventAttributeValue { attr: Some(Attr::CeString(value)) }) => Ok(Some(value.clone())),
        Some(_) => Err(CloudEventError::Attribute(name)),
    };
    let required = |name: &'static str| optional(name)?.ok_or(CloudEventError::Attribute(name));
    let Some(Data::TextData(payload)) = &event.data else { return Err(CloudEventError::Attribute("data")) };
    let Some(Attr::CeTimestamp(time)) = event.attributes.get("time").and_then(|value| value.attr.as_ref())
    else {
        return Err(CloudEventError::Attribute("time"));
    };
    let number = |name| required(name)?.parse().map_err(|_| CloudEventError::Attribute(name));
    Ok(StoredEvent {
        log: log.to_owned(),
        position: number("sequence")?,
        id: event.id.clone(),
        keys: required("keys")?.split('\n').filter(|key| !key.is_empty()).map(str::to_owned).collect(),
        event_type: event_type.to_owned(),
        payload: payload.clone(),
        causation: optional("causationid")?,
        correlation: optional("correlationid")?,
        trace: optional("traceparent")?,
        actor: required("actor")?,
        approval: optional("approval")?,
        effective: optional("effectivedate")?,
        recorded_time: time
            .seconds
            .checked_mul(1_000_000)
            .and_then(|micros| micros.checked_add(i64::from(time.nanos / 1_000)))
            .ok_or(CloudEventError::Attribute("time"))?,
        request_id: required("requestid")?,
        request_index: u32::try_from(number("requestindex")?)
            .map_err(|_| CloudEventError::Attribute("requestindex"))?,
        request_hash: required("requesthash")?,
        previous_hash: required("previoushash")?,
        hash: required("hash")?,
    })
}
