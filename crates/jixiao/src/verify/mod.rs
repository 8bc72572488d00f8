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
        Some(ClaimsFile { claims, .. }) if claims.is_empty() => pb::VerifyClaimsResponse::default(),
        _ => {
            let claims = file.as_ref().map(|file| file.claims.clone()).unwrap_or_default();
            let request = pb::VerifyClaimsRequest { fund: fund.resource(), claims, ..Default::default() };
            let answered = match client.scoring().verify_claims(request).await {
                Err(status) if status.code() == Code::NotFound => {
                    return Err(unknown_fund(&client, status).await);
                }
                answered => client.answer(answered),
            };
            client.tell_stale(output);
            answered?
        }
    };
    if output.is_json() {
        output.json(&json::written(&fund, &answer, file.as_ref()))?;
    } else {
        for line in people::lines(&answer, file.as_ref(), language) {
            output.line(&line)?;
        }
    }
    let counts = answer.counts.unwrap_or_default();
    if counts.mismatch > 0 || counts.disagrees > 0 { Err(Failure::Negative) } else { Ok(()) }
}

/// A claim of an answer by its place.
fn claim(answer: &pb::VerifyClaimsResponse, at: u32) -> Option<&pb::Claim> {
    answer.claims.get(usize::try_from(at).ok()?)
}
