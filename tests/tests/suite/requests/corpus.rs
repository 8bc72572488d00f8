//! Right requests: those that the program's own import sends, recorded on their way, and what is said in them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use http_body_util::{BodyExt, Full};
use jixiao_tests::server::Server;
use prost::bytes::Bytes;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MethodDescriptor, ReflectMessage, Value};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Code;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt;
use tower::ServiceExt;

use super::wire::{Answer, framed};
use crate::wuxi::EXAMPLE;

/// Every call of the services.
pub fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(jixiao_proto::DESCRIPTORS).unwrap();
    pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

/// `/jixiao.ledger.v1.LedgerService/AdjustBudget`
pub fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

/// What right requests are made of.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// Whole requests by path.
    pub requests: BTreeMap<String, Vec<DynamicMessage>>,
    /// Messages that were parts of others, by full name.
    pub parts: BTreeMap<String, Vec<DynamicMessage>>,
    /// Numbers, choices and the like by the full name of their field.
    pub scalars: BTreeMap<String, Vec<Value>>,
    /// Texts by the name of their field.
    pub texts: BTreeMap<String, Vec<String>>,
    /// Names of resources, by the names of their collections: `funds/projects`.
    pub names: BTreeMap<String, Vec<String>>,
    /// The collections that a call's field was said to want, by path and field.
    pub wanted: BTreeMap<String, Vec<String>>,
}

/// The most of a kind that is kept.
const KEPT: usize = 300;

impl Corpus {
    /// Imports the example into a server and keeps what it sends.
    pub async fn record(server: &Server) -> Self {
        let seen: Arc<Mutex<Vec<(String, Bytes)>>> = Arc::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let channel = Endpoint::from_shared(server.url()).unwrap().connect_lazy();
        let routes = recorder(channel, Arc::clone(&seen));
        let proxy = tokio::spawn(
            tonic::transport::Server::builder()
                .add_routes(routes)
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        let mut import = server.command(&["import", EXAMPLE, "--server", &url]);
        let imported = tokio::task::spawn_blocking(move || import.output().unwrap()).await.unwrap();
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
        proxy.abort();
        let mut corpus = Self::default();
        let mut seen = std::mem::take(&mut *seen.lock().unwrap());
        // In an order that does not depend on which calls went side by side.
        seen.sort();
        for method in methods() {
            let sent = seen.iter().filter(|(of, _)| *of == path(&method));
            for (of, body) in sent {
                let message = DynamicMessage::decode(method.input(), body.slice(5..)).unwrap();
                corpus.learn(&message);
                corpus.add(of, message);
            }
        }
        corpus
    }

    /// Keeps a right request that was written down.
    pub fn add_new(&mut self, of: &str, message: &impl prost::Message) {
        let method = methods().into_iter().find(|method| path(method) == of).unwrap();
        let message = DynamicMessage::decode(method.input(), &message.encode_to_vec()[..]).unwrap();
        self.learn(&message);
        self.add(of, message);
    }

    /// Keeps what an answer says: what was right, or of which form a name has to be.
    pub fn learn_from(&mut self, method: &MethodDescriptor, asked: &DynamicMessage, answer: &Answer) {
        let path = path(method);
        if answer.status.code() == Code::Ok {
            let answered = answer.message.clone().map(|bytes| DynamicMessage::decode(method.output(), bytes));
            if let Some(Ok(answered)) = answered {
                self.learn(&answered);
                self.add(&path, asked.clone());
            }
            return;
        }
        let violations =
            answer.status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
        for violation in violations {
            let form = violation.description.split_once("of the form ").map(|(_, form)| form);
            let field = violation.field.rsplit('.').next().unwrap_or_default();
            let field = field.split('[').next().unwrap_or_default();
            if let Some(form) = form {
                keep(&mut self.wanted, &format!("{path} {field}"), &collections(form));
            }
        }
    }

    /// Keeps a right request.
    pub fn add(&mut self, path: &str, message: DynamicMessage) {
        let requests = self.requests.entry(path.to_owned()).or_default();
        if requests.len() < KEPT {
            requests.push(message);
        }
    }

    /// Keeps what a message says.
    pub fn learn(&mut self, message: &DynamicMessage) {
        for (field, value) in message.fields() {
            let values = match value {
                Value::List(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            for value in values {
                match (field.kind(), value) {
                    (Kind::String, Value::String(text)) => self.learn_text(field.name(), text),
                    (Kind::Message(_), Value::Message(part)) => {
                        keep(&mut self.parts, part.descriptor().full_name(), part);
                        self.learn(part);
                    }
                    (_, scalar) => keep(&mut self.scalars, field.full_name(), scalar),
                }
            }
        }
    }

    fn learn_text(&mut self, field: &str, text: &String) {
        keep(&mut self.texts, field, text);
        // What one call answers with, another one asks for.
        let asked = match field {
            "next_page_token" => "page_token",
            "position" | "head" | "next" => "after",
            _ => "",
        };
        if !asked.is_empty() {
            keep(&mut self.texts, asked, text);
        }
        if asked == "after" {
            keep(&mut self.texts, "wait_for", text);
        }
        let collections = collections(text);
        if !collections.is_empty() {
            keep(&mut self.names, &collections, text);
        }
    }
}

/// `funds/projects` of `funds/a/projects/b`; empty for what is no name of a resource.
pub fn collections(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    if parts.len() < 2 || !parts.len().is_multiple_of(2) || !name.is_ascii() || name.len() > 200 {
        return String::new();
    }
    parts.iter().step_by(2).copied().collect::<Vec<_>>().join("/")
}

fn keep<T: Clone + PartialEq>(kept: &mut BTreeMap<String, Vec<T>>, kind: &str, one: &T) {
    let of_kind = kept.entry(kind.to_owned()).or_default();
    if of_kind.len() < KEPT && !of_kind.contains(one) {
        of_kind.push(one.clone());
    }
}

/// Hands every call on, and keeps its bytes.
fn recorder(channel: Channel, seen: Arc<Mutex<Vec<(String, Bytes)>>>) -> Routes {
    Routes::from(axum::Router::new().fallback(move |request: Request| {
        let (channel, seen) = (channel.clone(), Arc::clone(&seen));
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            seen.lock().unwrap().push((head.uri.path().to_owned(), body.clone()));
            let request = Request::from_parts(head, Body::new(Full::new(body)));
            channel.oneshot(request).await.unwrap().map(axum::body::Body::new)
        }
    }))
}

/// A request as it goes over the wire.
pub fn body(message: &DynamicMessage) -> Bytes {
    framed(&prost::Message::encode_to_vec(message))
}
