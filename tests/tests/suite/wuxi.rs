//! The real case: two funds of Wuxi 2019, imported and evaluated by the program.

use std::path::Path;

use jixiao_tests::server::Server;
use serde_json::Value;

/// The example's folder.
pub const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/wuxi-2019");

pub const FUNDS: [&str; 2] = ["smart-city-2019", "e-government-2019"];

/// The canonical evaluation of all that was acknowledged before.
pub fn canonical(server: &Server, fund: &str) -> String {
    server.cli(&["evaluate", fund, "--canonical", "--wait"]).success().stdout
}
