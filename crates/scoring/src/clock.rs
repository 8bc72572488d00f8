//! Keeps the clocks of funds: says of each monitored fund whose year is running that a day has come, once its local day
//! changed. What follows is the domain's, which has no clock.
//!
//! The replica that leads does so at once, another one a minute later, in case the leader hangs. The request id is made of
//! fund and day, so that it happens once, whoever says it. Local days change at a quarter of an hour of UTC: then all funds
//! are looked at, a page at a time. A fund whose evaluation is opened in between is found by the history of openings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jixiao_eventlog::event::request_hash;
use jixiao_eventlog::{Clock, Context, Decoded, ExecuteError, Lead, Log, Query, ReadError, Side, Source};
use jixiao_events::FundId;
use jixiao_events::scoring::ScoringEvent;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::domain::monitoring::last_day;
use crate::domain::state::{
    FundFacts, OPENINGS, ScoringState, clock_key, evaluation_key, fund_key, scheme_version_key,
};
use crate::domain::{ScoringCommand, ScoringRefusal};
use crate::log::ScoringDomain;

/// The steps of UTC at which a local day may begin, in microseconds: no time zone is off by a part of them.
const STEP: i64 = 15 * 60 * 1_000_000;

/// How long after such a step a replica that does not lead looks too, in microseconds.
const STAND_BY: i64 = 60 * 1_000_000;

/// How often it is looked whether anything is due, and the least pause after news.
const LOOK: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(100);

/// Funds looked at, and openings read, at once.
const PAGE: usize = 200;

/// Who says that a day has come.
const ACTOR: &str = "clock";

/// Running clocks; dropping it stops them.
#[derive(Debug)]
pub struct Clocks(JoinHandle<()>);

impl Drop for Clocks {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Keeps the clocks of a log's funds for as long as the returned handle lives. `clock` tells the time; `None`: the machine's.
pub fn keep_clocks(log: Arc<Log<ScoringDomain>>, lead: Arc<Lead>, clock: Option<Clock>) -> Clocks {
    let clock = clock.unwrap_or_else(|| Arc::new(|| Timestamp::now().as_microsecond()));
    Clocks(tokio::spawn(async move {
        let mut keeper = Keeper { log, clock, looked: None, openings: None };
        let mut wakes = keeper.log.wakes();
        loop {
            wakes.mark_unchanged();
            if let Err(error) = keeper.round(lead.is_held()).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "the clocks of funds wait");
            }
            sleep(PAUSE).await;
            // A wake may be lost, and time goes on without one.
            let _ = timeout(LOOK, wakes.changed()).await;
        }
    }))
}

struct Keeper {
    log: Arc<Log<ScoringDomain>>,
    clock: Clock,
    /// The step of UTC at which all funds were looked at last.
    looked: Option<i64>,
    /// Up to where openings were looked at.
    openings: Option<u64>,
}

impl Keeper {
    /// Does what is due.
    async fn round(&mut self, leads: bool) -> Result<(), ReadError> {
        let now = (self.clock)();
        let step = now.div_euclid(STEP);
        let is_due = self.looked != Some(step);
        if is_due && (leads || now.rem_euclid(STEP) >= STAND_BY) {
            // What is opened from here on is found by its history.
            let head = Source::head(self.log.as_ref()).await?.position;
            if self.all(now).await? {
                (self.looked, self.openings) = (Some(step), Some(head));
            }
        } else if leads && let Some(openings) = self.openings {
            self.openings = Some(self.opened(openings, now).await?);
        }
        Ok(())
    }

    /// Looks at all funds, page by page. Says whether all that is due is done.
    async fn all(&self, now: i64) -> Result<bool, ReadError> {
        let (mut after, mut limit, mut is_done) = (String::new(), PAGE, true);
        loop {
            let page = match self.log.read(Query::new().page("fund/", Some(&after), limit)).await {
                Ok(mut read) => read.pages.pop().unwrap_or_default(),
                // A parked fund stands still. What comes before it on the page is looked at one by one.
                Err(ReadError::Parked(_)) if limit > 1 => {
                    limit = 1;
                    continue;
                }
                Err(ReadError::Parked(parked)) => {
                    (after, limit) = (format!("fund/{}", parked.fund), PAGE);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let Some((last, _)) = page.rows.last() else { return Ok(is_done) };
            after.clone_from(last);
            let funds = page.rows.iter().filter_map(|(key, state)| {
                let fund: FundId = key.strip_prefix("fund/")?.parse().ok()?;
                Some((fund, state.as_fund()?.clone()))
            });
            is_done &= self.some(funds.collect(), now).await?;
            if !page.more {
                return Ok(is_done);
            }
        }
    }

    /// Looks at the funds whose evaluation was opened after a position. Gives the new one.
    async fn opened(&self, after: u64, now: i64) -> Result<u64, ReadError> {
        let opened = self.log.history(OPENINGS, Side::After(after), PAGE).await?.rows;
        let Some(last) = opened.last().map(|stored| stored.position) else { return Ok(after) };
        let funds: BTreeSet<FundId> = opened
            .iter()
            .filter_map(|stored| match stored.decode() {
                Ok(Decoded::Domain(ScoringEvent::EvaluationOpened { fund, .. })) => Some(fund),
                _ => None,
            })
            .collect();
        for fund in funds {
            let key = fund_key(&fund);
            let facts = match self.log.read(Query::new().key(&key)).await {
                Ok(read) => read.get(&key).and_then(ScoringState::as_fund).cloned(),
                Err(ReadError::Parked(_)) => None,
                Err(error) => return Err(error),
            };
            if let Some(facts) = facts
                && !self.some(vec![(fund, facts)], now).await?
            {
                return Ok(after);
            }
        }
        Ok(last)
    }

    /// Says of those funds for which a day has come that it has. Whether all of them took it.
    async fn some(&self, funds: Vec<(FundId, FundFacts)>, now: i64) -> Result<bool, ReadError> {
        let days: Vec<_> = funds
            .into_iter()
            .filter_map(|(fund, facts)| {
                let day = day_of(&facts, now)?;
                Some((fund, day))
            })
            .collect();
        if days.is_empty() {
            return Ok(true);
        }
        let keys = days.iter().flat_map(|(fund, _)| [clock_key(fund), evaluation_key(fund)]);
        let states = self.log.read(Query::new().keys(keys)).await?;
        let open = |fund: &FundId| {
            let open = states.get(&evaluation_key(fund)).and_then(ScoringState::as_evaluation)?;
            Some(scheme_version_key(&open.scheme, open.version))
        };
        let schemes: BTreeSet<String> = days.iter().filter_map(|(fund, _)| open(fund)).collect();
        let mut watches = BTreeMap::new();
        // One at a time: each may be large.
        for key in schemes {
            let read = self.log.read(Query::new().key(&key)).await?;
            let loaded = read.get(&key).and_then(ScoringState::as_scheme);
            watches.insert(key, loaded.is_some_and(|loaded| !loaded.scheme.monitoring.is_empty()));
        }
        let is_due = |fund: &FundId, day: Date| {
            let reached = states.get(&clock_key(fund)).and_then(ScoringState::as_clock);
            open(fund).and_then(|key| watches.get(&key).copied()).unwrap_or(false)
                && reached.is_none_or(|clock| clock.on.last_day() < day)
        };
        let due = days.iter().filter(|(fund, day)| is_due(fund, *day));
        let said = join_all(due.map(|(fund, day)| self.say(fund, *day))).await;
        Ok(said.into_iter().all(|done| done))
    }

    /// Says that a day has come for a fund. Whether that is known now, or never will be by this.
    async fn say(&self, fund: &FundId, on: Date) -> bool {
        // Clients' ids hold no @.
        let request_id = format!("clock@{fund}@{on}");
        let context = Context {
            request_hash: request_hash(request_id.as_bytes()),
            request_id,
            actor: ACTOR.to_owned(),
            causation: None,
            correlation: None,
            trace: None,
        };
        let command = ScoringCommand::ReachDate { fund: fund.clone(), on };
        match self.log.execute(command, context).await {
            // A parked fund stands still, and is looked at again at the next step.
            Ok(_)
            | Err(
                ExecuteError::Refused { refusal: ScoringRefusal::DateNotLater { .. }, .. }
                | ExecuteError::Parked(_),
            ) => true,
            Err(error) => {
                tracing::warn!(%fund, %on, error = &error as &dyn std::error::Error, "a fund's clock waits");
                false
            }
        }
    }
}

/// The day that has come for a fund by now, in its own time zone. `None` before its year, once that is closed, and where it
/// is long over: whoever plays a past year sends its days.
fn day_of(facts: &FundFacts, now: i64) -> Option<Date> {
    let zone = TimeZone::get(&facts.time_zone).ok()?;
    let today = zone.to_datetime(Timestamp::from_microsecond(now).ok()?).date();
    let end = last_day(facts.fiscal_year);
    let is_running = today.year() == facts.fiscal_year || today.year() == end.year();
    (is_running && facts.closed.is_none()).then(|| today.min(end))
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::DisplayUnit;

    use super::*;

    #[test]
    fn a_day_is_one_of_the_funds_own_calendar() {
        let day = |zone: &str, now: &str| {
            let facts = FundFacts {
                name: jixiao_events::Names { zh: "资金".to_owned(), en: None },
                fiscal_year: 2026,
                display_unit: DisplayUnit::Yuan,
                time_zone: zone.to_owned(),
                kind: jixiao_events::FundKind::SpecialFund,
                closed: None,
            };
            day_of(&facts, now.parse::<Timestamp>().unwrap().as_microsecond()).map(|day| day.to_string())
        };
        for (zone, now, expected) in [
            ("Asia/Shanghai", "2025-12-31T15:59:59Z", None),
            ("Asia/Shanghai", "2025-12-31T16:00:00Z", Some("2026-01-01")),
            ("UTC", "2025-12-31T23:59:59Z", None),
            ("Asia/Kathmandu", "2026-04-30T18:14:59Z", Some("2026-04-30")),
            ("Asia/Kathmandu", "2026-04-30T18:15:00Z", Some("2026-05-01")),
            ("Asia/Shanghai", "2026-12-31T16:00:00Z", Some("2027-01-01")),
            ("Asia/Shanghai", "2027-08-01T00:00:00Z", Some("2027-01-01")),
            ("Asia/Shanghai", "2028-01-01T00:00:00Z", None),
            ("Nowhere/City", "2026-05-01T00:00:00Z", None),
        ] {
            assert_eq!(day(zone, now).as_deref(), expected, "{zone} {now}");
        }
    }
}
