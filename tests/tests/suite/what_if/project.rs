//! What-ifs of a project that is evaluated by itself, and answers to findings in those of its fund.

use std::fs;

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_tests::server::Server;
use serde_json::Value;

use super::chain::{Chain, Seen, expect_evaluation};
use super::wuxi::commands_of;
use crate::evaluated::{load, open};
use crate::wuxi::EXAMPLE;

const FUND: &str = "smart-city-2019";
const PROJECT: &str = "smart-city-2019/projects/smart-tourism";

/// Commands of every service about one project; two of them are refused.
const SUPPOSED: &str = r#"
[[command]]
service = "registry"
command = "RecordFiling"
name = "funds/smart-city-2019/projects/smart-tourism"
kind = "FILING_KIND_CONTRACT_FILING"
state = "FILING_STATE_FILED"
on = "2019-12-30"

[[command]]
service = "ledger"
command = "AllocateBudget"
scope = "funds/smart-city-2019/projects/smart-tourism"
entry_id = "supposed-allocation"
amount = { currency_code = "CNY", units = 200000 }
on = "2019-03-01"
approval = { not_stated = ["APPROVAL_PART_APPROVER", "APPROVAL_PART_APPROVED_ON", "APPROVAL_PART_REASON"] }

[[command]]
service = "ledger"
command = "RecordPayment"
scope = "funds/smart-city-2019/projects/smart-tourism"
entry_id = "supposed-payment"
amount = { currency_code = "CNY", units = 150000 }
on = "2019-11"

[[command]]
service = "ledger"
command = "RequestPayment"
scope = "funds/smart-city-2019/projects/smart-tourism"
entry_id = "supposed-request-too-much"
amount = { currency_code = "CNY", units = 50001 }
on = "2019-12"

[[command]]
service = "targets"
command = "RecordActual"
name = "funds/smart-city-2019/targets/d20"
measured = { number = "51" }
unit = "家"
on = "2019-12-31"

[[command]]
service = "targets"
command = "RecordSelfScore"
name = "funds/smart-city-2019/projects/smart-tourism/indicators/execution"
score = "8"
on = "2020-06-05"

[[command]]
service = "scoring"
command = "RecordScore"
name = "funds/smart-city-2019/projects/smart-tourism/indicators/execution"
by = "SCORER_REVIEWER"
score = "7"
reason = "supposed"
on = "2020-06-05"

[[command]]
service = "scoring"
command = "SetManualScore"
name = "funds/smart-city-2019/projects/smart-tourism/indicators/execution"
score = "9"
reason = "nobody judges what is computed"
on = "2020-06-05"

[[command]]
service = "scoring"
command = "DescribeEvaluation"
fund = "funds/smart-city-2019/projects/smart-tourism"
purpose = "supposed"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_projects_own_evaluation_comes_to_what_was_predicted() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let mut chain = Chain::of(&server);
    load(&mut chain.api, "project-self", "project").await;
    open(&mut chain.api, &format!("funds/{PROJECT}"), "project-self").await.unwrap();
    chain.settle().await;
    let file = server.folder().join("supposed.toml");
    fs::write(&file, SUPPOSED).unwrap();
    let what_if = |flags: &[&str]| {
        let words = ["what-if", FUND, file.to_str().unwrap(), "--project", "smart-tourism"];
        let output = server.cli(&[&words, flags].concat());
        assert_eq!(output.code, Some(1), "{output:?}");
        output.stdout
    };
    let told: Value = serde_json::from_str(&what_if(&["--format", "json"])).unwrap();
    assert_eq!((&told["fund"], &told["project"]), (&FUND.into(), &"smart-tourism".into()));
    let refused = told["commands"].as_array().unwrap().iter().filter(|command| command["accepted"] == false);
    let refused: Vec<_> = refused.map(|command| command["refusal"]["reason"].clone()).collect();
    assert_eq!(refused, ["AVAILABLE_EXCEEDED", "INDICATOR_COMPUTED"]);
    let moved = told["indicators"].as_array().unwrap().iter().map(|one| {
        let path = one["name"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        (path, one["before"]["score"].clone(), one["after"]["score"].clone())
    });
    let text = |path: &str, before: &str, after: &str| (path.to_owned(), before.into(), after.into());
    assert_eq!(
        moved.collect::<Vec<_>>(),
        [text("contract", "0", "10"), text("execution", "", "7.5"), text("targets.d20", "0.84", "1")]
    );
    let shown = what_if(&["--lang", "en"]);
    assert!(shown.contains("What if: smart-city-2019/projects/smart-tourism"), "{shown}");
    assert!(shown.contains("No finding would be raised, revised, answered or cleared."), "{shown}");

    let supposed = commands_of(&file);
    let before = Seen::of(&mut chain, PROJECT).await;
    let predicted = chain.simulate(PROJECT, &supposed).await;
    assert!(predicted.scoring.after.is_some() && predicted.scoring.indicator_count == 3);
    let answers = chain.send(&supposed).await;
    chain.expect(&supposed, &predicted.outcomes, &answers).await;
    expect_evaluation(&mut chain, PROJECT, &before, &predicted.scoring).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_part_of_what_would_differ() {
    use pb::FindingChangeKind::{Answered, Cleared, Revised};
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let mut chain = Chain::of(&server);
    chain.settle().await;
    let answer = |text: &str| {
        format!(
            "[[command]]\nservice = \"scoring\"\ncommand = \"AnswerFinding\"\n\
             name = \"funds/smart-city-2019/findings/37950964-6abc-5dd6-8879-18e11f7873c5\"\n\
             kind = \"ANSWER_KIND_ACCEPTED\"\ntext = \"{text}\"\non = \"2020-07-01\"\n"
        )
    };
    let reached = |value: &str| {
        format!(
            "[[command]]\nservice = \"targets\"\ncommand = \"RecordActual\"\n\
             name = \"funds/smart-city-2019/targets/d20\"\nmeasured = {{ number = \"{value}\" }}\nunit = \"家\"\non = \"2019-12-31\"\n"
        )
    };
    let mut before = Seen::of(&mut chain, FUND).await;
    // Answered; answered otherwise; to other figures, with its answer; gone, and its answer with it.
    for (round, (text, kind, was, is)) in [
        (answer("as it is"), Answered, "", "as it is"),
        (answer("so be it"), Answered, "as it is", "so be it"),
        (reached("43"), Revised, "so be it", "so be it"),
        (reached("51"), Cleared, "", "so be it"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = server.folder().join(format!("answers-{round}.toml"));
        fs::write(&file, text).unwrap();
        let supposed = commands_of(&file);
        let predicted = chain.simulate(FUND, &supposed).await;
        let name = "funds/smart-city-2019/findings/37950964-6abc-5dd6-8879-18e11f7873c5";
        let of = |finding: &&pb::SimulatedFinding| finding.finding.as_ref().unwrap().name == name;
        let difference = predicted.scoring.findings.iter().find(of).unwrap();
        let said = |finding: &Option<pb::Finding>| {
            let answer = finding.as_ref().and_then(|finding| finding.answer.clone());
            answer.map(|answer| answer.text).unwrap_or_default()
        };
        assert_eq!(
            (difference.kind(), said(&difference.before), said(&difference.finding)),
            (kind, was.to_owned(), is.to_owned()),
            "{round}"
        );
        let shown = server.cli(&["what-if", FUND, file.to_str().unwrap(), "--lang", "en"]).success().stdout;
        let word = match kind {
            Answered => "answered",
            Revised => "revised",
            _ => "cleared",
        };
        assert!(shown.contains(&format!("  {word}  ")) && shown.contains(is), "{shown}");
        assert!(was.is_empty() || kind == Revised || shown.contains(&format!("): {was}")), "{shown}");
        let told =
            server.cli(&["what-if", FUND, file.to_str().unwrap(), "--format", "json"]).success().stdout;
        let told: Value = serde_json::from_str(&told).unwrap();
        let found = told["findings"].as_array().unwrap().iter().find(|one| one["finding"]["name"] == name);
        let found = found.unwrap_or_else(|| panic!("{told}"));
        assert_eq!((&found["what"], &found["finding"]["answer"]["text"]), (&word.into(), &is.into()));

        let answers = chain.send(&supposed).await;
        chain.expect(&supposed, &predicted.outcomes, &answers).await;
        expect_evaluation(&mut chain, FUND, &before, &predicted.scoring).await;
        before = Seen::of(&mut chain, FUND).await;
    }
}
