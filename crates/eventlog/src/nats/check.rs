//! Reads the settings of server, streams and consumers back and compares them.

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::pull::Config as ConsumerConfig;
use async_nats::jetstream::consumer::{FromConsumer, Info as ConsumerInfo};
use async_nats::jetstream::stream::Info as StreamInfo;
use serde_json::json;

use super::Uses;
use super::settings::{
    Limits, SERVER, Setting, compared_of_consumer, compared_of_stream, consumer, stream, stream_name,
};
use super::stream::ask;
use crate::broker::BrokerError;

/// Why a broker cannot be used. Only an operator sets it right: the process stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerFault {
    /// The server is too old.
    #[error(
        "nats-server {found} drops settings without a word: version {}.{}.{} or later is needed",
        SERVER.0, SERVER.1, SERVER.2
    )]
    Version {
        /// Its version.
        found: String,
    },
    /// A stream or consumer is not set as it has to be.
    #[error("{object}: {setting} is {found}, it has to be {wanted}: run `jixiao nats apply`")]
    Differs {
        /// The stream or consumer.
        object: String,
        /// The setting.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        wanted: String,
    },
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checked {
    Fine,
    /// Something is not there. The rest is as it should be.
    Missing(String),
    Unavailable(String),
    Fault(BrokerFault),
}

/// Whether a server's version is new enough.
pub(super) fn check_version(found: &str) -> Result<(), BrokerFault> {
    let mut numbers = found.split(['.', '-', '+']).map(|part| part.parse::<i64>().unwrap_or(-1));
    let mut number = || numbers.next().unwrap_or(-1);
    if (number(), number(), number()) >= SERVER {
        Ok(())
    } else {
        Err(BrokerFault::Version { found: found.to_owned() })
    }
}

/// Compares all that a service uses.
pub(super) async fn check(context: &Context, uses: &Uses) -> Checked {
    let mut missing = None;
    let own = uses.publishes.then_some(uses.service);
    for log in own.iter().chain(uses.takes_in) {
        let name = stream_name(log);
        let found = ask::<StreamInfo>(context, format!("STREAM.INFO.{name}"), &name, &json!({})).await;
        match settle(found, &mut missing) {
            Ok(None) => {}
            Ok(Some(info)) => {
                let wanted = compared_of_stream(&stream(log, &Limits::default()));
                if let Err(fault) =
                    compare(&format!("stream {name}"), compared_of_stream(&info.config), wanted)
                {
                    return Checked::Fault(fault);
                }
            }
            Err(checked) => return checked,
        }
    }
    for log in uses.takes_in {
        let name = format!("{} of the stream {}", uses.service, stream_name(log));
        let subject = format!("CONSUMER.INFO.{}.{}", stream_name(log), uses.service);
        let found = ask::<ConsumerInfo>(context, subject, &name, &json!({})).await;
        match settle(found, &mut missing) {
            Ok(None) => {}
            Ok(Some(info)) => {
                let wanted = compared_of_consumer(&consumer(uses.service, &Limits::default()));
                let object = format!("consumer {name}");
                let compared = match ConsumerConfig::try_from_consumer_config(info.config) {
                    Ok(config) => compare(&object, compared_of_consumer(&config), wanted),
                    Err(_) => Err(BrokerFault::Differs {
                        object,
                        setting: "deliver_subject",
                        found: "set".to_owned(),
                        wanted: "none: a pull consumer".to_owned(),
                    }),
                };
                if let Err(fault) = compared {
                    return Checked::Fault(fault);
                }
            }
            Err(checked) => return checked,
        }
    }
    missing.map_or(Checked::Fine, Checked::Missing)
}

/// What an answer means for the whole: what is missing is noted, what fails ends the check.
fn settle<T>(
    found: Result<Option<T>, BrokerError>,
    missing: &mut Option<String>,
) -> Result<Option<T>, Checked> {
    match found {
        Ok(found) => Ok(found),
        Err(BrokerError::Missing(what)) => {
            missing.get_or_insert(what);
            Ok(None)
        }
        Err(error) => Err(Checked::Unavailable(error.to_string())),
    }
}

/// The first setting that differs.
pub(super) fn compare(object: &str, found: Vec<Setting>, wanted: Vec<Setting>) -> Result<(), BrokerFault> {
    for (found, wanted) in found.into_iter().zip(wanted) {
        if found != wanted {
            return Err(BrokerFault::Differs {
                object: object.to_owned(),
                setting: wanted.name,
                found: found.value,
                wanted: wanted.value,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for (version, fine) in [
            ("2.15.0", true),
            ("2.15.1", true),
            ("2.15.0-RC.1", true),
            ("2.100.0", true),
            ("3.0.0", true),
            ("2.14.9", false),
            ("2.9.10", false),
            ("1.99.99", false),
            ("", false),
            ("new", false),
        ] {
            assert_eq!(check_version(version).is_ok(), fine, "{version}");
        }
    }
}
