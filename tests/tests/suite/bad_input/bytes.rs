//! Bytes that are no request.

use jixiao_proto::jixiao::eventlog::v1 as eventlog;
use jixiao_proto::jixiao::registry::v1 as registry;
use prost::Message;
use prost::bytes::Bytes;
use tonic::Code::{self, InvalidArgument, OutOfRange};

use super::{Case, Served, of_body, path};
use crate::api::{increase, names};
use crate::requests::wire::{Sent, framed};

#[tokio::test(flavor = "multi_thread")]
async fn bytes() {
    let mut served = Served::start().await;
    let right = registry::RegisterAgencyRequest {
        request_id: "a".to_owned(),
        agency_id: "a".to_owned(),
        names: names("甲局"),
        ..Default::default()
    };
    let message = right.encode_to_vec();
    // The same length: GBK for a character of three bytes.
    let at = message.windows(3).position(|bytes| bytes == "甲".as_bytes()).unwrap();
    let mut gbk = message.clone();
    gbk[at..at + 3].copy_from_slice(b"\xbc\xd7a");
    let adjust = increase("a", "f", 5);
    let mut wire_type = adjust.encode_to_vec();
    // Field 5, the amount, as a number.
    wire_type.extend([5 << 3, 5]);
    // Groups that begin in groups and never end.
    let deep = [(15 << 3) | 3; 200];
    let large = registry::RegisterAgencyRequest { note: "x".repeat(5_000_000), ..right.clone() };
    let frame = |flag: u8, length: u32, message: &[u8]| {
        Bytes::from([&[flag][..], &length.to_be_bytes(), message].concat())
    };
    let length = u32::try_from(message.len()).unwrap();
    let malformed = (InvalidArgument, "MALFORMED");
    let register =
        |kind, body, field, says| of_body(kind, "registry.RegisterAgency", body, malformed, field, says);
    let cases: Vec<Case> = vec![
        register(
            "invalid UTF-8",
            framed(&gbk),
            "names.zh",
            "names.zh: does not decode: invalid string value",
        ),
        register("a byte too few", framed(&message[..message.len() - 1]), "names", "does not decode"),
        register("a varint without an end", framed(&[0xff; 12]), "", "the request does not decode"),
        register("a field of number 0", framed(&[0, 1]), "", "the request does not decode"),
        of_body(
            "another wire type",
            "ledger.AdjustBudget",
            framed(&wire_type),
            malformed,
            "amount",
            "amount: does not decode",
        ),
        register("groups in groups", framed(&deep), "", "recursion limit"),
        register("no message", Bytes::new(), "", "Missing request message"),
        register("half a frame", Bytes::from_static(&[0, 0, 0]), "", "Unexpected EOF"),
        register("a frame longer than its message", frame(0, length + 1, &message), "", "Unexpected EOF"),
        register("an unknown flag", frame(7, length, &message), "", "invalid compression flag: 7"),
        register("compressed, it does not say how", frame(1, length, &message), "", "compressed-flag"),
        of_body(
            "5 MB",
            "registry.RegisterAgency",
            framed(&large.encode_to_vec()),
            (OutOfRange, "MESSAGE_TOO_LARGE"),
            "",
            "the limit is: 4194304 bytes",
        ),
        of_body(
            "4 GB, it says",
            "registry.RegisterAgency",
            frame(0, u32::MAX, &message),
            (OutOfRange, "MESSAGE_TOO_LARGE"),
            "",
            "found 4294967295 bytes",
        ),
        of_body("a read", "registry.GetFund", framed(b"\x0a\x02\xff\xfe"), malformed, "name", "not UTF-8"),
        of_body(
            "a stream",
            "eventlog.WatchEvents",
            framed(b"\x0a\x02\xff\xfe"),
            malformed,
            "log",
            "not UTF-8",
        ),
        of_body("a stream's frame", "eventlog.WatchEvents", frame(9, 0, &[]), malformed, "", "flag: 9"),
    ];
    served.expect(&cases).await;

    // Compression that is not known has a code of its own, which says what is.
    let before = served.api.heads().await;
    let sent = Sent {
        path: path("registry.RegisterAgency"),
        body: frame(1, length, &message),
        encoding: Some("snappy"),
    };
    let status = served.send(&sent).await.status;
    assert_eq!(status.code(), Code::Unimplemented, "{status:?}");
    assert!(status.message().contains("snappy"), "{status:?}");
    // Services that are not the program's own answer no other way.
    for service in ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"] {
        let body = framed(b"\x0a\x02\xff\xfe");
        let status = served.send(&Sent { path: service.to_owned(), body, encoding: None }).await.status;
        assert_eq!(status.code(), InvalidArgument, "{service}: {status:?}");
    }
    assert_eq!(served.api.heads().await, before);
    let watch = eventlog::WatchEventsRequest { log: "registry".to_owned(), ..Default::default() };
    served.accept("eventlog.WatchEvents", &watch).await;
    served.accept("registry.RegisterAgency", &right).await;
}
