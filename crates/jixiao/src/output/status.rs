//! A refusal of the server with all that it tells about itself.

use std::collections::BTreeMap;

use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::language::Language;
use crate::text::error as text;

/// A refusal for programs.
#[derive(Debug, Serialize)]
struct Refusal {
    code: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_zh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Violation>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    retry: bool,
}

/// One bad field, or one precondition that is not met.
#[derive(Debug, Serialize)]
struct Violation {
    field: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    description: String,
}

/// A refusal as lines for people: what was wrong, its stable reason, what it was about, every bad field.
pub fn refusal_lines(language: Language, status: &Status) -> Vec<String> {
    refusal_lines_as(language, status, text::refused)
}

/// The same, with what is said of message and code.
pub fn refusal_lines_as(
    language: Language,
    status: &Status,
    said: fn(Language, String, String) -> String,
) -> Vec<String> {
    let refusal = Refusal::of(status);
    let message = match (language, &refusal.message_zh) {
        (Language::Chinese, Some(zh)) => zh.clone(),
        // The fields follow, a line each.
        _ if refusal.only_names_fields() => text::bad_fields(language),
        _ => refusal.message.clone(),
    };
    let code = match refusal.reason.as_str() {
        "" => refusal.code.to_owned(),
        reason if reason == refusal.code => refusal.code.to_owned(),
        reason => format!("{}, {reason}", refusal.code),
    };
    let mut lines = vec![said(language, message, code)];
    if let Some(resource) = &refusal.resource {
        lines.push(format!("  {}", text::about(language, resource)));
    }
    // What only repeats the message, or is not meant for people, is left to the JSON.
    for Violation { field, reason, description } in &refusal.violations {
        if *description == refusal.message && refusal.resource.as_ref() == Some(field) {
            continue;
        }
        let description = match language {
            Language::Chinese => text::field_in_chinese(reason, description),
            Language::English => None,
        }
        .unwrap_or_else(|| description.clone());
        let described = if reason.is_empty() { description } else { format!("{description} [{reason}]") };
        lines.push(format!("  {}", text::field(language, field, described)));
    }
    for (key, value) in refusal.metadata.iter().filter(|(key, _)| !["seen", "field"].contains(&key.as_str()))
    {
        lines.push(format!("  {key}: {value}"));
    }
    if refusal.retry {
        lines.push(text::retry_later(language));
    }
    lines
}

/// A refusal as JSON for programs.
pub fn refusal_json(status: &Status) -> serde_json::Value {
    serde_json::json!({ "error": Refusal::of(status) })
}

impl Refusal {
    /// Whether its message does no more than repeat its violations.
    fn only_names_fields(&self) -> bool {
        self.violations
            .first()
            .is_some_and(|first| self.message.starts_with(&format!("{}: {}", first.field, first.description)))
    }

    fn of(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let bad_fields = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
        let unmet =
            details.precondition_failure().map(|unmet| unmet.violations.as_slice()).unwrap_or_default();
        let violations = bad_fields
            .iter()
            .map(|bad| Violation {
                field: bad.field.clone(),
                reason: bad.reason.clone(),
                description: bad.description.clone(),
            })
            .chain(unmet.iter().map(|unmet| Violation {
                field: unmet.subject.clone(),
                reason: unmet.r#type.clone(),
                description: unmet.description.clone(),
            }))
            .collect();
        Self {
            code: code_name(status.code()),
            reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
            message: status.message().to_owned(),
            message_zh: details
                .localized_message()
                .filter(|localized| localized.locale.starts_with("zh"))
                .map(|localized| localized.message.clone()),
            resource: details.resource_info().map(|resource| resource.resource_name.clone()),
            metadata: info.map(|info| info.metadata.clone().into_iter().collect()).unwrap_or_default(),
            violations,
            retry: details.retry_info().is_some(),
        }
    }
}

/// A code as gRPC writes it.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, FieldViolation};

    use super::*;

    fn refused() -> Status {
        let mut details = ErrorDetails::new();
        details
            .set_error_info(
                "DECREASE_EXCEEDS_AVAILABLE",
                "jixiao",
                [("available".to_owned(), "3".to_owned())],
            )
            .set_localized_message("zh", "调减超过可用金额")
            .set_resource_info("fund", "funds/smart-city-2019", "", "")
            .add_bad_request_violation("amount", "is above 3");
        Status::with_error_details(
            Code::FailedPrecondition,
            "the decrease exceeds what is available",
            details,
        )
    }

    #[test]
    fn every_detail_is_shown() {
        assert_eq!(
            refusal_lines(Language::English, &refused()),
            [
                "the server refused: the decrease exceeds what is available (FAILED_PRECONDITION, DECREASE_EXCEEDS_AVAILABLE)",
                "  about: funds/smart-city-2019",
                "  field amount: is above 3",
                "  available: 3",
            ]
        );
        assert!(refusal_lines(Language::Chinese, &refused())[0].contains("调减超过可用金额"));
        let mut details = ErrorDetails::new();
        details.set_error_info("BAD_ID", "jixiao", std::collections::HashMap::new()).set_bad_request(vec![
            FieldViolation {
                field: "name".to_owned(),
                reason: "BAD_ID".to_owned(),
                description: "\"A\" is no id".to_owned(),
                localized_message: None,
            },
        ]);
        let bad = Status::with_error_details(Code::InvalidArgument, "name: \"A\" is no id", details);
        assert_eq!(
            refusal_lines(Language::Chinese, &bad),
            [
                "服务器拒绝：请求有误（INVALID_ARGUMENT, BAD_ID）",
                "  字段 name：“A”不是标识，或标识的格式不对 [BAD_ID]",
            ]
        );
        let json = refusal_json(&refused());
        assert_eq!(json["error"]["reason"], "DECREASE_EXCEEDS_AVAILABLE");
        assert_eq!(json["error"]["violations"][0]["field"], "amount");
    }
}
