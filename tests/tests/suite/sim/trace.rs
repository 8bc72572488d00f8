//! What happened in a run, step by step: its digest tells two runs apart, its end is shown when one fails.

use std::collections::VecDeque;
use std::fmt::Arguments;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::time::Instant;

/// Lines that are shown when a run fails, unless `JIXIAO_TRACE` says how many.
const SHOWN: usize = 80;

/// The steps of a run, in order.
#[derive(Debug, Clone)]
pub struct Trace {
    began: Instant,
    shown: usize,
    steps: Arc<Mutex<Steps>>,
    count: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct Steps {
    digest: Sha256,
    last: VecDeque<String>,
}

impl Trace {
    pub fn new() -> Self {
        let shown = std::env::var("JIXIAO_TRACE").ok().and_then(|lines| lines.parse().ok()).unwrap_or(SHOWN);
        Self { began: Instant::now(), shown, steps: Arc::default(), count: Arc::default() }
    }

    pub fn note(&self, step: Arguments<'_>) {
        let line = format!("{:>9.3} {step}", self.began.elapsed().as_secs_f64());
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.digest.update(&line);
        if steps.last.len() == self.shown {
            steps.last.pop_front();
        }
        steps.last.push_back(line);
    }

    /// Counts a step of a process; how many there were.
    pub fn step(&self) -> u64 {
        self.count.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// How many steps the processes took.
    pub fn steps(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// The digest of all that was noted.
    pub fn digest(&self) -> String {
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        hex::encode(steps.digest.clone().finalize())
    }

    /// The last steps, a line each.
    pub fn end(&self) -> String {
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.last.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}
