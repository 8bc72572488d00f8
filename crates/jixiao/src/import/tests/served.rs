//! Against a server with its logs in a folder.

use std::net::SocketAddr;
use std::path::Path;
use std::{fs, io};

use jixiao_eventlog::Location;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tonic::Status;

use super::example;
use crate::import::server::Server;
use crate::import::{Import, ImportError, Report};
use crate::language::Language;
use crate::serve::{Running, start};

async fn serve(data: &TempDir) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    start(&Location::Folder(data.path().to_owned()), listener, Language::English).await.unwrap()
}

async fn import(folder: &Path, server: &Running, dry_run: bool) -> Result<Report, ImportError> {
    let import = Import {
        folder: folder.to_owned(),
        dry_run,
        server: format!("http://{}", server.address),
        actor: "test".to_owned(),
        tls: None,
    };
    import.run(false).await
}

fn new_rows(report: &Report) -> Vec<(&str, usize)> {
    report.files.iter().filter(|file| file.new > 0).map(|file| (file.file.as_str(), file.new)).collect()
}

/// A copy of the example in which a text of a file is another.
fn changed(file: &str, from: &str, to: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(example()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    let text = fs::read_to_string(copy.path().join(file)).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from}");
    fs::write(copy.path().join(file), text.replace(from, to)).unwrap();
    copy
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_log_has_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    let server = serve(&data).await;

    let report = import(&example(), &server, true).await.unwrap();
    assert_eq!((new_rows(&report).len(), report.positions.len()), (18, 0), "the parts go with other rows");
    let first = import(&example(), &server, false).await.unwrap();
    assert_eq!((new_rows(&first), first.positions.len()), (new_rows(&report), 4));
    let second = import(&example(), &server, false).await.unwrap();
    assert_eq!(new_rows(&second), []);
    // The scoring log may still be taking in the first.
    assert_eq!(second.positions[..2], first.positions[..2]);

    // A new actual is one new request; a changed target would be another with the same id.
    let actual = changed(
        "targets.csv",
        "70 个,70,,个,42 个,42,个,2019,0,2020-06-05,252",
        "70 个,70,,个,71 个,71,个,2019,0,2020-06-05,252",
    );
    assert_eq!(new_rows(&import(actual.path(), &server, false).await.unwrap()), [("targets.csv", 1)]);
    let entry = changed("budget_entries.csv", ",decrease,,,669,", ",decrease,,,670,");
    let Err(ImportError::BadRows(rows)) = import(entry.path(), &server, false).await else {
        panic!("an entry with the same id was taken")
    };
    let found: Vec<_> = rows.iter().map(|row| (row.file.as_str(), row.line, row.column.as_str())).collect();
    assert_eq!(found, [("budget_entries.csv", 6, "id")], "{rows:?}");
    // What is on the server counts: of 3659.2, 2442.5 are paid, so that 1216.7 are left to allocate.
    let rest = changed(
        "budget_entries.csv",
        "smart-city-2019,payments-2019,",
        "smart-city-2019,all,allocation,smart-tourism,,1217,万元,2019,,,,,,,,,139,\nsmart-city-2019,payments-2019,",
    );
    let Err(ImportError::BadRows(rows)) = import(rest.path(), &server, false).await else {
        panic!("more was allocated than there is")
    };
    assert!(rows.len() == 1 && rows[0].line == 7 && rows[0].column == "amount", "{rows:?}");
    server.stop().await;
}

#[tokio::test]
async fn refused_or_away() {
    let server = Server::open("http://127.0.0.1:9", None, "a").unwrap();
    let row = Some(("targets.csv".to_owned(), 7));
    let refused = server.failed(&Status::not_found("there is no such fund"), row.clone());
    assert_eq!(refused.exit_code(), 3);
    assert!(
        refused
            .text(Language::English)
            .starts_with("targets.csv, line 7: the server refused: there is no such")
    );
    let away = server.failed(&Status::unavailable("not now"), row);
    assert_eq!(away.exit_code(), 4);
    assert!(
        away.text(Language::Chinese)
            .starts_with("targets.csv 第 7 行：无法连接服务器 http://127.0.0.1:9：not now")
    );
}

/// A stand-in for a server: its first connections get a GOAWAY in the moment of their first call, which is not taken, as of
/// a server that stops; the later ones lead to the server itself. Returns its URL.
async fn going_away(server: SocketAddr, first: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for connection in 0.. {
            let (mut client, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                if connection < first {
                    return go_away(&mut client).await;
                }
                let mut server = TcpStream::connect(server).await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
            });
        }
    });
    url
}

/// Speaks just enough of HTTP/2 (RFC 9113).
async fn go_away(client: &mut TcpStream) -> io::Result<()> {
    const HEADERS: u8 = 1;
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    client.write_all(&settings).await?;
    let mut preface = [0; 24];
    client.read_exact(&mut preface).await?;
    loop {
        let mut head = [0; 9];
        client.read_exact(&mut head).await?;
        let [a, b, c, kind, ..] = head;
        let mut frame = vec![0; u32::from_be_bytes([0, a, b, c]).try_into().unwrap()];
        client.read_exact(&mut frame).await?;
        if kind == HEADERS {
            break;
        }
    }
    // The last stream that was taken is 0, and there is no error.
    let goaway = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    client.write_all(&goaway).await?;
    tokio::io::copy(client, &mut tokio::io::sink()).await.map(drop)
}

/// Such a call ends in an INTERNAL that no server said.
#[tokio::test(flavor = "multi_thread")]
async fn calls_that_meet_a_goaway_are_repeated_and_not_for_ever() {
    let data = tempfile::tempdir().unwrap();
    let server = serve(&data).await;
    let through = |url: String| Import {
        folder: example(),
        dry_run: false,
        server: url,
        actor: "test".to_owned(),
        tls: None,
    };
    let stops = through(going_away(server.address, usize::MAX).await).run(false).await.unwrap_err();
    assert_eq!(stops.exit_code(), 4, "{stops:?}");
    assert!(stops.text(Language::English).ends_with("Import again to go on from there."), "{stops}");
    let report = through(going_away(server.address, 3).await).run(false).await.unwrap();
    assert_eq!(new_rows(&report).len(), 18);
    // The same where it writes.
    let other = Server::open(&going_away(server.address, 6).await, None, "test").unwrap();
    let heads = other.heads(Some("registry")).await.unwrap();
    assert!(heads.len() == 1 && report.positions.contains(&heads[0]), "{heads:?}");
    server.stop().await;
}
