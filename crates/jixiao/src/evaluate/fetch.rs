//! Everything that the evaluation of a fund is shown from, of one moment.

use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::{Code, Status};

use crate::cli::Moment;
use crate::client::{Client, PAGE_SIZE};
use crate::failure::Failure;
use crate::text::error as text;

/// How often an evaluation is read anew because it changed while it was read.
const ATTEMPTS: usize = 20;

/// The log of the evaluations themselves.
const SCORING: &str = "scoring";

/// What was read.
#[derive(Debug)]
pub struct Fetched {
    /// Money, counts, sums, grade.
    pub evaluation: pb::Evaluation,
    /// The indicators that were wanted.
    pub indicators: Vec<pb::Indicator>,
    /// Every stated figure, by quantity and place.
    pub stated_figures: Vec<pb::StatedFigure>,
    /// The scheme of the evaluation, in its version.
    pub scheme: pb::Scheme,
    /// What it reflects.
    pub position: String,
    /// The moment that was asked about.
    pub moment: Moment,
}

/// Who holds a fund, as the registry knows it: for people, no part of the evaluation.
#[derive(Debug)]
pub struct Holder {
    /// The fund.
    pub fund: registry::Fund,
    /// Its agency.
    pub agency: registry::Agency,
}

/// Reads who holds the fund of an evaluation.
pub async fn holder(client: &Client, fetched: &Fetched) -> Result<Holder, Failure> {
    let missing = |what| Failure::Answer(text::bad_answer(client.language(), what));
    // Of a project it is who holds its fund.
    let name = fetched.evaluation.name.split('/').take(2).collect::<Vec<_>>().join("/");
    let request = registry::GetFundRequest { name, ..Default::default() };
    let fund =
        client.answer(client.registry().get_fund(request).await)?.fund.ok_or_else(|| missing("fund"))?;
    let request = registry::GetAgencyRequest { name: fund.agency.clone(), ..Default::default() };
    let answer = client.answer(client.registry().get_agency(request).await)?;
    Ok(Holder { fund, agency: answer.agency.ok_or_else(|| missing("agency"))? })
}

/// How much of an evaluation is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Of the indicators, only those that the scheme names: few, however many targets the fund has.
    Nodes,
    /// Every indicator.
    Everything,
    /// Every indicator, and all of one moment or nothing.
    OneMoment,
}

/// Reads the evaluation of a fund at a moment. With `wait`, first asks the other services how far they are and waits for that.
///
/// It takes several calls; where the positions of their answers differ, all are made again, so that moments do not mix.
/// In a system that never rests, people are shown what there is in the end.
pub async fn fetch(
    client: &Client,
    fund: &str,
    wait: bool,
    extent: Extent,
    moment: &Moment,
) -> Result<Fetched, Failure> {
    let wait_for = if wait { heads(client).await? } else { Vec::new() };
    for _ in 1..ATTEMPTS {
        let (fetched, is_one_moment) = attempt(client, fund, &wait_for, extent, moment).await?;
        if is_one_moment {
            return Ok(fetched);
        }
    }
    match attempt(client, fund, &wait_for, extent, moment).await? {
        (_, false) if extent == Extent::OneMoment => {
            Err(Failure::Answer(text::kept_changing(client.language())))
        }
        (fetched, _) => Ok(fetched),
    }
}

/// The heads of the logs that scoring takes in: an answer that waits for them reflects all that was acknowledged before.
pub async fn heads(client: &Client) -> Result<Vec<String>, Failure> {
    let logs = client.logs().await?;
    Ok(logs.into_iter().filter(|log| log.name != SCORING).map(|log| log.head).collect())
}

/// One reading, and whether all of it is of one moment.
async fn attempt(
    client: &Client,
    fund: &str,
    wait_for: &[String],
    extent: Extent,
    moment: &Moment,
) -> Result<(Fetched, bool), Failure> {
    let (as_of, known_at) = moment.fields();
    let name = format!("funds/{fund}");
    let asked = client
        .patiently(|| {
            let request = pb::GetEvaluationRequest {
                name: name.clone(),
                wait_for: wait_for.to_vec(),
                as_of: as_of.clone(),
                known_at: known_at.clone(),
            };
            let mut scoring = client.scoring();
            async move { scoring.get_evaluation(request).await }
        })
        .await;
    let answer = match asked {
        Err(Failure::Refused(status)) if status.code() == Code::NotFound => {
            return Err(unknown_fund(client, *status).await);
        }
        asked => asked?,
    };
    let position = answer.position;
    let missing = |what| Failure::Answer(text::bad_answer(client.language(), what));
    let evaluation = answer.evaluation.ok_or_else(|| missing("evaluation"))?;

    let mut is_one_moment = true;

    let request = pb::GetSchemeRequest {
        name: evaluation.scheme.clone(),
        version: evaluation.scheme_version,
        ..Default::default()
    };
    let scheme = client.answer(client.scoring().get_scheme(request).await)?.scheme;
    let scheme = scheme.ok_or_else(|| missing("scheme"))?;

    let mut indicators = Vec::new();
    if extent == Extent::Nodes {
        for node in scheme.nodes.iter().filter(|node| node.kind() == pb::NodeKind::Indicator) {
            let name = format!("{name}/indicators/{}", node.node);
            let request = pb::ExplainIndicatorRequest {
                name,
                wait_for: Vec::new(),
                as_of: as_of.clone(),
                known_at: known_at.clone(),
            };
            let answer = client.answer(client.scoring().explain_indicator(request).await)?;
            is_one_moment &= answer.position == position;
            indicators.extend(answer.explanation.and_then(|explanation| explanation.indicator));
        }
    } else {
        let mut page_token = String::new();
        loop {
            let request = pb::ListIndicatorsRequest {
                parent: name.clone(),
                page_size: PAGE_SIZE,
                page_token,
                as_of: as_of.clone(),
                known_at: known_at.clone(),
                ..Default::default()
            };
            let page = client.answer(client.scoring().list_indicators(request).await)?;
            is_one_moment &= page.position == position;
            indicators.extend(page.indicators);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
    }

    let mut stated_figures = Vec::new();
    let mut page_token = String::new();
    // What reports state is of funds.
    while !name.contains("/projects/") {
        let request = pb::ListStatedFiguresRequest {
            parent: name.clone(),
            page_size: PAGE_SIZE,
            page_token,
            as_of: as_of.clone(),
            known_at: known_at.clone(),
            ..Default::default()
        };
        let page = client.answer(client.scoring().list_stated_figures(request).await)?;
        is_one_moment &= page.position == position;
        stated_figures.extend(page.stated_figures);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }

    let moment = moment.clone();
    let fetched = Fetched { evaluation, indicators, stated_figures, scheme, position, moment };
    Ok((fetched, is_one_moment))
}

/// The funds that the registry knows, by id.
pub async fn known_funds(client: &Client) -> Result<Vec<String>, Failure> {
    let mut funds = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = registry::ListFundsRequest { page_size: PAGE_SIZE, page_token, ..Default::default() };
        let page = client.answer(client.registry().list_funds(request).await)?;
        funds
            .extend(page.funds.iter().filter_map(|fund| fund.name.strip_prefix("funds/")).map(str::to_owned));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(funds);
        }
    }
}

/// A refusal for a fund that is not there names those that are.
pub async fn unknown_fund(client: &Client, status: Status) -> Failure {
    let language = client.language();
    match known_funds(client).await {
        Ok(funds) if funds.is_empty() => Failure::RefusedWith(Box::new(status), text::no_funds(language)),
        Ok(funds) => {
            let funds = text::known_funds(language, funds.join(", "));
            Failure::RefusedWith(Box::new(status), funds)
        }
        // The first refusal says more than a second one would.
        Err(_) => Failure::Refused(Box::new(status)),
    }
}
