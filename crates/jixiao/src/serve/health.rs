//! Health, on both ports: whether calls are welcome, and whether the process lives.

use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// The name under which a process is healthy for as long as it answers: no reason to restart it.
pub const LIVENESS: &str = "liveness";

/// Says whether calls are welcome, under the name "" and under each gRPC service's.
#[derive(Debug, Clone)]
pub(super) struct Health {
    reporter: HealthReporter,
    routes: Routes,
    names: Vec<&'static str>,
}

impl Health {
    /// Not ready yet.
    pub(super) async fn new(mut names: Vec<&'static str>) -> Self {
        let (reporter, server) = tonic_health::server::health_reporter();
        reporter.set_service_status(LIVENESS, ServingStatus::Serving).await;
        names.push("");
        let health = Self { reporter, routes: Routes::new(server), names };
        health.set(false).await;
        health
    }

    /// The service that answers, for any port.
    pub(super) fn routes(&self) -> Routes {
        self.routes.clone()
    }

    /// Ready or not.
    pub(super) async fn set(&self, ready: bool) {
        let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        for name in &self.names {
            self.reporter.set_service_status(*name, status).await;
        }
    }
}
