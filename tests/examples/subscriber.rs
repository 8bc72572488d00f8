//! The subscriber of docs/subscribers.md, from the guide's own text.
#![allow(clippy::print_stdout, reason = "an example prints what it hears")]

include!(concat!(env!("OUT_DIR"), "/subscriber.rs"));
