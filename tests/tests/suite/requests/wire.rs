//! Requests as bytes: sent as they are, answered as they come.

use std::time::Duration;

use futures::StreamExt;
use http_body_util::{BodyExt, BodyStream, Full};
use prost::bytes::{BufMut, Bytes, BytesMut};
use tokio::time::timeout;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, Request};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tower::{Service, ServiceExt};

/// How long an answer may take: a server waits 10 s for positions.
const ANSWER: Duration = Duration::from_secs(30);

/// How long the first message of a stream without an end is waited for.
const FIRST: Duration = Duration::from_millis(20);

/// A message before it is put into a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// `/jixiao.ledger.v1.LedgerService/AdjustBudget`
    pub path: String,
    /// The body of the call: with its frame, right or wrong.
    pub body: Bytes,
    /// `grpc-encoding`, where it is given.
    pub encoding: Option<&'static str>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: Status,
    /// The first message.
    pub message: Option<Bytes>,
    /// The bytes of the names and values that came as trailers: clients take 16 KiB.
    pub trailers: usize,
}

/// A message in its frame.
pub fn framed(message: &[u8]) -> Bytes {
    let mut body = BytesMut::with_capacity(message.len() + 5);
    body.put_u8(0);
    body.put_u32(u32::try_from(message.len()).unwrap());
    body.put_slice(message);
    body.freeze()
}

/// Sends a call. `ends`: whether it is one that has an end.
pub async fn send(channel: &Channel, sent: &Sent, ends: bool) -> Answer {
    let request = Request::post(format!("http://127.0.0.1{}", sent.path))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    let request = match sent.encoding {
        Some(encoding) => request.header("grpc-encoding", encoding),
        None => request,
    };
    let request = request.body(Body::new(Full::new(sent.body.clone()))).unwrap();
    let failed = |what: String| Answer { status: Status::unknown(what), message: None, trailers: 0 };
    let mut channel = channel.clone();
    let answered = timeout(ANSWER, async {
        let ready = channel.ready().await.map_err(|error| format!("not ready: {error:?}"))?;
        ready.call(request).await.map_err(|error| format!("no answer: {error:?}"))
    });
    let response = match answered.await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return failed(error),
        Err(_) => return failed("no answer in time".to_owned()),
    };
    let (head, body) = response.into_parts();
    if let Some(status) = Status::from_header_map(&head.headers) {
        return Answer { status, message: None, trailers: size(&head.headers) };
    }
    let mut frames = BodyStream::new(body.map_err(|error| format!("the answer broke off: {error:?}")));
    let mut data = BytesMut::new();
    let mut trailers = HeaderMap::new();
    let longest = if ends { ANSWER } else { FIRST };
    loop {
        match timeout(longest, frames.next()).await {
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(bytes) => data.extend_from_slice(&bytes),
                Err(frame) => trailers = frame.into_trailers().unwrap_or_default(),
            },
            Ok(None) => break,
            Err(_) if !ends => break,
            Ok(Some(Err(error))) => return failed(error),
            Err(_) => return failed("the answer did not end".to_owned()),
        }
        if !ends && first_message(&data).is_some() {
            break;
        }
    }
    let status = match Status::from_header_map(&trailers) {
        Some(status) => status,
        None if ends => Status::unknown("no status"),
        None => Status::new(Code::Ok, ""),
    };
    Answer { status, message: first_message(&data).map(Bytes::copy_from_slice), trailers: size(&trailers) }
}

/// The first message of a body, as a server takes it out of its frame.
pub fn first_message(body: &[u8]) -> Option<&[u8]> {
    let length = u32::from_be_bytes(body.get(1..5)?.try_into().ok()?);
    body.get(5..)?.get(..usize::try_from(length).ok()?)
}

fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum()
}
