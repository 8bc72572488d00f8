//! EventLogService over the wire: reading, following, resuming.

use std::sync::Arc;
use std::time::Duration;

use jixiao_eventlog::cloudevent::from_cloud_event;
use jixiao_eventlog::{EventLog, Log, StoredEvent};
use jixiao_proto::jixiao::eventlog::v1::event_log_service_client::EventLogServiceClient;
use jixiao_proto::jixiao::eventlog::v1::{ListLogsRequest, ReadEventsRequest, WatchEventsRequest};
use tonic::Code;
use tonic::transport::{Channel, Server};

use crate::stores::Place;
use crate::toy::{Bank, deposit};

/// The logs behind a server of this test's own.
async fn serve(log: Arc<Log<Bank>>) -> EventLogServiceClient<Channel> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let server = Server::builder().add_service(EventLog::new(vec![log]).server());
    tokio::spawn(server.serve_with_incoming(incoming));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    EventLogServiceClient::new(channel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_resumes_without_a_gap_or_a_repeat() {
    for place in Place::all() {
        let log = place.log::<Bank>().await;
        let mut client = serve(Arc::clone(&log)).await;
        let writer = {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                for n in 0..400 {
                    deposit(&log, &format!("r{n}"), "a", n).await.unwrap();
                }
            })
        };
        let mut seen: Vec<StoredEvent> = Vec::new();
        let mut after = String::new();
        // Cut and resumed again and again, while events come.
        for cut in (1..).map(|n| n * 7 % 50 + 1) {
            let request = WatchEventsRequest { log: "bank".into(), after: after.clone() };
            let mut stream = client.watch_events(request).await.unwrap().into_inner();
            for _ in 0..cut {
                if seen.len() == 400 {
                    break;
                }
                let next = tokio::time::timeout(Duration::from_secs(20), stream.message()).await;
                let response = next.expect("an event in time").unwrap().unwrap();
                seen.push(from_cloud_event(&response.event.unwrap()).unwrap());
                after = response.position;
            }
            if seen.len() == 400 {
                break;
            }
        }
        writer.await.unwrap();
        let positions: Vec<u64> = seen.iter().map(|event| event.position).collect();
        assert_eq!(positions, (1..=400).collect::<Vec<_>>(), "{}", place.name);
        assert!(
            seen.iter().all(|event| event.compute_hash() == event.hash),
            "every hash can be checked by a client"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_follow_each_other_and_bad_positions_are_told() {
    let place = Place::sqlite();
    let log = place.log::<Bank>().await;
    for n in 0..25 {
        deposit(&log, &format!("r{n}"), "a", n).await.unwrap();
    }
    let mut client = serve(Arc::clone(&log)).await;
    let heads = client.list_logs(ListLogsRequest::default()).await.unwrap().into_inner().logs;
    assert_eq!(heads.len(), 1);
    let mut after = String::new();
    let mut read = 0;
    loop {
        let request = ReadEventsRequest { log: "bank".into(), after, page_size: 10 };
        let page = client.read_events(request).await.unwrap().into_inner();
        read += page.events.len();
        after = page.next;
        if after == page.head {
            break;
        }
    }
    assert_eq!((read, &after), (25, &heads[0].head));
    let at = |position: u64, hash: &str| jixiao_eventlog::Position {
        log: "bank".into(),
        position,
        hash: hash.repeat(64),
    };
    for (log, after, page_size, code) in [
        ("bank", at(26, "a").to_token(), 0, Code::OutOfRange),
        ("bank", at(3, "a").to_token(), 0, Code::Aborted),
        ("bank", "nonsense".into(), 0, Code::InvalidArgument),
        ("bank", String::new(), -1, Code::InvalidArgument),
        ("vault", String::new(), 0, Code::InvalidArgument),
        ("vault", at(1, "a").to_token(), 0, Code::InvalidArgument),
    ] {
        let request = ReadEventsRequest { log: log.into(), after: after.clone(), page_size };
        let status = client.read_events(request).await.unwrap_err();
        assert_eq!(status.code(), code, "{log} {after} {page_size}: {status}");
        if page_size == 0 {
            let request = WatchEventsRequest { log: log.into(), after };
            assert_eq!(client.watch_events(request).await.unwrap_err().code(), code);
        }
    }
}
