//! The judge of a run: plain folds of the logs as they are, compared with all that clients were told. It knows the JSON of
//! the events and none of the rules.
//!
//! | of | it checks |
//! | --- | --- |
//! | every log | positions 1, 2, 3 …, the chain of hashes, times that never go back, one effect a request |
//! | clients | what was acknowledged is there once, as acknowledged; refusals and reads were true where they say they looked |
//! | tills | no fund below zero at any position |
//! | the office | each position of each till once, in order, as it is in its log; nothing reserved beyond what was known |
//! | states | equal to the folds |

use std::collections::{BTreeMap, BTreeSet};

use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::event::GENESIS;
use jixiao_tests::judge::Event;
use serde_json::Value;

use super::domain::TILLS;
use super::world::World;

/// What a fund has and what of it is reserved, by fund.
type Funds = BTreeMap<String, (i64, i64)>;

/// A log, and what its events come to after each of them; the first is the beginning.
struct Folded {
    log: &'static str,
    events: Vec<StoredEvent>,
    after: Vec<Funds>,
    /// Events taken in of each source so far, after each event.
    taken_in: Vec<BTreeMap<String, u64>>,
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn number(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_default()
}

/// What each fund gains by a till's event.
fn gains(event: &Value) -> Vec<(String, i64)> {
    let amount = number(event, "amount");
    match text(event, "type") {
        "deposited" => vec![(text(event, "fund").to_owned(), amount)],
        "withdrawn" => vec![(text(event, "fund").to_owned(), -amount)],
        "moved" => vec![(text(event, "from").to_owned(), -amount), (text(event, "to").to_owned(), amount)],
        _ => vec![],
    }
}

/// The hash that an event's row should have, computed without the product.
fn true_hash(event: &StoredEvent) -> String {
    judged(event).true_hash()
}

/// An event as the judge of all tests reads it.
pub fn judged(event: &StoredEvent) -> Event {
    let columns = vec![
        Some(event.position.to_string()),
        Some(event.id.clone()),
        Some(event.keys.join("\n")),
        Some(event.event_type.clone()),
        Some(event.payload.clone()),
        event.causation.clone(),
        event.correlation.clone(),
        Some(event.actor.clone()),
        event.approval.clone(),
        event.effective.clone(),
        Some(event.recorded_time.to_string()),
        Some(event.request_id.clone()),
        Some(event.request_index.to_string()),
        Some(event.request_hash.clone()),
        Some(event.previous_hash.clone()),
        Some(event.hash.clone()),
    ];
    Event::from_row(&event.log, columns)
}

/// Checks what every log has to be.
fn chain(log: &str, events: &[StoredEvent], found: &mut Vec<String>) {
    let (mut previous, mut time) = (GENESIS, i64::MIN);
    let mut requests = BTreeSet::new();
    for (event, position) in events.iter().zip(1..) {
        let at = format!("{log} {}", event.position);
        if event.position != position || event.previous_hash != previous || true_hash(event) != event.hash {
            found.push(format!("{at} does not continue the chain at {position}"));
        }
        if event.recorded_time < time {
            found.push(format!("{at} was recorded before the event before it"));
        }
        if !requests.insert((&event.request_id, event.request_index)) {
            found.push(format!("{at}: {} took effect twice", event.request_id));
        }
        (previous, time) = (&event.hash, event.recorded_time);
    }
}

/// Folds a log, and checks its rules at each position.
fn fold(log: &'static str, events: Vec<StoredEvent>, found: &mut Vec<String>) -> Folded {
    let mut after = vec![Funds::new()];
    let mut taken_in = vec![BTreeMap::new()];
    for event in &events {
        let payload: Value = serde_json::from_str(&event.payload).unwrap_or_default();
        let mut funds = after.last().cloned().unwrap_or_default();
        let mut taken: BTreeMap<String, u64> = taken_in.last().cloned().unwrap_or_default();
        let at = format!("{log} {}", event.position);
        match text(&payload, "type") {
            "taken_in" => {
                *taken.entry(text(&payload["checkpoint"], "log").to_owned()).or_default() += 1;
                for gain in payload["gains"].as_array().into_iter().flatten() {
                    let of = gain[0].as_str().unwrap_or_default();
                    funds.entry(of.to_owned()).or_default().0 += gain[1].as_i64().unwrap_or_default();
                }
            }
            "reserved" => {
                let (held, reserved) = funds.entry(text(&payload, "fund").to_owned()).or_default();
                *reserved += number(&payload, "amount");
                if reserved > held {
                    found.push(format!("{at}: {reserved} of {held} are reserved"));
                }
            }
            "deposited" | "withdrawn" | "moved" => {
                for (fund, gain) in gains(&payload) {
                    let (held, _) = funds.entry(fund.clone()).or_default();
                    *held += gain;
                    if *held < 0 {
                        found.push(format!("{at}: {fund} is at {held}"));
                    }
                }
            }
            other => found.push(format!("{at}: nobody asked for a {other}")),
        }
        after.push(funds);
        taken_in.push(taken);
    }
    Folded { log, events, after, taken_in }
}

/// Checks that the office took in each event of a till once, in order, as it is.
fn intakes(office: &Folded, till: &Folded, found: &mut Vec<String>) {
    let mut next = till.events.iter();
    for event in &office.events {
        let payload: Value = serde_json::from_str(&event.payload).unwrap_or_default();
        let checkpoint = &payload["checkpoint"];
        if text(checkpoint, "log") != till.log {
            continue;
        }
        let at = format!("office {} takes in {} {}", event.position, till.log, checkpoint["position"]);
        let Some(source) = next.next() else {
            found.push(format!("{at}, beyond all that there is"));
            continue;
        };
        if checkpoint["position"].as_u64() != Some(source.position) || text(checkpoint, "hash") != source.hash
        {
            found.push(format!("{at}, and {} has {} there", till.log, source.position));
        }
        let change: Value = serde_json::from_str(&source.payload).unwrap_or_default();
        if payload["gains"] != serde_json::json!(gains(&change)) || event.actor != source.actor {
            found.push(format!("{at}, which is not what happened there"));
        }
        if event.causation.as_deref() != Some(source.id.as_str()) {
            found.push(format!("{at}, and names another cause"));
        }
    }
}

impl Folded {
    fn funds_at(&self, position: u64) -> Option<&Funds> {
        self.after.get(usize::try_from(position).ok()?)
    }

    fn holds(&self, position: u64, hash: &str) -> bool {
        let place = position.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        place.map_or(hash == GENESIS, |at| self.events.get(at).is_some_and(|event| event.hash == hash))
    }

    /// A fund's state as the log's rows have it.
    fn state(&self, fund: &(i64, i64)) -> Value {
        if self.log == "office" {
            serde_json::json!({ "held": fund.0, "reserved": fund.1 })
        } else {
            Value::from(fund.0)
        }
    }

    /// Checks the states in use.
    fn compare(&self, states: &BTreeMap<String, String>, found: &mut Vec<String>) {
        let mut known: BTreeMap<String, Value> = BTreeMap::new();
        for (key, state) in states {
            if let Some(fund) = key.strip_prefix("fund/") {
                known.insert(fund.to_owned(), serde_json::from_str(state).unwrap_or_default());
            }
            if key.starts_with("parked/") {
                found.push(format!("{}: {key} is parked", self.log));
            }
        }
        let funds = self.after.last().into_iter().flatten();
        let folded = funds.map(|(fund, state)| (fund.clone(), self.state(state))).collect();
        if known != folded {
            let position = self.events.len();
            found.push(format!(
                "{} at {position}: the states are {known:?}, the log says {folded:?}",
                self.log
            ));
        }
    }
}

struct Logs {
    tills: [Folded; 2],
    office: Folded,
}

fn logs(world: &World, found: &mut Vec<String>) -> Logs {
    let mut of = |log, events: Vec<StoredEvent>| fold(log, events, found);
    Logs {
        tills: [of(TILLS[0], world.north.database.events()), of(TILLS[1], world.south.database.events())],
        office: of("office", world.office.database.events()),
    }
}

fn check(world: &World, found: &mut Vec<String>) -> Logs {
    let logs = logs(world, found);
    for till in &logs.tills {
        intakes(&logs.office, till, found);
    }
    let [north, south] = &logs.tills;
    north.compare(&world.north.database.states(), found);
    south.compare(&world.south.database.states(), found);
    logs.office.compare(&world.office.database.states(), found);
    logs
}

/// What has to hold at any moment.
pub fn states(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    check(world, &mut found);
    found
}

/// How many events of a till the office has taken in.
pub fn taken_in(world: &World, log: &str) -> usize {
    let office = fold("office", world.office.database.events(), &mut Vec::new());
    let taken = office.taken_in.last().and_then(|taken| taken.get(log)).copied().unwrap_or_default();
    usize::try_from(taken).unwrap_or_default()
}

/// What was committed and is not taken in.
pub fn behind(world: &World) -> Vec<String> {
    let missing = |(log, events): &(&str, Vec<StoredEvent>)| {
        let taken = taken_in(world, log);
        (taken < events.len())
            .then(|| format!("the office has taken in {taken} of {} events of {log}", events.len()))
    };
    tills(world).iter().filter_map(missing).collect()
}

/// What was committed and is not published.
pub fn unpublished(world: &World) -> Vec<String> {
    let missing = |(log, events): &(&str, Vec<StoredEvent>)| {
        // A stream may have dropped its oldest; what comes after has to be there.
        let held: BTreeSet<(u64, String)> = world.broker.held(log).into_iter().collect();
        let is_held = |event: &&StoredEvent| held.contains(&(event.position, event.hash.clone()));
        let missing =
            events.iter().skip_while(|event| !is_held(event)).filter(|event| !is_held(event)).count();
        let ends = events.last().is_none_or(|last| is_held(&last));
        (!ends || missing > 0)
            .then(|| format!("the stream of {log} lacks {missing} of {} events, or its end", events.len()))
    };
    tills(world).iter().filter_map(missing).collect()
}

fn tills(world: &World) -> [(&'static str, Vec<StoredEvent>); 2] {
    [(TILLS[0], world.north.database.events()), (TILLS[1], world.south.database.events())]
}

/// All that has to hold once everything is well again.
pub fn judge(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    let logs = check(world, &mut found);
    for folded in [&logs.tills[0], &logs.tills[1], &logs.office] {
        chain(folded.log, &folded.events, &mut found);
    }
    let named = |log: &str| {
        let all = [&logs.tills[0], &logs.tills[1], &logs.office];
        all.into_iter().find(|folded| folded.log == log)
    };
    let seen = world.history.seen();
    found.extend(seen.faults.iter().cloned());
    for (log, request, rows) in &seen.acknowledged {
        let Some(folded) = named(log) else { continue };
        let there = folded.events.iter().filter(|event| event.request_id == *request);
        if !there.eq(rows.iter()) || rows.is_empty() {
            found.push(format!("{request} was acknowledged by {log}, and is not there so"));
        }
    }
    for refused in &seen.refused {
        let Some(folded) = named(&refused.seen.log) else { continue };
        let (request, position) = (&refused.request, refused.seen.position);
        if position < refused.known {
            found.push(format!("{request} was refused at {position}, {} being acknowledged", refused.known));
        }
        if !folded.holds(position, &refused.seen.hash) {
            found.push(format!("{request} was refused on a history that is not: {} {position}", folded.log));
            continue;
        }
        let (held, reserved) =
            folded.funds_at(position).and_then(|funds| funds.get(&refused.fund)).copied().unwrap_or_default();
        let left = held - reserved;
        if left != refused.left || i64::try_from(refused.asked).is_ok_and(|asked| asked <= left) {
            found.push(format!("{request} was refused {} of {left} at {position}", refused.asked));
        }
    }
    for read in &seen.read {
        let Some(folded) = named(&read.at.log) else { continue };
        let at = format!("a read of {} at {}", folded.log, read.at.position);
        if !folded.holds(read.at.position, &read.at.hash) {
            // A read may see what no standby has yet; an answer to a command never rests on it.
            if folded.log == "office" && world.office.database.has_gone_back() {
                continue;
            }
            found.push(format!("{at} saw a history that is not"));
            continue;
        }
        let funds = folded.funds_at(read.at.position);
        let known = funds.and_then(|funds| funds.get(&read.fund)).map(|fund| folded.state(fund));
        if serde_json::from_str::<Value>(&read.state).ok() != Some(known.unwrap_or_default()) {
            found.push(format!("{at} saw {} as {}", read.fund, read.state));
        }
        for wanted in &read.waited_for {
            let reflects = if wanted.log == folded.log {
                read.at.position
            } else {
                let place = usize::try_from(read.at.position).unwrap_or_default();
                folded
                    .taken_in
                    .get(place)
                    .and_then(|taken| taken.get(&wanted.log))
                    .copied()
                    .unwrap_or_default()
            };
            if reflects < wanted.position {
                found.push(format!("{at} does not reflect {} {}", wanted.log, wanted.position));
            }
        }
    }
    found
}
