//! Signals that ask the program to stop: Ctrl-C and SIGTERM.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals, heard from now on.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    interrupt: Signal,
}

impl Signals {
    /// Begins to hear them.
    pub fn new() -> io::Result<Self> {
        #[cfg(unix)]
        return Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        });
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Returns at the next one.
    pub async fn stop(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            biased;
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Returns when somebody asks the program to stop.
pub async fn stop_signal() {
    match Signals::new() {
        Ok(mut signals) => signals.stop().await,
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
