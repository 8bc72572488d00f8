//! The write phase: requests in the order of the files, many at once where order does not matter.

use std::collections::{HashMap, HashSet};
use std::io::IsTerminal;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinSet;

use super::fault::{ImportError, Said};
use super::server::Server;
use super::step::Step;

/// Calls under way at once.
const CALLS: usize = 32;

/// Sends the steps that the log does not have. Files go one after another, steps of a lane too; lanes of one file go side
/// by side. Every log but the registry's first takes in the registry up to the end of its files.
pub(super) async fn send(
    steps: Vec<Step>,
    there: &HashSet<String>,
    server: &Server,
    progress: bool,
) -> Result<(), ImportError> {
    let steps: Vec<Step> = steps.into_iter().filter(|step| !there.contains(&step.request_id)).collect();
    let bar = bar(steps.len(), progress);
    let server = Arc::new(server.clone());
    let mut wait_for: Option<Arc<[String]>> = None;
    let mut steps = steps.into_iter().peekable();
    while let Some(first) = steps.next() {
        let (file, log) = (first.format.file, first.write.log());
        let mut of_file = vec![first];
        while let Some(step) = steps.next_if(|step| step.format.file == file) {
            of_file.push(step);
        }
        let positions: Arc<[String]> = match (&wait_for, log) {
            (_, "registry") => Arc::from([]),
            (Some(positions), _) => Arc::clone(positions),
            (None, _) => {
                let positions: Arc<[String]> = server.heads(Some("registry")).await?.into();
                wait_for = Some(Arc::clone(&positions));
                positions
            }
        };
        bar.set_message(file);
        send_file(of_file, &server, &positions, &bar).await?;
    }
    bar.finish_and_clear();
    Ok(())
}

async fn send_file(
    steps: Vec<Step>,
    server: &Arc<Server>,
    wait_for: &Arc<[String]>,
    bar: &ProgressBar,
) -> Result<(), ImportError> {
    // Lanes in the order of their first rows.
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut lanes: Vec<Vec<Step>> = Vec::new();
    for step in steps {
        let place = *places.entry(step.lane.clone()).or_insert(lanes.len());
        match lanes.get_mut(place) {
            Some(lane) => lane.push(step),
            None => lanes.push(vec![step]),
        }
    }
    let mut under_way = JoinSet::new();
    for lane in lanes {
        if under_way.len() >= CALLS
            && let Some(ended) = under_way.join_next().await
        {
            done(ended)?;
        }
        let (server, wait_for, bar) = (Arc::clone(server), Arc::clone(wait_for), bar.clone());
        under_way.spawn(async move {
            for step in lane {
                let sent = server.write(|| step.write.send(&server, &step.request_id, &wait_for)).await;
                sent.map_err(|status| server.failed(&status, Some(step.row())))?;
                bar.inc(1);
            }
            Ok(())
        });
    }
    while let Some(ended) = under_way.join_next().await {
        done(ended)?;
    }
    Ok(())
}

/// The first failure ends the import; calls that are still under way are let go with the set.
fn done(ended: Result<Result<(), ImportError>, tokio::task::JoinError>) -> Result<(), ImportError> {
    ended.unwrap_or_else(|error| {
        Err(ImportError::Refused { row: None, said: Said::new(error.to_string(), error.to_string()) })
    })
}

/// On a terminal's standard error; nowhere else.
fn bar(steps: usize, progress: bool) -> ProgressBar {
    let target = if progress && std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(u64::try_from(steps).ok(), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}
