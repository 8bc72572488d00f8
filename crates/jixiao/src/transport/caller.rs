//! Who calls: what a client's certificate says, before any call is looked at.

use jixiao_edge::{ACTOR, Fields};
use rustls::pki_types::CertificateDer;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use x509_parser::parse_x509_certificate;

/// The most characters of a name.
const NAME: usize = 100;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(Name);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    /// No certificate: a client on this machine, who says itself who it is.
    Unproven,
    /// The common name of the certificate's subject.
    Proven(String),
    /// A certificate whose common name cannot be kept with an event, and why.
    Unusable(&'static str),
}

impl Caller {
    /// Somebody without a certificate.
    pub(crate) fn unproven() -> Self {
        Self(Name::Unproven)
    }

    /// Whom a certificate names. That it is genuine was seen in the handshake.
    pub(crate) fn proven_by(certificate: &CertificateDer<'_>) -> Self {
        let Ok((_, parsed)) = parse_x509_certificate(certificate) else {
            return Self(Name::Unusable("the certificate does not read"));
        };
        let mut names = parsed.subject().iter_common_name();
        let (name, more) = (names.next(), names.next());
        if more.is_some() {
            return Self(Name::Unusable("the certificate's subject has several common names"));
        }
        let name = name.and_then(|name| name.as_str().ok()).unwrap_or_default();
        let visible = name.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if visible && (1..=NAME).contains(&name.len()) && name.trim() == name {
            Self(Name::Proven(name.to_owned()))
        } else {
            Self(Name::Unusable(
                "the common name of the certificate's subject is not 1 to 100 visible ASCII characters",
            ))
        }
    }

    /// Makes the certificate's name the actor of a call; a call that names another one is refused.
    pub(crate) fn sign(&self, headers: &mut http::HeaderMap) -> Result<(), Box<Status>> {
        let name = match &self.0 {
            Name::Unproven => return Ok(()),
            Name::Unusable(why) => return Err(Box::new(unusable(why))),
            Name::Proven(name) => name,
        };
        if headers.get_all(ACTOR).iter().any(|said| said.as_bytes() != name.as_bytes()) {
            let mut fields = Fields::new();
            let said = format!("has to be {name}, whom the certificate names, or left out");
            fields.violation(ACTOR, "BAD_ACTOR", said);
            return fields.all(()).map_err(Box::new);
        }
        let value: MetadataValue<_> = name.parse().map_err(|_| unusable("the name is no header value"))?;
        if let Ok(value) = http::HeaderValue::from_bytes(value.as_encoded_bytes()) {
            headers.insert(ACTOR, value);
        }
        Ok(())
    }
}

fn unusable(why: &str) -> Status {
    let mut details =
        ErrorDetails::with_error_info("BAD_CERTIFICATE_NAME", jixiao_eventlog::ERROR_DOMAIN, []);
    details.set_localized_message(
        "zh-CN",
        "证书主体的通用名（CN）须为 1 到 100 个可见 ASCII 字符，它就是操作者。",
    );
    let text = format!("{why}: it is kept with every event as the actor");
    Status::with_error_details(Code::Unauthenticated, text, details)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(caller: &Caller, said: Option<&str>) -> Result<Option<String>, Code> {
        let mut headers = http::HeaderMap::new();
        if let Some(said) = said {
            headers.insert(ACTOR, said.parse().unwrap());
        }
        caller.sign(&mut headers).map_err(|status| status.code())?;
        Ok(headers.get(ACTOR).map(|value| value.to_str().unwrap().to_owned()))
    }

    #[test]
    fn the_certificate_says_who_it_is() {
        let zhang = Caller(Name::Proven("zhang.wei".to_owned()));
        let some = |name: &str| Ok(Some(name.to_owned()));
        assert_eq!(signed(&zhang, None), some("zhang.wei"));
        assert_eq!(signed(&zhang, Some("zhang.wei")), some("zhang.wei"));
        assert_eq!(signed(&zhang, Some("li.na")), Err(Code::InvalidArgument));
        assert_eq!(signed(&Caller(Name::Unusable("no")), None), Err(Code::Unauthenticated));
        assert_eq!(signed(&Caller::unproven(), Some("li.na")), some("li.na"));
        assert_eq!(signed(&Caller::unproven(), None), Ok(None));
    }

    #[test]
    fn what_is_no_certificate_names_nobody() {
        let caller = Caller::proven_by(&CertificateDer::from(vec![1, 2, 3]));
        assert_eq!(signed(&caller, None), Err(Code::Unauthenticated));
    }
}
