//! Answers that are no success: a code, a stable reason, what is wrong in English and Chinese.

use std::collections::HashMap;
use std::time::Duration;

use jixiao_eventlog::{DeliveryFault, ERROR_DOMAIN, ExecuteError, ReadError};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::fields::{Named, clip, violation};

/// The most characters of a text of an answer: a refusal's is there three times, in trailers of which clients take 16 KiB.
pub(crate) const MOST_CHARS: usize = 600;

/// What a refusal is to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// Something that the request names is not there.
    NotFound,
    /// Something that the request makes is there already.
    AlreadyExists,
    /// A value of the request is wrong, whatever the state.
    InvalidArgument,
    /// The state does not allow it.
    FailedPrecondition,
}

/// A refusal of a service's rules, for the wire.
pub trait Refuse: std::error::Error {
    /// What it is to the caller.
    fn kind(&self) -> RefusalKind;

    /// A stable reason in UPPER_SNAKE_CASE.
    fn reason(&self) -> &'static str;

    /// What is wrong and what to do, in Chinese.
    fn zh(&self) -> String;

    /// The type and name of the resource that it is about.
    fn resource(&self) -> Option<(&'static str, String)>;

    /// The request's field that it is about. Where it is about a resource, the field that names that is found without.
    fn field(&self) -> Option<&'static str> {
        None
    }
}

/// The answer to a refusal. `seen` are the positions that the decision had seen, for the wire.
fn refused<R: Refuse>(refusal: &R, named: &Named, seen: &[String]) -> Status {
    let text = clip(refusal.to_string(), MOST_CHARS);
    let (code, message) = match refusal.kind() {
        // What is missing may be on its way in another service's log: say what was seen.
        RefusalKind::NotFound => {
            (Code::NotFound, format!("{text} (nothing newer than this has been taken in)"))
        }
        RefusalKind::AlreadyExists => (Code::AlreadyExists, text.clone()),
        RefusalKind::InvalidArgument => (Code::InvalidArgument, text.clone()),
        RefusalKind::FailedPrecondition => (Code::FailedPrecondition, text.clone()),
    };
    let mut metadata = HashMap::new();
    if !seen.is_empty() {
        metadata.insert("seen".to_owned(), seen.join(" "));
    }
    let (resource_type, name) = refusal.resource().unwrap_or_default();
    let field = refusal.field().map(str::to_owned).or_else(|| named.field_of(&name));
    if let Some(field) = field.clone() {
        metadata.insert("field".to_owned(), field);
    }
    let mut details = ErrorDetails::with_error_info(refusal.reason(), ERROR_DOMAIN, metadata);
    match refusal.kind() {
        RefusalKind::InvalidArgument => {
            let field = field.unwrap_or_default();
            details.set_bad_request(vec![violation(field, refusal.reason(), text.clone())]);
        }
        RefusalKind::FailedPrecondition => {
            details.add_precondition_failure_violation(refusal.reason(), name.clone(), text.clone());
        }
        RefusalKind::NotFound | RefusalKind::AlreadyExists => {}
    }
    if !name.is_empty() {
        details.set_resource_info(resource_type, name, "", text);
    }
    details.set_localized_message("zh-CN", clip(refusal.zh(), MOST_CHARS));
    Status::with_error_details(code, message, details)
}

/// The answer to a command that took no effect, or may not have.
pub(crate) fn status_of<R: Refuse>(error: &ExecuteError<R>, named: &Named) -> Status {
    let (code, reason, zh) = match error {
        ExecuteError::Parked(parked) => return jixiao_eventlog::parked_status(parked),
        ExecuteError::Refused { refusal, seen } => {
            let seen: Vec<_> = seen.iter().map(jixiao_eventlog::Position::to_token).collect();
            return refused(refusal, named, &seen);
        }
        ExecuteError::RequestReused { .. } => return reused(error.to_string()),
        ExecuteError::TooLarge { .. } => (Code::InvalidArgument, "TOO_LARGE", "请求内容过大，请拆分后提交。"),
        ExecuteError::Unavailable | ExecuteError::Delivery(_) => {
            (Code::Unavailable, "LOG_UNAVAILABLE", "日志暂不可用，请用同一 request_id 重试。")
        }
        ExecuteError::Internal => (Code::Internal, "INTERNAL", "处理该请求时出现内部错误，未写入任何数据。"),
    };
    said(code, reason, error.to_string(), zh)
}

/// The answer to a request under the id of another one.
pub(crate) fn reused(text: String) -> Status {
    let reason = "REQUEST_ID_REUSED";
    let field = [("field".to_owned(), "request_id".to_owned())];
    let mut details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, field);
    details.set_localized_message("zh-CN", "该 request_id 已用于其他内容，请换一个新的。");
    Status::with_error_details(Code::AlreadyExists, text, details)
}

/// An answer that is no success, in both languages.
pub(crate) fn said(code: Code, reason: &'static str, text: String, zh: impl Into<String>) -> Status {
    let mut details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, []);
    let text = clip(text, MOST_CHARS);
    match code {
        Code::Unavailable => {
            details.set_retry_info(Some(Duration::from_millis(500)));
        }
        Code::FailedPrecondition => {
            details.add_precondition_failure_violation(reason, "", text.clone());
        }
        _ => {}
    }
    details.set_localized_message("zh-CN", clip(zh.into(), MOST_CHARS));
    Status::with_error_details(code, text, details)
}

/// The answer to a read of something that is not there; `position` is what the answer reflects.
pub fn not_found(resource_type: &'static str, name: impl Into<String>, position: &str) -> Status {
    let name = name.into();
    let text = format!("there is no {resource_type} {name} as of the position seen");
    let metadata = [("seen".to_owned(), position.to_owned())];
    let mut details = ErrorDetails::with_error_info("NOT_FOUND", ERROR_DOMAIN, metadata);
    details.set_resource_info(resource_type, name.clone(), "", text.clone());
    details.set_localized_message("zh-CN", format!("截至所见位置，没有 {name}。"));
    Status::with_error_details(Code::NotFound, text, details)
}

/// The answer to a read that failed.
pub fn read_status(error: &ReadError) -> Status {
    jixiao_eventlog::read_status(error)
}

/// The answer to a read of a log that holds an event which this program cannot read: a newer program wrote it, or it is
/// damaged. Nothing that the caller could change.
pub fn unreadable(fault: &DeliveryFault) -> Status {
    let zh = "日志中有本程序无法读取的事件，请联系管理员。";
    said(Code::Internal, "UNREADABLE_EVENT", fault.to_string(), zh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_does_not_read_is_told_in_both_languages() {
        let (log, event_type) = ("targets".to_owned(), "target_split".to_owned());
        let newer = DeliveryFault::UnknownType { log: log.clone(), event_type };
        let damaged = DeliveryFault::Unreadable { log, position: 7, reason: "no field `target`".to_owned() };
        for (fault, said) in
            [(newer, "of the unknown type target_split"), (damaged, "event 7 of the targets log")]
        {
            let status = unreadable(&fault);
            assert_eq!(status.code(), Code::Internal);
            assert!(status.message().contains(said), "{}", status.message());
            let details = status.get_error_details();
            assert_eq!(details.error_info().unwrap().reason, "UNREADABLE_EVENT");
            let zh = details.localized_message().unwrap();
            assert_eq!(zh.locale, "zh-CN");
            assert_eq!(zh.message, "日志中有本程序无法读取的事件，请联系管理员。");
        }
    }
}
