//! Traces: one runs from a command through its commit, its publication and its intake to what was computed anew.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jixiao_proto::jixiao::registry::v1::CreateFundRequest;
use jixiao_proto::jixiao::registry::v1::registry_service_client::RegistryServiceClient;
use jixiao_proto::jixiao::types::v1::Names;
use jixiao_tests::apart::{Apart, Setup};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
