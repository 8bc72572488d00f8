//! Watches: what a log holds after a place, then what comes.

use std::pin::Pin;

use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::log::LOOK_AGAIN;
use crate::service::server_ends;

/// Items that wait for a slow watcher.
const QUEUE: usize = 16;

/// What a watch sends.
pub type Watch<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Sends what `next` finds after a place, until nobody listens, reading fails or `ending` turns true. `next` gives what it
/// found and the place behind it; the same place says that nothing came.
pub fn watch<T, P, F>(
    mut after: P,
    mut wakes: watch::Receiver<u64>,
    mut ending: watch::Receiver<bool>,
    mut next: impl FnMut(P) -> F + Send + 'static,
) -> Watch<T>
where
    T: Send + 'static,
    P: Clone + PartialEq + Send + Sync + 'static,
    F: Future<Output = Result<(Vec<T>, P), Status>> + Send,
{
    let (sender, receiver) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        loop {
            if *ending.borrow() {
                let _ = sender.send(Err(server_ends())).await;
                return;
            }
            wakes.mark_unchanged();
            let (items, place) = match next(after.clone()).await {
                Ok(found) => found,
                Err(status) => {
                    let _ = sender.send(Err(status)).await;
                    return;
                }
            };
            if place == after {
                tokio::select! {
                    biased;
                    () = sender.closed() => return,
                    Ok(()) = ending.changed() => {}
                    // A wake may be lost: the log itself is looked at all the same.
                    _ = timeout(LOOK_AGAIN, wakes.changed()) => {}
                }
            }
            after = place;
            for item in items {
                if sender.send(Ok(item)).await.is_err() {
                    return;
                }
            }
        }
    });
    Box::pin(ReceiverStream::new(receiver))
}
