//! The end-to-end tests, in one binary so that they link once.
#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]
#![allow(clippy::unnecessary_wraps, reason = "a message's fields are optional")]
#![allow(unreachable_pub, reason = "modules of one binary")]

mod adapters;
mod answers;
mod apart;
mod apart_serve;
mod api;
mod bad_input;
mod broken;
mod broker_tls;
mod brokers;
mod by_hand;
mod command_line;
mod commits;
mod contract;
mod crash;
mod durable;
mod evaluated;
mod explained;
mod faults;
mod findings;
mod forks;
mod guide;
mod joined;
mod judged;
mod lifecycle;
mod lists;
mod live;
mod load;
mod migrate;
mod moments;
mod monitoring;
mod newcomer;
mod oracle;
mod orders;
mod parked;
mod portfolio;
mod rebuilds;
mod replicas;
mod requests;
mod restored;
mod sandbox;
mod shadow;
mod sim;
mod stores;
mod streams;
mod telemetry;
mod tls;
mod toy;
mod verify;
mod verify_files;
mod watch;
mod what_if;
mod wuxi;
mod wuxi_findings;
