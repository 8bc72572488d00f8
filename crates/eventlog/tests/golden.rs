//! Holds the log's own events to their word: what was once stored has to read, and be written, for good.
//!
//! One file of real content a variant in `golden/`, the very bytes of a payload; `golden/MANIFEST` lists them with their
//! SHA-256; `schemas/log.json` is their JSON Schema. `JIXIAO_BLESS=1` writes the files of new variants, their lines of the
//! list, and the schema. It never touches a golden file that is there.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jixiao_eventlog::{LogEvent, Place, SourceRef};
use sha2::{Digest, Sha256};
use strum::VariantNames;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn source() -> SourceRef {
    SourceRef {
        log: "ledger".to_owned(),
        position: 12,
        id: "6f9d4c52-2f4e-5a3b-8c1d-0e7a5b9f3d21".to_owned(),
        hash: "ab".repeat(32),
        previous_hash: "cd".repeat(32),
        event_type: "budget_adjusted".to_owned(),
        recorded_time: 1_574_560_000_000_000,
    }
}

/// One event of each variant. A new variant is missing here until this match knows it.
fn sample(variant: &str) -> LogEvent {
    let funds = vec!["smart-city-2019".to_owned()];
    let event = match variant {
        "log_fund_parked" => {
            let reason = "the rules panic: attempt to divide by zero".to_owned();
            LogEvent::LogFundParked { source: source(), funds, reason }
        }
        "log_intake_held" => LogEvent::LogIntakeHeld { source: source(), funds },
        "log_intake_passed" => LogEvent::LogIntakePassed { source: source() },
        "log_fund_resumed" => LogEvent::LogFundResumed { funds, applied: 3 },
        "log_feed_voided" => LogEvent::LogFeedVoided {
            log: "ledger".to_owned(),
            after: Place { position: 6, hash: "ab".repeat(32) },
            until: Place { position: 10, hash: "cd".repeat(32) },
            funds,
            fund_count: 1,
            decided_on_voided: vec![41, 43],
            decided_on_voided_count: 2,
        },
        other => panic!("no sample of {other}"),
    };
    assert_eq!(event.event_type(), variant);
    event
}

#[test]
fn the_logs_own_events_are_stored_for_good() {
    let is_blessed = std::env::var_os("JIXIAO_BLESS").is_some();
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(LogEvent)).unwrap() + "\n";
    let path = root().join("schemas/log.json");
    if is_blessed {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::create_dir_all(root().join("golden")).unwrap();
        fs::write(&path, &schema).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == schema, "schemas/log.json is not the schema of the events: run with JIXIAO_BLESS=1");

    let mut found = BTreeMap::new();
    for variant in LogEvent::VARIANTS {
        let (event, path) = (sample(variant), root().join(format!("golden/{variant}.json")));
        if is_blessed && !path.exists() {
            fs::write(&path, serde_json::to_string(&event).unwrap()).unwrap();
        }
        let stored = fs::read_to_string(&path)
            .unwrap_or_else(|_| panic!("golden/{variant}.json is missing: run with JIXIAO_BLESS=1"));
        assert_eq!(stored, serde_json::to_string(&event).unwrap(), "{variant} is written otherwise now");
        assert_eq!(
            serde_json::from_str::<LogEvent>(&stored).unwrap(),
            event,
            "{variant} reads otherwise now"
        );
        found.insert(format!("{variant}.json"), hex::encode(Sha256::digest(&stored)));
    }
    let path = root().join("golden/MANIFEST");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut listed: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines() {
        let (hash, file) = line.split_once("  ").unwrap();
        listed.insert(file.to_owned(), hash.to_owned());
    }
    if is_blessed {
        for (file, hash) in &found {
            listed.entry(file.clone()).or_insert_with(|| hash.clone());
        }
        let lines: Vec<String> = listed.iter().map(|(file, hash)| format!("{hash}  {file}\n")).collect();
        fs::write(&path, lines.concat()).unwrap();
    }
    assert_eq!(listed, found, "golden/MANIFEST and the golden files differ");
    let files = fs::read_dir(root().join("golden")).unwrap().count();
    assert_eq!(files, found.len() + 1, "golden/ holds a file that belongs to no variant");
}
