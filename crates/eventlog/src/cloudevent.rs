//! Events as CloudEvents 1.0: the stored JSON as data, all that the hash covers as attributes.

use jixiao_proto::io::cloudevents::v1::CloudEvent;
use jixiao_proto::io::cloudevents::v1::cloud_event::cloud_event_attribute_value::Attr;
use jixiao_proto::io::cloudevents::v1::cloud_event::{CloudEventAttributeValue, Data};
use prost_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::event::{StoredEvent, recorded_text};
use crate::key::fund_of;

/// The start of every event type: `jixiao.ledger.v1.budget_adjusted`.
const TYPE: &str = "jixiao";

/// The version of CloudEvents.
const VERSION: &str = "1.0";

/// What the data is.
const CONTENT: &str = "application/json";

/// Why a CloudEvent is no event of a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloudEventError {
    /// An attribute is missing or of another type.
    #[error("the attribute {0} is missing or of another type")]
    Attribute(&'static str),
    /// The type or source is not of this system.
    #[error("\"{0}\" is not an event of a Jixiao log")]
    Foreign(String),
    /// It is no CloudEvent in JSON.
    #[error("not a CloudEvent in JSON: {0}")]
    Unreadable(String),
}

/// Where an event is from: `/jixiao/ledger`.
fn source(log: &str) -> String {
    format!("/{TYPE}/{log}")
}

/// Its type: `jixiao.ledger.v1.budget_adjusted`.
fn event_type(event: &StoredEvent) -> String {
    format!("{TYPE}.{}.v1.{}", event.log, event.event_type)
}

/// The name of the schema of its data: the part of `crates/events/schemas/LOG.json` for its type.
fn data_schema(event: &StoredEvent) -> String {
    format!("urn:{TYPE}:schema:{}:v1:{}", event.log, event.event_type)
}

/// The log and the event type that a CloudEvent's type names.
fn read_type(text: &str) -> Result<(&str, &str), CloudEventError> {
    let mut parts = text.splitn(4, '.');
    let (Some(TYPE), Some(log), Some("v1"), Some(event_type)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(CloudEventError::Foreign(text.to_owned()));
    };
    Ok((log, event_type))
}

fn read_keys(text: &str) -> Vec<String> {
    text.split('\n').filter(|key| !key.is_empty()).map(str::to_owned).collect()
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
    set("datacontenttype", Some(CONTENT));
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
    let schema = CloudEventAttributeValue { attr: Some(Attr::CeUri(data_schema(event))) };
    attributes.insert("dataschema".to_owned(), schema);
    CloudEvent {
        id: event.id.clone(),
        source: source(&event.log),
        spec_version: VERSION.to_owned(),
        r#type: event_type(event),
        attributes,
        data: Some(Data::TextData(event.payload.clone())),
    }
}

/// An event from the wire, every column as it was; its hash is not checked here.
pub fn from_cloud_event(event: &CloudEvent) -> Result<StoredEvent, CloudEventError> {
    let (log, event_type) = read_type(&event.r#type)?;
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
        keys: read_keys(&required("keys")?),
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

/// A CloudEvent in JSON, its only form on NATS. Extensions are texts, as on gRPC.
#[derive(Serialize, Deserialize)]
struct Json<'a> {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    time: String,
    datacontenttype: String,
    dataschema: String,
    sequence: String,
    recordedtime: String,
    keys: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causationid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlationid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    actor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approval: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effectivedate: Option<String>,
    requestid: String,
    requestindex: String,
    requesthash: String,
    previoushash: String,
    hash: String,
    /// The stored bytes: never read and written again.
    #[serde(borrow)]
    data: &'a RawValue,
}

/// An event as CloudEvents 1.0 JSON, `data` byte for byte as stored. Fails if its payload is no JSON.
pub fn to_json(event: &StoredEvent) -> Result<String, CloudEventError> {
    let unreadable = |error: serde_json::Error| CloudEventError::Unreadable(error.to_string());
    let json = Json {
        specversion: VERSION.to_owned(),
        id: event.id.clone(),
        source: source(&event.log),
        event_type: event_type(event),
        subject: event.keys.first().cloned(),
        time: event.recorded_text(),
        datacontenttype: CONTENT.to_owned(),
        dataschema: data_schema(event),
        sequence: format!("{:020}", event.position),
        recordedtime: event.recorded_text(),
        keys: event.keys_text(),
        causationid: event.causation.clone(),
        correlationid: event.correlation.clone(),
        traceparent: event.trace.clone(),
        actor: event.actor.clone(),
        approval: event.approval.clone(),
        effectivedate: event.effective.clone(),
        requestid: event.request_id.clone(),
        requestindex: event.request_index.to_string(),
        requesthash: event.request_hash.clone(),
        previoushash: event.previous_hash.clone(),
        hash: event.hash.clone(),
        data: serde_json::from_str(&event.payload).map_err(unreadable)?,
    };
    serde_json::to_string(&json).map_err(unreadable)
}

/// An event from CloudEvents JSON, every column as it was; its hash is not checked here.
pub fn from_json(json: &[u8]) -> Result<StoredEvent, CloudEventError> {
    let json: Json<'_> =
        serde_json::from_slice(json).map_err(|error| CloudEventError::Unreadable(error.to_string()))?;
    let (log, event_type) = read_type(&json.event_type)?;
    let time: jiff::Timestamp =
        json.recordedtime.parse().map_err(|_| CloudEventError::Attribute("recordedtime"))?;
    Ok(StoredEvent {
        log: log.to_owned(),
        position: json.sequence.parse().map_err(|_| CloudEventError::Attribute("sequence"))?,
        id: json.id,
        keys: read_keys(&json.keys),
        event_type: event_type.to_owned(),
        payload: json.data.get().to_owned(),
        causation: json.causationid,
        correlation: json.correlationid,
        trace: json.traceparent,
        actor: json.actor,
        approval: json.approval,
        effective: json.effectivedate,
        recorded_time: time.as_microsecond(),
        request_id: json.requestid,
        request_index: json.requestindex.parse().map_err(|_| CloudEventError::Attribute("requestindex"))?,
        request_hash: json.requesthash,
        previous_hash: json.previoushash,
        hash: json.hash,
    })
}

/// The attributes that a message carries as `ce-` headers too, to filter by. Values as the HTTP binding writes them:
/// everything but visible ASCII as %XX.
pub fn headers(event: &StoredEvent) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("ce-specversion", VERSION.to_owned()),
        ("ce-id", event.id.clone()),
        ("ce-source", source(&event.log)),
        ("ce-type", event_type(event)),
        ("ce-time", event.recorded_text()),
        ("ce-dataschema", data_schema(event)),
        ("ce-sequence", format!("{:020}", event.position)),
        ("ce-recordedtime", recorded_text(event.recorded_time)),
    ];
    headers.extend(event.keys.first().map(|key| ("ce-subject", key.clone())));
    for (_, value) in &mut headers {
        *value = escape(value, |byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'%'));
    }
    headers
}

/// The subject that an event is published under: `jixiao.LOG.FUND.TYPE`. The fund is `_` where the event belongs to none,
/// or to several.
pub fn subject(event: &StoredEvent) -> String {
    let mut funds = event.keys.iter().filter_map(|key| fund_of(key));
    let fund = funds.next().filter(|first| funds.all(|other| other == *first));
    // Ids hold nothing but a-z, 0-9 and "-"; should one ever, it must not change the subject's parts.
    let token = |text: &str| escape(text, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let fund = match fund {
        None => "_".to_owned(),
        Some("_") => "%5F".to_owned(),
        Some(fund) => token(fund),
    };
    format!("{TYPE}.{}.{fund}.{}", token(&event.log), token(&event.event_type))
}

/// Writes all bytes but some as %XX.
fn escape(text: &str, plain: impl Fn(u8) -> bool) -> String {
    use std::fmt::Write as _;

    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(keys: &[&str], payload: &str) -> StoredEvent {
        let mut event = StoredEvent {
            log: "ledger".into(),
            position: 7,
            id: StoredEvent::id_for("ledger", "r-1", 0),
            keys: keys.iter().map(ToString::to_string).collect(),
            event_type: "budget_adjusted".into(),
            payload: payload.into(),
            causation: None,
            correlation: Some("c".into()),
            trace: None,
            actor: "zhang.wei".into(),
            approval: Some(r#"{"by":"市财政局"}"#.into()),
            effective: Some("2019-11".into()),
            recorded_time: 1_573_000_000_000_001,
            request_id: "r-1".into(),
            request_index: 0,
            request_hash: "00".into(),
            previous_hash: "ab".repeat(32),
            hash: String::new(),
        };
        event.hash = event.compute_hash();
        event
    }

    #[test]
    fn every_column_comes_back_in_both_forms() {
        // Spaces, an exponent, a doubled key and the order of keys: all of it is kept.
        let payload = "{ \"b\" : 1.50e+2,\t\"a\":\"\\u4e2d\", \"b\":0 }";
        let stored = event(&["fund/smart-city-2019", "account/smart-city-2019/p"], payload);
        let json = to_json(&stored).unwrap();
        assert!(json.ends_with(&format!("\"data\":{payload}}}")), "{json}");
        assert_eq!(from_json(json.as_bytes()), Ok(stored.clone()));
        assert_eq!(from_cloud_event(&to_cloud_event(&stored)), Ok(stored));
    }

    #[test]
    fn what_is_no_event_is_told_apart() {
        let json = to_json(&event(&["fund/f"], "{}")).unwrap();
        let foreign = json.replace("jixiao.ledger.v1.", "com.example.");
        assert!(matches!(from_json(foreign.as_bytes()), Err(CloudEventError::Foreign(_))));
        for garbage in ["", "{}", "not JSON", "[]"] {
            assert!(
                matches!(from_json(garbage.as_bytes()), Err(CloudEventError::Unreadable(_))),
                "{garbage}"
            );
        }
        let sequence = json.replace("\"00000000000000000007\"", "\"seven\"");
        assert_eq!(from_json(sequence.as_bytes()), Err(CloudEventError::Attribute("sequence")));
        assert!(to_json(&event(&[], "not JSON")).is_err());
    }

    #[test]
    fn a_subject_has_four_parts() {
        for (keys, expected) in [
            (&["fund/f-1", "project/f-1/p"][..], "jixiao.ledger.f-1.budget_adjusted"),
            (&["agency/a"], "jixiao.ledger._.budget_adjusted"),
            (&[], "jixiao.ledger._.budget_adjusted"),
            (&["fund/f-1", "fund/f-2"], "jixiao.ledger._.budget_adjusted"),
            (&["fund/a.b*> 中"], "jixiao.ledger.a%2Eb%2A%3E%20%E4%B8%AD.budget_adjusted"),
            (&["fund/_"], "jixiao.ledger.%5F.budget_adjusted"),
        ] {
            assert_eq!(subject(&event(keys, "{}")), expected);
        }
    }

    #[test]
    fn a_header_is_one_line_of_visible_ascii() {
        let headers = headers(&event(&["fund/市\n\"50%\""], "{}"));
        let subject = headers.iter().find(|(name, _)| *name == "ce-subject").unwrap();
        assert_eq!(subject.1, "fund/%E5%B8%82%0A%2250%25%22");
        assert!(headers.iter().all(|(_, value)| value.bytes().all(|byte| byte.is_ascii_graphic())));
    }
}
