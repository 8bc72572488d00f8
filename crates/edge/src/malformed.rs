//! Answers to bytes that are no request.
//!
//! gRPC's codec calls them INTERNAL, as if the server had failed, and gives no details. It answers before a service is
//! called, unary or streaming, and so in the head of the response.

use jixiao_eventlog::ERROR_DOMAIN;
use tonic::codegen::http::HeaderMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::fields::{clip, violation};
use crate::status::{MOST_CHARS, said};

/// What prost begins with.
const UNDECODED: &str = "failed to decode Protobuf message: ";

/// Puts an answer that says what is wrong with the request in the place of the codec's own. Told apart by what every
/// answer of a service has and the codec's has not: details.
pub fn say_malformed(head: &mut HeaderMap) {
    if head.contains_key(Status::GRPC_STATUS_DETAILS) {
        return;
    }
    let Some(status) = Status::from_header_map(head) else { return };
    let answer = match status.code() {
        Code::Internal => undecodable(status.message()),
        Code::OutOfRange => {
            let reason = "MESSAGE_TOO_LARGE";
            said(
                Code::OutOfRange,
                reason,
                status.message().to_owned(),
                "请求超过单个消息的大小上限，请拆分后提交。",
            )
        }
        _ => return,
    };
    // A text that a header cannot hold is escaped, so that this cannot fail.
    let _ = answer.add_header(head);
}

/// The answer to a message that does not decode.
fn undecodable(said: &str) -> Status {
    let (field, what) = match said.strip_prefix(UNDECODED) {
        Some(text) => path(text),
        None => (String::new(), said),
    };
    let text = clip(format!("does not decode: {what}"), MOST_CHARS);
    let (message, zh) = if field.is_empty() {
        (format!("the request {text}"), format!("请求无法解码：{what}"))
    } else {
        (format!("{field}: {text}"), format!("字段 {field} 无法解码：{what}"))
    };
    let reason = "MALFORMED";
    let mut details =
        ErrorDetails::with_error_info(reason, ERROR_DOMAIN, [("field".to_owned(), field.clone())]);
    details.set_bad_request(vec![violation(field, reason, text)]);
    details.set_localized_message("zh-CN", clip(zh, MOST_CHARS));
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// The path of a field and what is wrong with it, from a text that names the innermost message and field first:
/// `Names.zh: CreateFundRequest.names: invalid string value: …` is `names.zh`.
fn path(mut text: &str) -> (String, &str) {
    let mut fields = Vec::new();
    while let Some((place, rest)) = text.split_once(": ")
        && let Some((_, field)) = place.split_once('.').filter(|_| !place.contains(' '))
    {
        fields.push(field.trim_start_matches("r#"));
        text = rest;
    }
    fields.reverse();
    (fields.join("."), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(code: Code, message: &str) -> Status {
        let mut head = HeaderMap::new();
        Status::new(code, message).add_header(&mut head).unwrap();
        say_malformed(&mut head);
        Status::from_header_map(&head).unwrap()
    }

    #[test]
    fn a_field_is_named_from_without() {
        for (said, field, message) in [
            (
                "failed to decode Protobuf message: Names.zh: CreateFundRequest.names: invalid string value: data is not UTF-8 encoded",
                "names.zh",
                "names.zh: does not decode: invalid string value: data is not UTF-8 encoded",
            ),
            (
                "failed to decode Protobuf message: Document.r#type: invalid wire type: Varint (expected LengthDelimited)",
                "type",
                "type: does not decode: invalid wire type: Varint (expected LengthDelimited)",
            ),
            (
                "failed to decode Protobuf message: invalid varint",
                "",
                "the request does not decode: invalid varint",
            ),
            ("Missing request message.", "", "the request does not decode: Missing request message."),
        ] {
            let answer = answered(Code::Internal, said);
            assert_eq!((answer.code(), answer.message()), (Code::InvalidArgument, message));
            assert_eq!(answer.get_details_bad_request().unwrap().field_violations[0].field, field);
            assert_eq!(answer.get_details_error_info().unwrap().reason, "MALFORMED");
        }
    }

    #[test]
    fn a_service_s_own_answer_stays() {
        for code in [Code::Internal, Code::OutOfRange] {
            let own = said(code, "OWN", "own".to_owned(), "自有");
            let mut head = HeaderMap::new();
            own.add_header(&mut head).unwrap();
            let before = head.clone();
            say_malformed(&mut head);
            assert_eq!(head, before);
        }
        assert_eq!(answered(Code::Unimplemented, "Content is compressed").code(), Code::Unimplemented);
        assert_eq!(
            answered(Code::OutOfRange, "too large").get_details_error_info().unwrap().reason,
            "MESSAGE_TOO_LARGE"
        );
    }
}
