//! The moment that a read asks about: its `as_of` and `known_at`, read once for all services.

use jixiao_eventlog::event::recorded_from;
use jixiao_eventlog::{Domain, Log, Moment};
use jixiao_events::PartialDate;
use jixiao_proto::ReadRequest;
use tonic::Status;

use crate::call::{positions, wait_status};
use crate::fields::Fields;
use crate::status::position_status;

/// The most characters of a text that is no time which are told back.
const SHOWN: usize = 40;

impl Fields {
    /// A moment, each part of which may be left out: a day, a month or a year, and a time as RFC 3339 has it.
    pub fn moment(&mut self, names: [&str; 2], [as_of, known_at]: [&str; 2]) -> Option<Moment> {
        let [as_of_name, known_at_name] = names;
        let day = self.optional_date(as_of_name, as_of).map(PartialDate::last_day);
        let time = recorded_from(known_at);
        if time.is_none() && !known_at.is_empty() {
            let given: String = known_at.chars().take(SHOWN).collect();
            let text = format!(
                "\"{given}\" is no time: write RFC 3339 with its offset, 2019-12-03T18:00:00+08:00 or 2019-12-03T10:00:00Z"
            );
            self.violation(known_at_name, "BAD_TIME", text);
            return None;
        }
        (as_of.is_empty() || day.is_some()).then_some(Moment { as_of: day, known_at: time })
    }
}

/// For reads: the moment that is asked about, once the log reflects what the request waits for and nothing that is still
/// to come was recorded by its `known_at`.
pub async fn asked<D: Domain>(log: &Log<D>, request: &impl ReadRequest) -> Result<Moment, Status> {
    let mut fields = Fields::new();
    let wait_for = positions(&mut fields, request.wait_for());
    let moment = fields.moment(["as_of", "known_at"], [request.as_of(), request.known_at()]);
    let (moment,) = fields.all((moment,))?;
    log.wait_for(&wait_for).await.map_err(|error| wait_status(&error, &wait_for))?;
    reached(log, moment, "known_at").await?;
    Ok(moment)
}

/// Waits until nothing that is still to come counts at a moment, whose time the request has in a field.
pub async fn reached<D: Domain>(log: &Log<D>, moment: Moment, field: &str) -> Result<(), Status> {
    match moment.known_at {
        None => Ok(()),
        Some(known_at) => {
            let passed = log.wait_until_passed(known_at).await;
            passed.map_err(|error| position_status(&error, field))
        }
    }
}
