//! Answers that rest on a history that its source no longer holds are marked.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use jixiao_eventlog::FeedStates;
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::server::NamedService;

/// The metadata of an answer that is stale: the sources whose history is another by now, by commas.
pub const STALE: &str = "jixiao-stale";

/// A gRPC service whose answers, refusals too, say when they are stale.
#[derive(Debug, Clone)]
pub struct Stale<S> {
    service: S,
    feeds: Arc<FeedStates>,
}

impl<S> Stale<S> {
    /// A service, and the feeds that its answers rest on.
    pub fn new(service: S, feeds: &Arc<FeedStates>) -> Self {
        Self { service, feeds: Arc::clone(feeds) }
    }
}

impl<S: NamedService> NamedService for Stale<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Stale<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let (answer, feeds) = (self.service.call(request), Arc::clone(&self.feeds));
        Box::pin(async move {
            let mut answer = answer.await?;
            let forked = feeds.forked();
            if let Ok(sources) = http::HeaderValue::from_str(&forked.join(","))
                && !forked.is_empty()
            {
                answer.headers_mut().insert(STALE, sources);
            }
            Ok(answer)
        })
    }
}
