//! Takes the Rust example out of docs/subscribers.md, so that what is built and run is the guide's own text.

use std::path::PathBuf;
use std::{env, fs};

const GUIDE: &str = "../docs/subscribers.md";

fn main() {
    println!("cargo::rerun-if-changed={GUIDE}");
    let guide = fs::read_to_string(GUIDE).expect("docs/subscribers.md");
    let code = guide
        .split_once("<!-- example: subscriber.rs -->\n```rust\n")
        .and_then(|(_, rest)| rest.split_once("\n```"))
        .expect("docs/subscribers.md has the example subscriber.rs")
        .0;
    // As included, a file has no comment about itself at its top.
    let code = code.split_once('\n').map_or(code, |(_, rest)| rest);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("subscriber.rs"), code).expect("the build's folder can be written");
}
