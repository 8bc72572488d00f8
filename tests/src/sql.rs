//! A PostgreSQL client as small as it can be: simple queries as text, over the protocol itself, for preparing databases
//! and for looking at or damaging rows behind the product's back.

use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// One row of an answer: each column as PostgreSQL prints it, `None` for NULL.
pub type Row = Vec<Option<String>>;

/// Version 3.0 of the protocol.
const PROTOCOL: u32 = 3 << 16;

/// Connects as `postgres` to a server that trusts the loopback and runs one or more statements; returns the rows.
pub fn query(port: u16, database: &str, statements: &str) -> io::Result<Vec<Row>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let mut session = Session { reader: BufReader::new(stream) };
    session.start(database)?;
    session.query(statements)
}

struct Session {
    reader: BufReader<TcpStream>,
}

impl Session {
    fn start(&mut self, database: &str) -> io::Result<()> {
        let mut body = PROTOCOL.to_be_bytes().to_vec();
        for text in ["user", "postgres", "database", database, ""] {
            body.extend_from_slice(text.as_bytes());
            body.push(0);
        }
        self.send(None, &body)?;
        self.until_ready().map(drop)
    }

    fn query(&mut self, statements: &str) -> io::Result<Vec<Row>> {
        let mut body = statements.as_bytes().to_vec();
        body.push(0);
        self.send(Some(b'Q'), &body)?;
        self.until_ready()
    }

    fn send(&mut self, kind: Option<u8>, body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
        let mut message: Vec<u8> = kind.into_iter().collect();
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(body);
        self.reader.get_mut().write_all(&message)
    }

    /// Reads messages until the server is ready for the next query; the rows among them, or its error.
    fn until_ready(&mut self) -> io::Result<Vec<Row>> {
        let mut rows = Vec::new();
        let mut refusal = None;
        loop {
            let mut head = [0; 5];
            if let Err(error) = self.reader.read_exact(&mut head) {
                // A server that refuses a session says why, then hangs up.
                return Err(refusal.unwrap_or(error));
            }
            let [kind, a, b, c, d] = head;
            let length = u32::from_be_bytes([a, b, c, d]) as usize;
            let mut body = vec![0; length.saturating_sub(4)];
            self.reader.read_exact(&mut body)?;
            match kind {
                b'D' => rows.push(row(&body)?),
                b'E' => refusal = Some(io::Error::other(message(&body))),
                b'R' if body != [0; 4] => return Err(io::Error::other("the server asks for a password")),
                b'Z' => return refusal.map_or(Ok(rows), Err),
                _ => {}
            }
        }
    }
}

/// A data row: a count of columns, then for each its length (−1 for NULL) and its text.
fn row(body: &[u8]) -> io::Result<Row> {
    let mut rest = body;
    let mut count = [0; 2];
    rest.read_exact(&mut count)?;
    let mut columns = Vec::new();
    for _ in 0..u16::from_be_bytes(count) {
        let mut length = [0; 4];
        rest.read_exact(&mut length)?;
        columns.push(match usize::try_from(i32::from_be_bytes(length)) {
            Ok(length) => {
                let mut text = vec![0; length];
                rest.read_exact(&mut text)?;
                Some(String::from_utf8(text).map_err(io::Error::other)?)
            }
            Err(_) => None,
        });
    }
    Ok(columns)
}

/// An error's fields, each a letter and a text: the severity, the code and the message of them.
fn message(body: &[u8]) -> String {
    let fields: Vec<String> = body
        .split(|byte| *byte == 0)
        .filter_map(|field| field.split_first())
        .filter(|(letter, _)| matches!(letter, b'S' | b'C' | b'M'))
        .map(|(_, text)| String::from_utf8_lossy(text).into_owned())
        .collect();
    fields.join(": ")
}
