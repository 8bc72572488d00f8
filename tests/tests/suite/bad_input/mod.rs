//! Input that is wrong, of every kind: the answer says what is wrong and where, and nothing is written.

mod answers;
mod bytes;
mod calls;
mod files;
mod pages;
mod schemes;
mod simulations;

use std::time::Duration;

use jixiao_tests::server::Server;
use prost::Message;
use prost::bytes::Bytes;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt;

use crate::api::Api;
use crate::requests::wire::{Answer, Sent, framed, send};

/// A call that is refused, and how.
struct Case {
    /// What is wrong with it.
    kind: &'static str,
    sent: Sent,
    code: Code,
    reason: &'static str,
    /// The field that the answer names.
    field: &'static str,
    /// Parts of its text.
    says: Vec<String>,
}

/// `ledger.AdjustBudget` as it goes over the wire.
fn path(call: &str) -> String {
    let (log, method) = call.split_once('.').unwrap();
    let service = match log {
        "eventlog" => "EventLogService",
        "registry" => "RegistryService",
        "ledger" => "LedgerService",
        "targets" => "TargetService",
        "scoring" => "ScoringService",
        other => panic!("no service of {other}"),
    };
    format!("/jixiao.{log}.v1.{service}/{method}")
}

fn case(
    kind: &'static str,
    call: &str,
    message: &impl Message,
    (code, reason): (Code, &'static str),
    field: &'static str,
    says: &'static str,
) -> Case {
    of_body(kind, call, framed(&message.encode_to_vec()), (code, reason), field, says)
}

fn of_body(
    kind: &'static str,
    call: &str,
    body: Bytes,
    (code, reason): (Code, &'static str),
    field: &'static str,
    says: &'static str,
) -> Case {
    let sent = Sent { path: path(call), body, encoding: None };
    Case { kind, sent, code, reason, field, says: vec![says.to_owned()] }
}

/// A server with a fund, and what its logs hold.
struct Served {
    server: Server,
    api: Api,
    channel: Channel,
}

impl Served {
    async fn start() -> Self {
        let server = Server::start();
        let channel = Endpoint::from_shared(server.url()).unwrap().connect_lazy();
        let mut api = Api::new(&server.url());
        let approved = api.fund("f", 1_000).await;
        let mut started = Self { server, api, channel };
        started.rest(&approved.position).await;
        started
    }

    /// Waits until every log has taken in what came up to a position of the ledger.
    async fn rest(&mut self, ledger: &str) {
        let mut heads = self.api.heads().await;
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let now = self.api.heads().await;
            if now == heads && now.iter().any(|head| head != ledger) {
                return;
            }
            heads = now;
        }
    }

    async fn send(&self, sent: &Sent) -> Answer {
        send(&self.channel, sent, !sent.path.ends_with("WatchEvents")).await
    }

    /// Sends what is wrong and expects each answer, and logs that stay where they are.
    async fn expect(&mut self, cases: &[Case]) {
        let before = self.api.heads().await;
        for case in cases {
            let Case { kind, sent, code, reason, field, says } = case;
            let answer = self.send(sent).await;
            let status = &answer.status;
            let info = status.get_details_error_info();
            let shown = format!("{kind}, {}: {status:?}\n{info:?}", sent.path);
            assert_eq!(status.code(), *code, "{shown}");
            let info = info.unwrap_or_else(|| panic!("no reason: {shown}"));
            let violations =
                status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
            let is_said = |text: &str| says.iter().all(|part| text.contains(part));
            // One of several violations, or what a single refusal is about.
            let in_violations = violations
                .iter()
                .any(|bad| bad.reason == *reason && bad.field == *field && is_said(&bad.description));
            let of_field = info.metadata.get("field").map(String::as_str).unwrap_or_default() == *field;
            let in_refusal = info.reason == *reason && of_field && is_said(status.message());
            assert!(
                in_violations || in_refusal,
                "expected {reason} of \"{field}\" that says {says:?}\n{shown}\n{violations:?}"
            );
            assert!(answer.trailers <= 16 * 1024, "{shown}");
            assert_eq!(self.api.heads().await, before, "something was written\n{shown}");
        }
    }

    /// Sends what is right, so that what was changed in it is what was wrong.
    async fn accept(&mut self, call: &str, message: &impl Message) {
        let sent = Sent { path: path(call), body: framed(&message.encode_to_vec()), encoding: None };
        let answer = self.send(&sent).await;
        assert_eq!(answer.status.code(), Code::Ok, "{call}: {:?}", answer.status);
    }
}
