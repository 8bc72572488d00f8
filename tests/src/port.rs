//! Loopback ports.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Below the ports that systems give to outgoing connections, which would take one while its server is down.
const FIRST: u16 = 12_000;
const COUNT: u16 = 18_000;

/// What this process has taken: the port of the same number for datagrams, which no test serves. A socket is gone with its
/// process, however that ends.
static TAKEN: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());

/// A loopback port that nobody listens on. No other test gets it while this process lives, be it in another process.
#[track_caller]
pub fn free() -> u16 {
    // Processes that start together begin far apart.
    let begin = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap_or_default();
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    for step in 0..COUNT {
        let port = FIRST + (begin.wrapping_mul(97) % COUNT + step) % COUNT;
        let Ok(mark) = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)) else { continue };
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            taken.push(mark);
            return port;
        }
    }
    panic!("no loopback port from {FIRST} on is free")
}

/// Whether somebody accepts connections on this loopback port.
pub fn accepts(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}
