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
pub fn said(code: Code, reason: &'static str, text: String, zh: impl Into<String>) -> Status {
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
    failed_read(error, None)
}

/// The answer to a read that failed by a position which the request has in this field, if it is the position's fault.
pub fn position_status(error: &ReadError, field: &str) -> Status {
    failed_read(error, Some(field))
}

fn failed_read(error: &ReadError, field: Option<&str>) -> Status {
    let (todo, zh) = match error {
        ReadError::Parked(parked) => return jixiao_eventlog::parked_status(parked),
        ReadError::OtherHistory { log } => (
            ": the log lost its end since; read anew and go on from the position of that answer",
            format!(
                "{log} 日志中没有该位置所属的历史：该日志此后丢失了末尾。请重新读取，从新答复中的位置继续。"
            ),
        ),
        ReadError::PastHead { log } => (
            ": read anew and go on from the position of that answer",
            format!("该位置在 {log} 日志末尾之后。请重新读取，从新答复中的位置继续。"),
        ),
        ReadError::UnknownLog { log } => (
            ": leave its position out, or ask the service that takes it in",
            format!("这里没有名为 {log} 的日志：请去掉该位置，或询问接收该日志的服务。"),
        ),
        ReadError::NotYet { log, position } => {
            ("", format!("尚未接收到 {log} 日志的第 {position} 个事件，请稍后重试。"))
        }
        ReadError::NotPassed { log, known_at, .. } => {
            let time = jixiao_eventlog::event::recorded_text(*known_at);
            ("", format!("尚不能确定 {log} 日志已过 {time}：此前记录的事件可能还会到来，请稍后重试。"))
        }
        ReadError::TooMuch => (
            "",
            "所询问的历史过长，超过一次可读取的上限（64 MiB）：请缩小询问范围，或不带 as_of 和 known_at。"
                .to_owned(),
        ),
        ReadError::Busy => ("", "对时点和假设的查询已达到可同时处理的上限，请稍后重试。".to_owned()),
        ReadError::Unavailable => ("", "日志暂不可用，请稍后重试。".to_owned()),
    };
    let plain = jixiao_eventlog::read_status(error);
    let mut details = plain.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone()).unwrap_or_default();
    let text = format!("{error}{todo}");
    let mut message = text.clone();
    if let Some(field) = field.filter(|_| !todo.is_empty()) {
        message = format!("{field}: {text}");
        details.set_error_info(reason.clone(), ERROR_DOMAIN, [("field".to_owned(), field.to_owned())]);
        details.set_bad_request(vec![violation(field, &reason, text)]);
    }
    details.set_localized_message("zh-CN", zh);
    Status::with_error_details(plain.code(), message, details)
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
    fn a_position_that_cannot_be_read_from_is_told_by_its_field_in_both_languages() {
        let log = || "ledger".to_owned();
        for (error, code, reason) in [
            (ReadError::OtherHistory { log: log() }, Code::Aborted, "OTHER_HISTORY"),
            (ReadError::PastHead { log: log() }, Code::OutOfRange, "PAST_HEAD"),
            (ReadError::UnknownLog { log: log() }, Code::InvalidArgument, "UNKNOWN_LOG"),
        ] {
            let status = position_status(&error, "after");
            let details = status.get_error_details();
            let violation = &details.bad_request().unwrap().field_violations[0];
            let info = details.error_info().unwrap();
            assert_eq!(
                (status.code(), info.reason.as_str(), info.metadata["field"].as_str()),
                (code, reason, "after")
            );
            assert_eq!((violation.field.as_str(), violation.reason.as_str()), ("after", reason));
            assert!(violation.description.starts_with(&format!("{error}: ")), "{}", violation.description);
            let of_no_field = read_status(&error).get_error_details();
            assert!(of_no_field.bad_request().is_none());
            for details in [&details, &of_no_field] {
                assert!(
                    details.localized_message().unwrap().message.contains("ledger 日志")
                        || details.localized_message().unwrap().message.contains("名为 ledger 的日志")
                );
            }
        }
        // What only takes time is no field's fault.
        let status = position_status(&ReadError::NotYet { log: log(), position: 7 }, "wait_for[0]");
        let details = status.get_error_details();
        assert!(status.code() == Code::Unavailable && details.bad_request().is_none());
        assert!(details.retry_info().is_some());
        assert_eq!(
            details.localized_message().unwrap().message,
            "尚未接收到 ledger 日志的第 7 个事件，请稍后重试。"
        );
    }

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
