//! Holds the published language to its word: what was once stored has to read, and be written, for good.
//!
//! One file of real content a variant in `golden/<service>/`, the very bytes of a payload; `golden/MANIFEST` lists them
//! with their SHA-256; `schemas/<service>.json` is the JSON Schema of a service's events. `JIXIAO_BLESS=1` writes the
//! files of new variants, their lines of the list, and the schemas. It never touches a golden file that is there: to
//! change one before a release, delete it and its line first.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod facts;
mod ledger;
mod monitoring;
mod registry;
mod schema;
mod schemes;
mod scoring;
mod targets;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jixiao_events::ledger::LedgerEvent;
use jixiao_events::registry::RegistryEvent;
use jixiao_events::scoring::ScoringEvent;
use jixiao_events::source::{Approval, Names, SourceEvent};
use jixiao_events::targets::TargetEvent;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use strum::VariantNames;

#[test]
fn registry_events_are_stored_for_good() {
    check::<RegistryEvent>("registry", registry::after);
}

#[test]
fn ledger_events_are_stored_for_good() {
    check::<LedgerEvent>("ledger", ledger::after);
}

#[test]
fn target_events_are_stored_for_good() {
    check::<TargetEvent>("targets", targets::after);
}

#[test]
fn scoring_events_are_stored_for_good() {
    check::<ScoringEvent>("scoring", scoring::after);
}

#[test]
fn the_manifest_lists_every_golden_file() {
    let mut found = BTreeMap::new();
    for service in ["ledger", "registry", "scoring", "targets"] {
        // The files of new variants are written here too: tests run in any order.
        let variants = match service {
            "ledger" => bless::<LedgerEvent>(service, ledger::after),
            "registry" => bless::<RegistryEvent>(service, registry::after),
            "scoring" => bless::<ScoringEvent>(service, scoring::after),
            _ => bless::<TargetEvent>(service, targets::after),
        };
        for file in fs::read_dir(root().join("golden").join(service)).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            let (variant, _) = file.split_once('.').unwrap();
            assert!(variants.contains(&variant), "golden/{service}/{file} belongs to no variant");
            let bytes = fs::read(root().join("golden").join(service).join(&file)).unwrap();
            found.insert(format!("{service}/{file}"), hex::encode(Sha256::digest(bytes)));
        }
    }
    let path = root().join("golden/MANIFEST");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut listed: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines() {
        let (hash, file) =
            line.split_once("  ").unwrap_or_else(|| panic!("not a line of a manifest: {line}"));
        listed.insert(file.to_owned(), hash.to_owned());
    }
    if is_blessed() {
        for (file, hash) in &found {
            listed.entry(file.clone()).or_insert_with(|| hash.clone());
        }
        let lines: Vec<String> = listed.iter().map(|(file, hash)| format!("{hash}  {file}\n")).collect();
        fs::write(&path, lines.concat()).unwrap();
    }
    assert_eq!(listed, found, "golden/MANIFEST and the golden files differ");
}

/// Compares the golden files and the schema of a service's events.
#[track_caller]
fn check<E>(service: &str, after: fn(Option<&E>) -> Option<E>)
where
    E: Serialize + DeserializeOwned + JsonSchema + VariantNames + PartialEq + Debug,
{
    bless(service, after);
    let path = root().join(format!("schemas/{service}.json"));
    let schema = serde_json::to_value(schemars::schema_for!(E)).unwrap();
    let written = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if is_blessed() {
        fs::create_dir_all(root().join("schemas")).unwrap();
        fs::write(&path, &written).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == written,
        "schemas/{service}.json is not the schema of its events: run with JIXIAO_BLESS=1"
    );
    for (variant, event) in samples(after) {
        let name = format!("golden/{service}/{variant}.json");
        let stored = fs::read_to_string(root().join(&name))
            .unwrap_or_else(|_| panic!("{name} is missing: run with JIXIAO_BLESS=1"));
        assert_eq!(stored, serde_json::to_string(&event).unwrap(), "{name} is written otherwise now");
        assert_eq!(serde_json::from_str::<E>(&stored).unwrap(), event, "{name} reads otherwise now");
        let faults = schema::faults(&schema, &serde_json::from_str(&stored).unwrap());
        assert!(faults.is_empty(), "{name} is not as its schema says: {faults:#?}");
    }
}

/// Writes the files of new variants if asked to; gives the names of all variants.
fn bless<E: Serialize + VariantNames>(
    service: &str,
    after: fn(Option<&E>) -> Option<E>,
) -> &'static [&'static str] {
    let folder = root().join("golden").join(service);
    if is_blessed() {
        fs::create_dir_all(&folder).unwrap();
        for (variant, event) in samples(after) {
            let file = folder.join(format!("{variant}.json"));
            if !file.exists() {
                // Whole or not at all: another test may be reading.
                let by = format!("{}.{:?}", std::process::id(), std::thread::current().id());
                let part = root().join(format!("golden/.{service}.{variant}.{by}"));
                fs::write(&part, serde_json::to_string(&event).unwrap()).unwrap();
                fs::rename(&part, file).unwrap();
            }
        }
    }
    E::VARIANTS
}

/// Samples of each variant, in order, by the variant's name; further ones, for what a variant may hold besides, have `.2`
/// and so on behind it.
fn samples<E: Serialize + VariantNames>(after: fn(Option<&E>) -> Option<E>) -> Vec<(String, E)> {
    let mut samples: Vec<(String, E)> = Vec::new();
    while let Some(event) = after(samples.last().map(|(_, event)| event)) {
        let json = serde_json::to_value(&event).unwrap();
        let variant = json["type"].as_str().unwrap();
        let before = samples.iter().filter(|(name, _)| name.split('.').next() == Some(variant)).count();
        let name = if before == 0 { variant.to_owned() } else { format!("{variant}.{}", before + 1) };
        samples.push((name, event));
        assert!(samples.len() <= 10 * E::VARIANTS.len(), "samples follow each other without end");
    }
    let names: Vec<&str> =
        samples.iter().map(|(name, _)| name.as_str()).filter(|name| !name.contains('.')).collect();
    assert_eq!(names, E::VARIANTS, "a sample for each variant, in their order");
    samples
}

fn is_blessed() -> bool {
    std::env::var_os("JIXIAO_BLESS").is_some_and(|value| value == "1")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// An id, a date, an amount, a number from its text.
fn of<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "samples give every optional part")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn names(zh: &str, en: &str) -> Names {
    Names { zh: zh.to_owned(), en: some(en) }
}

/// The one approval that the source names for the money and targets of both funds.
fn approval(reason: &str) -> Approval {
    Approval { approver: some("分管市领导"), approved_on: Some(of("2019-10-28")), reason: some(reason) }
}

/// An event of another log, with an effective date.
fn source(log: &str, position: u64) -> SourceEvent {
    SourceEvent {
        log: log.to_owned(),
        position,
        id: "6f9d4c52-2f4e-5a3b-8c1d-0e7a5b9f3d21".to_owned(),
        hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        recorded_time: 1_577_836_800_123_456,
        effective: Some(of("2019-12-03")),
        actor: "import".to_owned(),
    }
}
