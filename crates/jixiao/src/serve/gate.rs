//! The way in to all services: who calls is made sure of, calls wait a moment for services that are not open yet, and
//! bytes that are no request are answered as such.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use jixiao_edge::say_malformed;
use tokio::sync::watch;
use tokio::time::timeout;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tower::ServiceExt;
use tower::util::MapResponseLayer;

use super::health::Health;
use crate::transport::Caller;

/// How long a call waits for the services to open.
const WAIT: Duration = Duration::from_secs(5);

/// What a server serves: health at once, all else once it is opened.
pub(super) fn routes(health: &Health, opened: watch::Receiver<Option<Routes>>) -> Routes {
    let at_once: Router = health.routes().into_axum_router();
    let all = at_once.fallback(move |mut request: Request| {
        let mut services = opened.clone();
        async move {
            let caller = request.extensions().get::<Caller>().cloned();
            if let Some(Err(status)) = caller.map(|caller| caller.sign(request.headers_mut())) {
                return status.into_http::<Body>();
            }
            let there = timeout(WAIT, services.wait_for(Option::is_some)).await;
            let routes = there.ok().and_then(Result::ok).and_then(|routes| routes.clone());
            match routes {
                Some(routes) => routes.oneshot(request).await.unwrap_or_else(|never| match never {}),
                None => not_open().into_http::<Body>(),
            }
        }
    });
    Routes::from(all.layer(MapResponseLayer::new(|mut response: Response| {
        say_malformed(response.headers_mut());
        response
    })))
}

fn not_open() -> Status {
    let mut details = ErrorDetails::with_error_info("STARTING", jixiao_eventlog::ERROR_DOMAIN, []);
    details.set_retry_info(Some(Duration::from_millis(500)));
    details.set_localized_message("zh-CN", "服务正在启动，请稍后重试。");
    Status::with_error_details(Code::Unavailable, "the service is starting: its log is not open yet", details)
}
