//! A moment on both time axes, and which events count at it.

use jiff::civil::Date;

use crate::event::{StoredEvent, recorded_text};

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
