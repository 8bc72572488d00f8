//! A moment on both time axes, and which events count at it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use tokio::time::{Instant, sleep};

use crate::domain::Domain;
use crate::event::{StoredEvent, recorded_text};
use crate::key::fund_of;
use crate::log::{LOOK_AGAIN, Log, ReadError, WAIT};
use crate::own::{Decoded, Voids, feed_in};
use crate::read::{WHOLE_BYTES, refuse_parked};
use crate::store::Side;

/// Events of a history read at once.
const PAGE: u32 = 1_000;

/// The least and the most after which asking again is proposed.
const SOON: Duration = Duration::from_millis(500);
const LATE: Duration = Duration::from_hours(1);

/// What is asked about: as of a business date, and as it was known at a time. Nothing named is now, with every date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Moment {
    /// The last business day that counts. `None`: every event counts, whatever its effective date.
    pub as_of: Option<Date>,
    /// The last recorded time that counts, in microseconds since 1970 UTC. `None`: all that was taken in.
    pub known_at: Option<i64>,
}

impl Moment {
    /// Whether nothing is left out: the stored states answer.
    pub fn is_now(self) -> bool {
        self == Self::default()
    }

    /// Whether an event counts: its effective date's last day is not after `as_of`, if it has a date at all, and it was
    /// recorded by `known_at`. For what was taken in of a source, both are the source's: `source_time` says when that one
    /// recorded it, and the row of an intake has its source's effective date.
    pub fn counts(self, row: &StoredEvent, source_time: Option<i64>) -> bool {
        let day = row.effective.as_deref().and_then(last_day);
        let is_effective = self.as_of.is_none_or(|as_of| day.is_none_or(|day| day <= as_of));
        let recorded = source_time.unwrap_or(row.recorded_time);
        is_effective && self.known_at.is_none_or(|known_at| recorded <= known_at)
    }
}

impl<D: Domain> Log<D> {
    /// Whether a row of this log counts at a moment. One that does not read counts: whoever reads it will say so.
    pub fn counts(&self, moment: Moment, row: &StoredEvent) -> bool {
        moment.is_now()
            || match row.decode::<D::Event>() {
                Ok(Decoded::Domain(event)) => moment.counts(row, D::source_time(&event)),
                Ok(Decoded::Log(_)) | Err(_) => moment.counts(row, None),
            }
    }
}

/// An event that counts at one of two moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Between {
    /// The event, as this log has it.
    pub row: StoredEvent,
    /// Whether it counts at the first moment and no longer at the second; else the other way round.
    pub is_left_out: bool,
}

impl<D: Domain> Log<D> {
    /// The events, up to the position `end`, of some keys and of all that begin with some prefixes, that count at one of
    /// two moments and not at the other: each once, oldest first. Those that were voided are left out.
    /// [`ReadError::TooMuch`] where these histories have more than [`WHOLE_BYTES`].
    pub async fn between(
        &self,
        keys: &[String],
        prefixes: &[String],
        end: u64,
        moments: [Moment; 2],
    ) -> Result<Vec<Between>, ReadError> {
        let (mut tx, head) = self.store.snapshot().await?;
        let funds = keys.iter().chain(prefixes).filter_map(|key| fund_of(key)).collect();
        refuse_parked::<D>(tx.as_mut(), &head, funds).await?;
        let mut voids = Voids::default();
        for source in D::SOURCES {
            voids.extend(&feed_in(tx.as_mut(), head.generation, source).await?);
        }
        let (mut found, mut bytes) = (BTreeMap::new(), 0);
        let mut look = |row: StoredEvent| {
            bytes += row.payload.len();
            if row.position <= end && !found.contains_key(&row.position) && !voids.covers(&row) {
                let [before, after] = moments.map(|moment| self.counts(moment, &row));
                if before != after {
                    found.insert(row.position, Between { row, is_left_out: before });
                }
            }
            if bytes > WHOLE_BYTES { Err(ReadError::TooMuch) } else { Ok(()) }
        };
        for key in keys {
            let mut side = Side::After(0);
            loop {
                let page = tx.history(key, side, PAGE).await?;
                let Some(last) = page.last() else { break };
                side = side.beyond(last);
                page.into_iter().try_for_each(&mut look)?;
            }
        }
        for prefix in prefixes {
            let mut place = (String::new(), 0);
            loop {
                let page = tx.histories(prefix, (&place.0, place.1), PAGE).await?;
                let Some((key, last)) = page.last() else { break };
                place = (key.clone(), last.position);
                page.into_iter().map(|(_, row)| row).try_for_each(&mut look)?;
            }
        }
        tx.rollback().await?;
        Ok(found.into_values().collect())
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self { as_of: None, known_at: None } => f.write_str("now"),
            Self { as_of: Some(day), known_at: None } => write!(f, "as of {day}"),
            Self { as_of: None, known_at: Some(time) } => write!(f, "known at {}", recorded_text(*time)),
            Self { as_of: Some(day), known_at: Some(time) } => {
                write!(f, "as of {day}, known at {}", recorded_text(*time))
            }
        }
    }
}

/// By how much the clocks of a deployment may differ, at most.
const CLOCKS: Duration = Duration::from_secs(1);

impl<D: Domain> Log<D> {
    /// Waits until nothing that is still to come was recorded by a time: [`ReadError::NotPassed`] where that is not known
    /// within the time that a request waits, at once where the time lies beyond it.
    ///
    /// | a log is known to have passed T | because |
    /// | --- | --- |
    /// | its last event that is here was recorded after T | recorded times of a log never go back |
    /// | asked by T + 1 s or later for its end, it named one that is here | what it appends later is stamped by a clock that is at most 1 s behind |
    ///
    /// The second is asked of the source by the feed at once, not only when it has been quiet.
    pub async fn wait_until_passed(&self, known_at: i64) -> Result<(), ReadError> {
        let begun = (self.clock)();
        let margin = micros(CLOCKS);
        let certain = known_at.saturating_add(margin);
        let not_passed = |log: &str, now: i64| {
            let rest = Duration::from_micros(u64::try_from(certain.saturating_sub(now)).unwrap_or(0));
            let (log, retry) = (log.to_owned(), rest.clamp(SOON, LATE));
            ReadError::NotPassed { log, known_at, retry }
        };
        if certain.saturating_sub(begun) > micros(WAIT) {
            return Err(not_passed(D::LOG, begun));
        }
        let deadline = Instant::now() + WAIT;
        loop {
            let Some(log) = self.not_passed(known_at, certain).await? else { return Ok(()) };
            let now = (self.clock)();
            if Instant::now() >= deadline {
                return Err(not_passed(log, now));
            }
            let rest = u64::try_from(certain.saturating_sub(now)).unwrap_or(0);
            if rest > 0 {
                // Asked any sooner, nobody can tell.
                sleep(Duration::from_micros(rest).min(LOOK_AGAIN)).await;
            } else {
                self.feeds().ask_end(log, LOOK_AGAIN).await;
                // The end was told; what it ends with is taken in by the next round of the feed.
                if self.not_passed(known_at, certain).await?.is_some() {
                    sleep(SOON / 10).await;
                }
            }
        }
    }

    /// The first log, of the sources and then its own, that is not known to have passed a time; `certain` is the time by
    /// which every clock has.
    async fn not_passed(&self, known_at: i64, certain: i64) -> Result<Option<&'static str>, ReadError> {
        let (mut tx, head) = self.store.snapshot().await?;
        for &source in D::SOURCES {
            let feed = feed_in(tx.as_mut(), head.generation, source).await?;
            if let Some((asked, end)) = self.feeds().end(source)
                && asked >= certain
                && feed.checkpoint.position >= end
            {
                continue;
            }
            let intakes = tx.requests(&feed.counting_ids(&feed.place())).await?;
            let recorded = intakes.iter().rev().find_map(|row| match row.decode::<D::Event>().ok()? {
                Decoded::Domain(event) => D::source_time(&event),
                Decoded::Log(event) => event.source().map(|source| source.recorded_time),
            });
            if recorded.is_none_or(|recorded| recorded <= known_at) {
                return Ok(Some(source));
            }
        }
        tx.rollback().await?;
        let own = head.recorded_time > known_at || (self.clock)() >= certain;
        Ok((!own).then_some(D::LOG))
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The last day that an effective date may mean, as rows write it: a day, a month or a year. `None` for anything else.
fn last_day(effective: &str) -> Option<Date> {
    let mut parts = effective.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let Some(month) = parts.next() else { return Date::new(year, 12, 31).ok() };
    let month = month.parse().ok()?;
    match parts.next() {
        None => Date::new(year, month, 1).ok().map(Date::last_of_month),
        Some(day) => Date::new(year, month, day.parse().ok()?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::GENESIS;

    fn row(effective: Option<&str>, recorded_time: i64) -> StoredEvent {
        StoredEvent {
            log: "bank".to_owned(),
            position: 1,
            id: String::new(),
            keys: Vec::new(),
            event_type: "paid".to_owned(),
            payload: "{}".to_owned(),
            causation: None,
            correlation: None,
            trace: None,
            actor: String::new(),
            approval: None,
            effective: effective.map(str::to_owned),
            recorded_time,
            request_id: String::new(),
            request_index: 0,
            request_hash: String::new(),
            previous_hash: GENESIS.to_owned(),
            hash: GENESIS.to_owned(),
        }
    }

    #[test]
    fn a_partial_date_counts_from_its_last_day() {
        let as_of = |day: &str| Moment { as_of: day.parse().ok(), known_at: None };
        for (effective, before, from) in [
            ("2019-10-28", "2019-10-27", "2019-10-28"),
            ("2019-11", "2019-11-29", "2019-11-30"),
            ("2020-02", "2020-02-28", "2020-02-29"),
            ("2019", "2019-12-30", "2019-12-31"),
        ] {
            let row = row(Some(effective), 0);
            assert!(!as_of(before).counts(&row, None), "{effective} on {before}");
            assert!(as_of(from).counts(&row, None), "{effective} on {from}");
            assert!(Moment::default().counts(&row, None), "{effective}");
        }
        assert!(as_of("1949-01-01").counts(&row(None, 0), None), "what has no date always counts");
    }

    #[test]
    fn an_intake_counts_from_when_its_source_recorded_it() {
        let known_at = |known_at| Moment { as_of: None, known_at: Some(known_at) };
        assert!(known_at(5).counts(&row(None, 5), None));
        assert!(!known_at(4).counts(&row(None, 5), None));
        assert!(known_at(3).counts(&row(None, 5), Some(3)), "taken in later than its source recorded it");
        assert!(!known_at(2).counts(&row(None, 5), Some(3)));
    }
}
