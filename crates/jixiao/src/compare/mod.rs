//! `compare`: the evaluation of a fund at two moments, what differs and which events make the difference.

mod people;

pub(crate) use people::moment_words;

use jixiao_proto::jixiao::scoring::v1 as pb;
use serde::Serialize;
use tonic::Code;

use crate::cli;
use crate::client::{Client, PAGE_SIZE};
use crate::evaluate::figure::money;
use crate::evaluate::{fund_and_project, unknown_fund};
use crate::failure::Failure;
use crate::language::Language;
use crate::output::{Event, Output, Pair};
use crate::text::compare as text;

/// The word for the moment at which nothing is left out.
const NOW: &str = "now";

/// What was compared, all pages of it.
struct Compared {
    fund: String,
    moments: [pb::Moment; 2],
    answer: pb::CompareEvaluationsResponse,
}

/// Compares the evaluation of a fund at two moments.
pub async fn run(arguments: &cli::Compare, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let moments = [moment("--from", &arguments.from, language)?, moment("--to", &arguments.to, language)?];
    let client = Client::open(&arguments.server, language)?;
    let compared = fetch(&client, &arguments.evaluated(), moments).await;
    client.tell_stale(output);
    let compared = compared?;
    if output.is_json() {
        return Ok(output.json(&Answer::of(&compared))?);
    }
    for line in people::lines(&compared, arguments.all, language) {
        output.line(&line)?;
    }
    Ok(())
}

/// Reads a moment: a date, a time, both with a comma between them, or `now`.
fn moment(argument: &str, text: &str, language: Language) -> Result<pb::Moment, Failure> {
    let mut moment = pb::Moment::default();
    if text == NOW {
        return Ok(moment);
    }
    for part in text.split(',').map(str::trim) {
        // A time has a T between its date and the rest.
        let place = if part.contains(['T', 't', ':']) { &mut moment.known_at } else { &mut moment.as_of };
        if part.is_empty() || !place.is_empty() {
            return Err(Failure::Usage(text::bad_moment(language, argument, text)));
        }
        part.clone_into(place);
    }
    Ok(moment)
}

async fn fetch(client: &Client, fund: &str, moments: [pb::Moment; 2]) -> Result<Compared, Failure> {
    let [from, to] = moments.clone();
    let mut request = pb::CompareEvaluationsRequest {
        name: format!("funds/{fund}"),
        from: Some(from),
        to: Some(to),
        page_size: PAGE_SIZE,
        ..Default::default()
    };
    let mut whole: Option<pb::CompareEvaluationsResponse> = None;
    loop {
        let call = || {
            let (mut scoring, request) = (client.scoring(), request.clone());
            async move { scoring.compare_evaluations(request).await }
        };
        let page = match client.patiently(call).await {
            Err(Failure::Refused(status)) if status.code() == Code::NotFound => {
                return Err(unknown_fund(client, *status).await);
            }
            page => page?,
        };
        request.page_token.clone_from(&page.next_page_token);
        let answer = match whole.take() {
            None => page,
            Some(mut before) => {
                before.indicators.extend(page.indicators);
                before
            }
        };
        if request.page_token.is_empty() {
            return Ok(Compared { fund: fund.to_owned(), moments, answer });
        }
        whole = Some(answer);
    }
}

/// A comparison for programs.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    fund: &'a str,
    /// Empty for the fund as a whole.
    project: &'a str,
    from: Side<'a>,
    to: Side<'a>,
    scheme_events: Vec<Between<'a>>,
    sums: Vec<Sum<'a>>,
    indicators: Vec<Difference<'a>>,
    other_event_count: u64,
    other_events: Vec<Between<'a>>,
    position: &'a str,
}

#[derive(Debug, Serialize)]
struct Side<'a> {
    as_of: &'a str,
    known_at: &'a str,
    evaluation: Option<Evaluation<'a>>,
}

#[derive(Debug, Serialize)]
struct Evaluation<'a> {
    scheme: &'a str,
    scheme_version: u32,
    budget: Budget,
    self_score: &'a str,
    score: &'a str,
    grade: &'a str,
    self_grade: &'a str,
}

/// Money in yuan.
#[derive(Debug, Serialize)]
struct Budget {
    original: String,
    increase: String,
    decrease: String,
    adjusted: String,
    received: String,
    paid: String,
    refunded: String,
}

#[derive(Debug, Serialize)]
struct Sum<'a> {
    node: &'a str,
    names: Pair<'a>,
    before: Option<Points<'a>>,
    after: Option<Points<'a>>,
    indicators: u32,
}

#[derive(Debug, Serialize)]
struct Points<'a> {
    weight: &'a str,
    self_score: &'a str,
    score: &'a str,
}

#[derive(Debug, Serialize)]
struct Difference<'a> {
    indicator: &'a str,
    names: Pair<'a>,
    before: Option<Standing<'a>>,
    after: Option<Standing<'a>>,
    score_change: &'a str,
    event_count: u64,
    events: Vec<Between<'a>>,
}

#[derive(Debug, Serialize)]
struct Standing<'a> {
    weight: &'a str,
    self_score: &'a str,
    score: &'a str,
    status: &'static str,
    measured: &'a str,
}

#[derive(Debug, Serialize)]
struct Between<'a> {
    #[serde(flatten)]
    event: Event<'a>,
    is_left_out: bool,
}

impl<'a> Answer<'a> {
    fn of(compared: &'a Compared) -> Self {
        let answer = &compared.answer;
        let [from, to] = &compared.moments;
        let (fund, project) = fund_and_project(&compared.fund);
        Self {
            fund,
            project,
            from: Side::of(from, answer.from.as_ref()),
            to: Side::of(to, answer.to.as_ref()),
            scheme_events: between(&answer.scheme_events),
            sums: answer.sums.iter().map(Sum::of).collect(),
            indicators: answer.indicators.iter().map(Difference::of).collect(),
            other_event_count: answer.other_event_count,
            other_events: between(&answer.other_events),
            position: &answer.position,
        }
    }
}

impl<'a> Side<'a> {
    fn of(moment: &'a pb::Moment, at: Option<&'a pb::EvaluationAt>) -> Self {
        let evaluation = at.map(|at| {
            let total = at.total.as_ref();
            let grade = |grade: &'a Option<pb::Grade>| grade.as_ref().map_or("", |grade| &grade.grade);
            Evaluation {
                scheme: &at.scheme,
                scheme_version: at.scheme_version,
                budget: Budget::of(at.budget.as_ref()),
                self_score: total.map_or("", |total| &total.self_score),
                score: total.map_or("", |total| &total.score),
                grade: grade(&at.grade),
                self_grade: grade(&at.self_grade),
            }
        });
        Self { as_of: &moment.as_of, known_at: &moment.known_at, evaluation }
    }
}

impl Budget {
    fn of(budget: Option<&pb::Budget>) -> Self {
        let budget = budget.cloned().unwrap_or_default();
        let yuan = |amount: Option<_>| money(amount.as_ref()).to_string();
        Self {
            original: yuan(budget.original),
            increase: yuan(budget.increase),
            decrease: yuan(budget.decrease),
            adjusted: yuan(budget.adjusted),
            received: yuan(budget.received),
            paid: yuan(budget.paid),
            refunded: yuan(budget.refunded),
        }
    }
}

impl<'a> Sum<'a> {
    fn of(sum: &'a pb::SumDifference) -> Self {
        let points = |sum: &'a pb::SumChange| Points {
            weight: &sum.filled_weight,
            self_score: &sum.self_score,
            score: &sum.score,
        };
        Self {
            node: &sum.node,
            names: Pair::of(sum.names.as_ref()),
            before: sum.before.as_ref().map(points),
            after: sum.after.as_ref().map(points),
            indicators: sum.indicators,
        }
    }
}

impl<'a> Difference<'a> {
    fn of(difference: &'a pb::IndicatorDifference) -> Self {
        let standing = |standing: &'a pb::Standing| Standing {
            weight: &standing.weight,
            self_score: &standing.self_score,
            score: &standing.score,
            status: standing.status().as_str_name(),
            measured: &standing.measured,
        };
        Self {
            indicator: &difference.indicator,
            names: Pair::of(difference.names.as_ref()),
            before: difference.before.as_ref().map(standing),
            after: difference.after.as_ref().map(standing),
            score_change: &difference.score_change,
            event_count: difference.event_count,
            events: between(&difference.events),
        }
    }
}

fn between(events: &[pb::EventBetween]) -> Vec<Between<'_>> {
    let shown = events.iter().filter_map(|one| one.event.as_ref().map(|event| (event, one.is_left_out)));
    shown.map(|(event, is_left_out)| Between { event: Event::of(event), is_left_out }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_a_time_both_or_now() {
        let read = |text: &str| moment("--from", text, Language::English);
        for (text, as_of, known_at) in [
            ("now", "", ""),
            ("2019", "2019", ""),
            ("2019-10-28", "2019-10-28", ""),
            ("2026-11-24T18:00:00+08:00", "", "2026-11-24T18:00:00+08:00"),
            ("2019-11,2026-11-24T10:00:00Z", "2019-11", "2026-11-24T10:00:00Z"),
            ("2026-11-24T10:00:00Z, 2019-11", "2019-11", "2026-11-24T10:00:00Z"),
        ] {
            let wanted = pb::Moment { as_of: as_of.to_owned(), known_at: known_at.to_owned() };
            assert_eq!(read(text).unwrap(), wanted, "{text}");
        }
        for text in ["", ",", "2019,", "2019,2020", "2026-11-24T10:00:00Z,2026-11-25T10:00:00Z"] {
            let refused = read(text).unwrap_err();
            assert!(matches!(&refused, Failure::Usage(said) if said.contains("--from")), "{text}");
        }
    }
}
