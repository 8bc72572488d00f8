//! Makes the streams and consumers what they have to be. An administrator's job: services may not.

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::pull::Config as ConsumerConfig;
use async_nats::jetstream::consumer::{FromConsumer, Info as ConsumerInfo};
use async_nats::jetstream::stream::{Config as StreamConfig, Info as StreamInfo};
use serde_json::json;

use super::check::{BrokerFault, check_version};
use super::settings::{
    Flow, Limits, compared_of_consumer, compared_of_stream, consumer, stream, stream_name,
};
use super::stream::ask;
use super::{Connection, connect_once};
use crate::broker::BrokerError;

/// What was done to a stream or consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It was not there.
    Created,
    /// Some setting was another.
    Updated,
    /// It was as it has to be.
    Unchanged,
}

/// One stream or consumer, and what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The stream.
    pub stream: String,
    /// The consumer; `None` for the stream itself.
    pub consumer: Option<String>,
    /// What was done.
    pub done: Done,
}

/// Why the streams could not be applied. Applying again goes on where it failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The broker is away, or refuses the user.
    #[error("{0}")]
    Unavailable(String),
    /// The server is too old.
    #[error("{0}")]
    Fault(#[from] BrokerFault),
    /// The broker refuses a stream or consumer.
    #[error("{object}: {reason}")]
    Refused {
        /// The stream or consumer.
        object: String,
        /// What the broker says.
        reason: String,
    },
}

/// Creates what is missing and updates what differs. Changes nothing on a second run.
pub async fn apply(
    connection: &Connection,
    flows: &[Flow],
    limits: &Limits,
) -> Result<Vec<Applied>, ApplyError> {
    let client = connect_once(connection).await.map_err(ApplyError::Unavailable)?;
    check_version(&client.server_info().version)?;
    let context = async_nats::jetstream::new(client);
    let mut applied = Vec::new();
    for flow in flows {
        let done = apply_stream(&context, &stream(flow.log, limits)).await?;
        applied.push(Applied { stream: stream_name(flow.log), consumer: None, done });
        for service in &flow.consumers {
            let done = apply_consumer(&context, &stream_name(flow.log), &consumer(service, limits)).await?;
            let consumer = Some((*service).to_owned());
            applied.push(Applied { stream: stream_name(flow.log), consumer, done });
        }
    }
    Ok(applied)
}

async fn apply_stream(context: &Context, wanted: &StreamConfig) -> Result<Done, ApplyError> {
    let refused = |error: &dyn std::error::Error| ApplyError::Refused {
        object: format!("stream {}", wanted.name),
        reason: error.to_string(),
    };
    let info = format!("STREAM.INFO.{}", wanted.name);
    let found = match ask::<StreamInfo>(context, info, &wanted.name, &json!({})).await {
        Ok(found) => found.map(|info| info.config),
        Err(BrokerError::Missing(_)) => None,
        Err(error) => return Err(ApplyError::Unavailable(error.to_string())),
    };
    let Some(found) = found else {
        // Creating what is there with the same settings is no error: another may have been faster.
        context.create_stream(wanted).await.map_err(|error| refused(&error))?;
        return Ok(Done::Created);
    };
    let chosen = |config: &StreamConfig| {
        (config.num_replicas, config.max_age, config.max_bytes, config.duplicate_window)
    };
    if compared_of_stream(&found) == compared_of_stream(wanted) && chosen(&found) == chosen(wanted) {
        return Ok(Done::Unchanged);
    }
    context.update_stream(wanted).await.map_err(|error| refused(&error))?;
    Ok(Done::Updated)
}

async fn apply_consumer(
    context: &Context,
    stream: &str,
    wanted: &ConsumerConfig,
) -> Result<Done, ApplyError> {
    let name = wanted.durable_name.clone().unwrap_or_default();
    let object = format!("consumer {name} of the stream {stream}");
    let info = format!("CONSUMER.INFO.{stream}.{name}");
    let found = match ask::<ConsumerInfo>(context, info, &name, &json!({})).await {
        Ok(found) => found.map(|info| info.config),
        Err(BrokerError::Missing(_)) => None,
        Err(error) => return Err(ApplyError::Unavailable(error.to_string())),
    };
    let done = if let Some(found) = found {
        let found = ConsumerConfig::try_from_consumer_config(found).ok();
        let same = found.is_some_and(|found| {
            compared_of_consumer(&found) == compared_of_consumer(wanted)
                && found.num_replicas == wanted.num_replicas
        });
        if same {
            return Ok(Done::Unchanged);
        }
        Done::Updated
    } else {
        Done::Created
    };
    // Creates or updates.
    let made = context.create_consumer_on_stream(wanted.clone(), stream).await;
    made.map_err(|error| ApplyError::Refused { object, reason: error.to_string() })?;
    Ok(done)
}
