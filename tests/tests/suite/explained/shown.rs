//! What people read of an explanation and of a scheme, whole, in both languages. `JIXIAO_BLESS=1` writes the files anew.

use std::fs;
use std::path::Path;

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_tests::server::Server;

use crate::api::{Api, increase, not_stated};

const SCHEME: &str = include_str!("scheme.toml");
const FUND: &str = "shown";

/// A text with the day and time of each recording left out: 2026-06-01 12:00:00.
fn without_times(text: &str) -> String {
    let is_time = |part: &str| {
        let form = "0000-00-00 00:00:00";
        part.chars().zip(form.chars()).all(|(found, of)| found == of || found.is_ascii_digit() && of == '0')
    };
    let mut left = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if rest.len() >= 19 && rest.is_char_boundary(19) && is_time(&rest[..19]) {
            left.push_str("(when it came to be)");
            rest = &rest[19..];
        } else {
            left.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    left
}

/// Holds what a command says, in each language, against the file of that name.
fn check(server: &Server, command: &[&str], name: &str) {
    let is_blessed = std::env::var_os("JIXIAO_BLESS").is_some_and(|value| value == "1");
    for language in ["zh", "en"] {
        let said = server.cli(&[command, &["--lang", language]].concat()).success().stdout;
        let said = without_times(&said);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/explained");
        let path = folder.join(format!("{name}.{language}.txt"));
        if is_blessed {
            fs::write(&path, &said).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(said, kept, "{command:?} says something else than {}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_and_a_scheme_read_as_they_are_kept() {
    let server = Server::start();
    let mut api = Api::new(&server.url());
    let approved = api.fund(FUND, 1_000).await;
    let load = pb::LoadSchemeRequest {
        request_id: "scheme".to_owned(),
        text: SCHEME.to_owned(),
        approval: not_stated(),
        ..Default::default()
    };
    api.scoring.load_scheme(load).await.unwrap();
    let mut request = increase("more", FUND, 250);
    request.wait_for = vec![approved.position];
    api.ledger.adjust_budget(request).await.unwrap();
    let open = pb::OpenEvaluationRequest {
        request_id: "open".to_owned(),
        fund: format!("funds/{FUND}"),
        scheme: "schemes/shown-2026".to_owned(),
        wait_for: api.heads().await,
        ..Default::default()
    };
    api.scoring.open_evaluation(open).await.unwrap();
    let system = format!("funds/{FUND}/indicators/m.system");
    let harm = pb::Answer { ask: "harm".to_owned(), value: Some(pb::answer::Value::Yes(true)) };
    let judged = pb::JudgeIndicatorRequest {
        request_id: "harm".to_owned(),
        name: system.clone(),
        judgement: Some(pb::judge_indicator_request::Judgement::Answers(pb::Answers { answers: vec![harm] })),
        reason: "群众举报属实".to_owned(),
        on: "2026-12-01".to_owned(),
        ..Default::default()
    };
    api.scoring.judge_indicator(judged).await.unwrap();
    let given = pb::SetManualScoreRequest {
        request_id: "points".to_owned(),
        name: system,
        score: "7.5".to_owned(),
        reason: "制度齐全".to_owned(),
        on: "2026-12-02".to_owned(),
        wait_for: api.heads().await,
        ..Default::default()
    };
    api.scoring.set_manual_score(given).await.unwrap();

    check(&server, &["explain", FUND, "total"], "total");
    check(&server, &["explain", FUND, "m.adjusted"], "indicator");
    check(&server, &["schemes", "show", "shown-2026"], "scheme");
}
