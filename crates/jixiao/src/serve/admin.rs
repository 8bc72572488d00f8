//! The plain port: gRPC health and metrics, nothing else. A kubelet has no client certificate.

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tonic::Status;
use tonic::body::Body;

use super::health::Health;

/// The content type of Prometheus's text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Serves health and metrics on a port that is taken already, as long as the process lives.
pub(super) fn serve(listener: TcpListener, health: &Health, metrics: PrometheusHandle) {
    let render = move || {
        let text = metrics.render();
        async move { ([(header::CONTENT_TYPE, TEXT)], text) }
    };
    let router: Router = health.routes().into_axum_router();
    let router = router.route("/metrics", get(render)).fallback(nothing);
    tokio::spawn(async move { axum::serve(listener, router).await });
}

/// What is not here, in the words of whoever asks.
async fn nothing(request: Request) -> Response {
    let grpc = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
    if grpc {
        let status = Status::unimplemented("this port serves health alone; calls go to the other one");
        status.into_http::<Body>().map(axum::body::Body::new)
    } else {
        (StatusCode::NOT_FOUND, "there is /metrics here, and gRPC health\n").into_response()
    }
}
