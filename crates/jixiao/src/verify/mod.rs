//! `verify`: the figures that a report states, checked by scoring.

mod json;
mod people;

use jixiao_events::FundId;
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::Code;

use crate::cli;
use crate::client::Client;
use crate::evaluate::unknown_fund;
use crate::failure::Failure;
use crate::import::{ClaimsFile, read_claims};
use crate::output::Output;
use crate::text::error as text;

/// Verifies the claims of a file, or the figures that are recorded. Ends with a negative answer where a claim is a mismatch
/// or claims disagree.
pub async fn run(arguments: &cli::Verify, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let fund: FundId = arguments
        .fund
        .parse()
        .map_err(|error| Failure::Usage(text::bad_fund_id(language, &arguments.fund, error)))?;
    let file = match &arguments.claims {
        None => None,
        Some(path) => {
            let shown = path.display().to_string();
            let bytes = std::fs::read(path)
                .map_err(|error| Failure::Usage(text::no_claims_file(language, &shown, error)))?;
            Some(read_claims(&shown, &bytes, fund.as_str()).map_err(Failure::Claims)?)
        }
    };
    let client = Client::open(&arguments.server, language)?;
    let answer = match &file {
        // An empty request asks for the recorded figures; a file without claims about the fund has none.
        Some(ClaimsFile { claims, .. }) if claims.is_empty() => {
            is_there(&client, &fund).await?;
            pb::VerifyClaimsResponse::default()
        }
        _ => {
            let claims = file.as_ref().map(|file| file.claims.clone()).unwrap_or_default();
            let answered = ask(&client, &fund, claims, None, &arguments.moment).await;
            client.tell_stale(output);
            answered?
        }
    };
    if output.is_json() {
        output.json(&json::written(&fund, &answer, file.as_ref()))?;
    } else {
        for line in people::lines(&answer, file.as_ref(), output.columns(), language) {
            output.line(&line)?;
        }
    }
    let counts = answer.counts.unwrap_or_default();
    if counts.mismatch > 0 || counts.disagrees > 0 { Err(Failure::Negative) } else { Ok(()) }
}

/// What is wrong with the claims of a file about a fund: its summary, mismatches and relations that do not hold.
#[derive(Debug)]
pub struct Wrong {
    fund: FundId,
    answer: pb::VerifyClaimsResponse,
    file: ClaimsFile,
}

/// Verifies the claims of a file and keeps what is wrong; `None` where it has none about the fund.
pub async fn wrong(client: &Client, fund: &FundId, file: ClaimsFile) -> Result<Option<Wrong>, Failure> {
    if file.claims.is_empty() {
        return Ok(None);
    }
    let filter = pb::ClaimFilter {
        outcomes: vec![pb::ClaimOutcome::Mismatch.into()],
        relation_outcomes: vec![pb::RelationOutcome::Disagrees.into()],
        ..Default::default()
    };
    let answer = ask(client, fund, file.claims.clone(), Some(filter), &cli::Moment::default()).await?;
    Ok(Some(Wrong { fund: fund.clone(), answer, file }))
}

/// Prints what is wrong, for people up to `most` claims and as many relations, in lines of at most `limit` columns.
pub fn show_wrong(wrong: &Wrong, most: usize, limit: usize, output: Output) -> Result<(), Failure> {
    let Wrong { fund, answer, file } = wrong;
    if output.is_json() {
        return Ok(output.json(&json::written(fund, answer, Some(file)))?);
    }
    for line in people::brief(fund, answer, most, limit, output.language) {
        output.line(&line)?;
    }
    Ok(())
}

/// Refuses a fund that scoring does not know.
async fn is_there(client: &Client, fund: &FundId) -> Result<(), Failure> {
    let request = pb::ListFindingsRequest { parent: fund.resource(), page_size: 1, ..Default::default() };
    match client.scoring().list_findings(request).await {
        Err(status) if status.code() == Code::NotFound => Err(unknown_fund(client, status).await),
        answered => client.answer(answered).map(drop),
    }
}

async fn ask(
    client: &Client,
    fund: &FundId,
    claims: Vec<pb::Claim>,
    filter: Option<pb::ClaimFilter>,
    moment: &cli::Moment,
) -> Result<pb::VerifyClaimsResponse, Failure> {
    // What would explain a difference is for whoever sees all of them.
    let (hypotheses, wait_for) = (filter.is_none(), Vec::new());
    let (as_of, known_at) = moment.fields();
    let fund_name = fund.resource();
    let request =
        pb::VerifyClaimsRequest { fund: fund_name, claims, filter, hypotheses, wait_for, as_of, known_at };
    match client.scoring().verify_claims(request).await {
        Err(status) if status.code() == Code::NotFound => Err(unknown_fund(client, status).await),
        answered => client.answer(answered),
    }
}

/// A claim of an answer by its place.
fn claim(answer: &pb::VerifyClaimsResponse, at: u32) -> Option<&pb::Claim> {
    answer.claims.get(usize::try_from(at).ok()?)
}
