//! What people record of an evaluation, of a fund and of a project by itself: self-scores, a reviewer's and the finance
//! bureau's scores side by side, and its record; over gRPC, by tables and on the command line, on both stores.

use std::fs;
use std::path::Path;

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::targets::v1 as targets;
use jixiao_tests::postgres;
use jixiao_tests::server::Server;
use serde_json::{Value, json};
use tonic::Code;
use tonic_types::StatusExt;

use crate::api::Api;
use crate::evaluated::scheme;
use crate::wuxi::EXAMPLE;

const FUND: &str = "funds/smart-city-2019";
const PROJECT: &str = "funds/smart-city-2019/projects/smart-tourism";

/// A folder that has one project of the example evaluated by itself, and says all of it that people say.
fn folder(path: &Path) {
    fs::create_dir(path).unwrap();
    let tables = [
        ("own.toml", scheme("own", "project")),
        (
            "evaluations.csv",
            "fund,project,scheme_file\nsmart-city-2019,smart-tourism,own.toml\n".to_owned(),
        ),
        (
            "evaluation_records.csv",
            "fund,project,kind,purpose,scope,basis,methods,period_from,period_to,report_date\n\
             smart-city-2019,smart-tourism,department,看项目成效,全部明细目标,锡财绩〔2020〕7号,目标对比法；实地调查法,2020-03,2020-05,2020-06-05\n"
                .to_owned(),
        ),
        (
            "evaluation_team.csv",
            "fund,project,name,role,organisation\nsmart-city-2019,smart-tourism,王五,组长,无锡市文化广电和旅游局\n"
                .to_owned(),
        ),
        (
            "management_scores.csv",
            "fund,project,indicator,self_score,self_score_on,self_score_reason\n\
             smart-city-2019,smart-tourism,execution,9,2020-06-05,按进度\n\
             smart-city-2019,smart-tourism,contract,10.5,2020-06-05,\n"
                .to_owned(),
        ),
        (
            "review_scores.csv",
            "fund,project,indicator,by,score,score_reason,scored_on,author\n\
             smart-city-2019,smart-tourism,execution,reviewer,7,凭证不全,2020-06-20,李四\n\
             smart-city-2019,smart-tourism,execution,finance,6.5,抽查,2020-07-01,\n\
             smart-city-2019,smart-tourism,targets.d14,reviewer,0.5,抽查,2020-06-20,李四\n\
             smart-city-2019,,targets.detail.d14,finance,1,抽查,2020-07-01,\n"
                .to_owned(),
        ),
    ];
    for (file, text) in tables {
        fs::write(path.join(file), text).unwrap();
    }
}

async fn evaluation(api: &mut Api, of: &str) -> pb::Evaluation {
    let (name, wait_for) = (of.to_owned(), api.heads().await);
    let request = pb::GetEvaluationRequest { name, wait_for, ..Default::default() };
    api.scoring.get_evaluation(request).await.unwrap().into_inner().evaluation.unwrap()
}

async fn scores(api: &mut Api, parent: &str) -> Vec<(pb::Scorer, String, String, String)> {
    let request = pb::ListScoresRequest { parent: parent.to_owned(), ..Default::default() };
    let scores = api.scoring.list_scores(request).await.unwrap().into_inner().scores;
    scores.into_iter().map(|one| (one.by(), one.score, one.author, one.reason)).collect()
}

async fn own_scores(api: &mut Api, parent: &str) -> Vec<(String, String)> {
    let request = targets::ListIndicatorScoresRequest { parent: parent.to_owned(), ..Default::default() };
    let scores = api.targets.list_indicator_scores(request).await.unwrap().into_inner().indicator_scores;
    scores.into_iter().map(|one| (one.name, one.self_score.unwrap().score)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projects_scores_stand_side_by_side_and_apart_from_its_funds() {
    use pb::Scorer::{Computed, Finance, Reviewer, Self_};
    let url = postgres::shared().url(&postgres::shared().fresh_name("own_scores"));
    for server in [Server::start(), Server::start_on(&url)] {
        server.cli(&["import", EXAMPLE]).success();
        let mut api = Api::new(&server.url());
        let of_fund = (evaluation(&mut api, FUND).await, own_scores(&mut api, FUND).await);
        let path = server.folder().join("own");
        folder(&path);
        let import = ["import", path.to_str().unwrap(), "--format", "json"];
        server.cli(&[&import[..], &["--dry-run"]].concat()).success();
        server.cli(&import).success();
        let again: Value = serde_json::from_str(&server.cli(&import).success().stdout).unwrap();
        let written: u64 =
            again["files"].as_array().unwrap().iter().map(|file| file["new"].as_u64().unwrap()).sum();
        assert_eq!(written, 0, "{again}");

        // Side by side, as filed: a self-score above the weight too.
        let execution = format!("{PROJECT}/indicators/execution");
        let found = api.indicator(&execution, &[]).await;
        let shown = |score: &Option<pb::Score>| {
            let score = score.clone().unwrap_or_default();
            (score.score, score.author, score.on, score.reason)
        };
        let told = |score: &str, author: &str, on: &str, reason: &str| {
            (score.to_owned(), author.to_owned(), on.to_owned(), reason.to_owned())
        };
        assert_eq!(found.self_score, "9");
        assert_eq!(shown(&found.self_given), told("9", "", "2020-06-05", "按进度"));
        assert_eq!(shown(&found.reviewer), told("7", "李四", "2020-06-20", "凭证不全"));
        assert_eq!(shown(&found.finance), told("6.5", "", "2020-07-01", "抽查"));
        let text = str::to_owned;
        let of_execution = [
            (Computed, String::new(), String::new(), String::new()),
            (Self_, text("9"), String::new(), text("按进度")),
            (Reviewer, text("7"), text("李四"), text("凭证不全")),
            (Finance, text("6.5"), String::new(), text("抽查")),
        ];
        let mut listed = scores(&mut api, &execution).await;
        // Logs apart: which of the two came first is nobody's promise.
        listed.sort_by_key(|(by, ..)| [Computed, Self_, Reviewer, Finance].iter().position(|one| one == by));
        assert_eq!(listed, of_execution);
        let contract = api.indicator(&format!("{PROJECT}/indicators/contract"), &[]).await;
        assert_eq!((contract.self_score.as_str(), contract.weight.as_str()), ("10.5", "10"));
        let names = ["contract", "execution"].map(|path| format!("{PROJECT}/indicators/{path}"));
        let own = own_scores(&mut api, PROJECT).await;
        assert_eq!(own, [(names[0].clone(), text("10.5")), (names[1].clone(), text("9"))]);

        // 9 + 10.5, and of seven targets the unit gave itself 5.
        let evaluated = evaluation(&mut api, PROJECT).await;
        let total = evaluated.sums.iter().find(|sum| sum.node == "total").unwrap();
        assert_eq!((total.self_score.as_str(), total.self_missing), ("24.5", 0));
        assert_eq!(evaluated.self_grade.unwrap().grade, "excellent");

        // The fund's own are what they were, but for what its finance bureau said.
        let now = (evaluation(&mut api, FUND).await, own_scores(&mut api, FUND).await);
        assert_eq!(now.1, of_fund.1);
        let totals = |evaluation: &pb::Evaluation| {
            let sums = evaluation.sums.iter();
            sums.map(|sum| (sum.node.clone(), sum.self_score.clone(), sum.score.clone())).collect::<Vec<_>>()
        };
        assert_eq!(totals(&now.0), totals(&of_fund.0));

        // A later one takes the place of an earlier one; both stay in the history.
        let later = targets::RecordSelfScoreRequest {
            request_id: "later".to_owned(),
            name: execution.clone(),
            score: "8".to_owned(),
            on: "2020-06-30".to_owned(),
            reason: "更正".to_owned(),
            ..Default::default()
        };
        let later = api.targets.record_self_score(later).await.unwrap().into_inner().recorded.unwrap();
        assert_eq!(later.name, execution);
        assert_eq!(api.indicator(&execution, &[&later]).await.self_score, "8");
        let own: Vec<_> = scores(&mut api, &execution).await;
        let own = own.into_iter().filter(|(by, ..)| *by == Self_).map(|(_, score, ..)| score);
        assert_eq!(own.collect::<Vec<_>>(), ["9", "8"]);
        let told = server.cli(&["score", "smart-city-2019", "execution", "--project", "smart-tourism"]);
        let told = told.success().stdout;
        assert!(["更正", "凭证不全", "李四"].iter().all(|text| told.contains(text)), "{told}");

        // A project that there is not, one more that is not evaluated, an indicator of nothing.
        let refused = |name: String| targets::RecordSelfScoreRequest {
            request_id: name.clone(),
            name,
            score: "1".to_owned(),
            on: "2020".to_owned(),
            ..Default::default()
        };
        let nowhere = refused(format!("{FUND}/projects/nowhere/indicators/execution"));
        let status = api.targets.record_self_score(nowhere).await.unwrap_err();
        let reason = status.get_details_error_info().unwrap().reason;
        assert_eq!((status.code(), reason.as_str()), (Code::NotFound, "PROJECT_NOT_FOUND"));
        let parent = format!("{FUND}/projects/nowhere");
        let request = targets::ListIndicatorScoresRequest { parent, ..Default::default() };
        assert_eq!(api.targets.list_indicator_scores(request).await.unwrap_err().code(), Code::NotFound);
    }
}

/// Everything that a record may hold.
fn record(of: &str) -> pb::DescribeEvaluationRequest {
    pb::DescribeEvaluationRequest {
        request_id: format!("describe {of}"),
        fund: of.to_owned(),
        kind: pb::EvaluationKind::Finance.into(),
        purpose: "看成效".to_owned(),
        scope: "全部目标".to_owned(),
        basis: vec!["锡财绩〔2020〕7号".to_owned(), "预算批复".to_owned()],
        methods: vec!["target_comparison".to_owned(), "实地调查法".to_owned(), "座谈会".to_owned()],
        period_from: "2020-03-01".to_owned(),
        period_to: "2020-05".to_owned(),
        team: vec![pb::TeamMember {
            name: "王五".to_owned(),
            role: "组长".to_owned(),
            organisation: "财政局".to_owned(),
        }],
        report_date: "2020-06-05".to_owned(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_evaluation_says_of_what_it_is_what_for_how_and_by_whom() {
    let url = postgres::shared().url(&postgres::shared().fresh_name("described"));
    for server in [Server::start(), Server::start_on(&url)] {
        server.cli(&["import", EXAMPLE]).success();
        let mut api = Api::new(&server.url());
        let reason = |status: &tonic::Status| status.get_details_error_info().unwrap().reason;
        let status = api.scoring.describe_evaluation(record(PROJECT)).await.unwrap_err();
        assert_eq!(reason(&status), "EVALUATION_NOT_OPEN");
        let path = server.folder().join("own");
        folder(&path);
        server.cli(&["import", path.to_str().unwrap()]).success();

        // By tables.
        let first = evaluation(&mut api, PROJECT).await.record.unwrap();
        assert_eq!(
            (first.kind(), first.purpose.as_str(), first.scope.as_str(), first.basis.as_slice()),
            (
                pb::EvaluationKind::Department,
                "看项目成效",
                "全部明细目标",
                ["锡财绩〔2020〕7号".to_owned()].as_slice()
            )
        );
        assert_eq!(first.team[0].organisation, "无锡市文化广电和旅游局");
        let of_fund = evaluation(&mut api, FUND).await.record.unwrap();
        assert_eq!(of_fund.kind(), pb::EvaluationKind::UnitSelf);

        // By the call, each its own.
        for (of, words) in [
            (FUND, ["evaluate", "smart-city-2019"].as_slice()),
            (PROJECT, &["evaluate", "smart-city-2019", "--project", "smart-tourism"]),
        ] {
            let recorded = api.scoring.describe_evaluation(record(of)).await.unwrap().into_inner();
            let recorded = recorded.recorded.unwrap();
            assert_eq!(recorded.name, of);
            let again = pb::DescribeEvaluationRequest { request_id: format!("again {of}"), ..record(of) };
            let status = api.scoring.describe_evaluation(again).await.unwrap_err();
            assert_eq!(
                (status.code(), reason(&status)),
                (Code::AlreadyExists, "RECORD_UNCHANGED".to_owned())
            );
            let shown = evaluation(&mut api, of).await.record.unwrap();
            let given = record(of);
            assert_eq!((shown.kind, shown.purpose.as_str()), (given.kind, given.purpose.as_str()));
            assert_eq!((&shown.scope, &shown.basis, &shown.team), (&given.scope, &given.basis, &given.team));
            let period = (shown.period_from.as_str(), shown.period_to.as_str(), shown.report_date.as_str());
            assert_eq!(period, ("2020-03-01", "2020-05", "2020-06-05"));
            let methods = shown.methods.iter().map(|one| (one.method.as_str(), &one.names));
            let methods: Vec<_> =
                methods.map(|(word, names)| (word, names.as_ref().unwrap().zh.as_str())).collect();
            assert_eq!(
                methods,
                [("target_comparison", "目标对比法"), ("field_survey", "实地调查法"), ("", "座谈会")]
            );
            assert_eq!(shown.event_id, recorded.event_ids[0]);
            let request = pb::ListEvaluationRecordsRequest { parent: of.to_owned(), ..Default::default() };
            let all = api.scoring.list_evaluation_records(request).await.unwrap().into_inner().records;
            assert_eq!((all.len(), all[1].event_id.as_str()), (2, shown.event_id.as_str()));

            let text = server.cli(&[words, &["--lang", "zh"]].concat()).success().stdout;
            let parts = [
                "财政评价",
                "看成效",
                "全部目标",
                "锡财绩〔2020〕7号；预算批复",
                "目标对比法；实地调查法；座谈会",
                "2020-03-01 至 2020-05",
                "王五 (组长, 财政局)",
                "2020-06-05",
                if of == FUND { "| 专项资金 |" } else { "| 项目 |" },
            ];
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
            let told = server.cli(&[words, &["--format", "json"]].concat()).success().stdout;
            let told: Value = serde_json::from_str(&told).unwrap();
            let (project, subject) = if of == FUND { ("", "fund") } else { ("smart-tourism", "project") };
            assert_eq!(
                [&told["fund"], &told["project"], &told["subject"]],
                [&json!(FUND), &json!(project), &json!(subject)]
            );
            assert_eq!(told["record"]["kind"], "finance");
        }
    }
}

/// A folder for an import that is refused: each bad row by file, line, column and words.
fn refused(server: &Server, name: &str, tables: &[(&str, &str)]) -> Vec<(String, u64, String)> {
    let path = server.folder().join(name);
    folder(&path);
    for (file, text) in tables {
        fs::write(path.join(file), text).unwrap();
    }
    let output = server.cli(&["import", path.to_str().unwrap(), "--format", "json"]);
    assert_eq!(output.code, Some(1), "{output:?}");
    let told: Value = serde_json::from_str(&output.stderr).unwrap();
    let rows = told["error"]["bad_rows"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.map(|row| (text(&row["file"]), row["line"].as_u64().unwrap(), text(&row["column"]))).collect()
}

#[test]
fn what_is_wrong_about_a_project_is_told_at_its_cell() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let head = "fund,project,indicator,self_score,self_score_on\n";
    let rows = refused(
        &server,
        "wrong",
        &[
            (
                "management_scores.csv",
                &format!(
                    "{head}smart-city-2019,nowhere,execution,9,2020\nsmart-city-2019,smart-tourism,nothing,9,2020\n\
                     smart-city-2019,,execution,9,2020\n"
                ),
            ),
            (
                "evaluation_team.csv",
                "fund,project,name\nsmart-city-2019,smart-work-safety,王五\nsmart-city-2019,,王五\n",
            ),
            (
                "evaluation_records.csv",
                "fund,project,kind,purpose\nsmart-city-2019,smart-tourism,department,看成效\ne-government-2019,,perhaps,看\n",
            ),
            (
                "review_scores.csv",
                "fund,project,indicator,by,score,score_reason,scored_on\n\
                 smart-city-2019,smart-tourism,execution,reviewer,10.5,x,2020\nsmart-city-2019,smart-tourism,nothing,finance,1,x,2020\n",
            ),
        ],
    );
    let cell = |file: &str, line: u64, column: &str| (file.to_owned(), line, column.to_owned());
    assert_eq!(
        rows,
        [
            cell("management_scores.csv", 2, "project"),
            cell("management_scores.csv", 3, "indicator"),
            cell("evaluation_records.csv", 3, "kind"),
            cell("evaluation_team.csv", 2, "project"),
            cell("evaluation_team.csv", 3, "fund"),
            cell("review_scores.csv", 2, "score"),
            cell("review_scores.csv", 3, "indicator"),
        ]
    );
    // A scheme for funds evaluates no project.
    let rows = refused(&server, "subject", &[("own.toml", &scheme("own", "fund"))]);
    assert_eq!(rows[0], cell("evaluations.csv", 2, "scheme_file"), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_says_what_kind_of_fund_it_is() {
    use jixiao_proto::jixiao::registry::v1 as registry;
    use jixiao_proto::jixiao::types::v1::FundKind;
    let server = Server::start();
    let path = server.folder().join("kinds");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("agencies.csv"), "id,name_zh\na,局\n").unwrap();
    let head = "id,name_zh,fiscal_year,agency,display_unit,time_zone,kind\n";
    let row = |id: &str, kind: &str| format!("{id},资金,2019,a,万元,Asia/Shanghai,{kind}\n");
    let write =
        |rows: &[String]| fs::write(path.join("funds.csv"), head.to_owned() + &rows.concat()).unwrap();
    write(&[row("plain", ""), row("special", "special_fund"), row("whole", "all")]);
    let import = ["import", path.to_str().unwrap(), "--lang", "en"];
    let output = server.cli(&import);
    assert_eq!(output.code, Some(1), "{output:?}");
    let told = "funds.csv, line 4, column kind: \"all\" is none of special_fund, agency_spending";
    assert!(output.stderr.contains(told), "{}", output.stderr);
    write(&[row("plain", ""), row("special", "special_fund"), row("whole", "agency_spending")]);
    server.cli(&import).success();
    let mut api = Api::new(&server.url());
    for (id, kind) in [
        ("plain", FundKind::SpecialFund),
        ("special", FundKind::SpecialFund),
        ("whole", FundKind::AgencySpending),
    ] {
        let request = registry::GetFundRequest { name: format!("funds/{id}"), ..Default::default() };
        let fund = api.registry.get_fund(request).await.unwrap().into_inner().fund.unwrap();
        assert_eq!(fund.kind(), kind, "{id}");
    }
}

/// Scores of targets come with the folder that sets the targets, and are checked against them before anything is written.
#[test]
fn scores_of_targets_are_imported_with_their_targets() {
    let server = Server::start();
    let path = server.folder().join("at-once");
    fs::create_dir(&path).unwrap();
    for file in fs::read_dir(EXAMPLE).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), path.join(file.file_name())).unwrap();
    }
    let head = "fund,indicator,by,score,score_reason,scored_on\n";
    let row = |indicator: &str, score: &str| {
        format!("smart-city-2019,targets.overall.{indicator},reviewer,{score},查阅清单,2020-07-01\n")
    };
    let write = |rows: &[String]| {
        fs::write(path.join("review_scores.csv"), head.to_owned() + &rows.concat()).unwrap();
    };
    write(&[row("o01", "0.5"), row("o01", "2"), row("o99", "1")]);
    let import = ["import", path.to_str().unwrap(), "--format", "json"];
    let output = server.cli(&import);
    assert_eq!(output.code, Some(1), "{output:?}");
    let told: Value = serde_json::from_str(&output.stderr).unwrap();
    let bad: Vec<_> = told["error"]["bad_rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["line"], &row["column"]))
        .collect();
    assert_eq!(bad, [(&json!(3), &json!("score")), (&json!(4), &json!("indicator"))], "{told}");
    write(&[row("o01", "0.5")]);
    server.cli(&import).success();
    let shown = server.cli(&["score", "smart-city-2019", "targets.overall.o01", "--lang", "zh"]);
    assert!(shown.success().stdout.contains("查阅清单"));
    let again = server.cli(&["import", path.to_str().unwrap(), "--dry-run", "--lang", "en"]).success();
    assert!(!again.stdout.contains("1 new"), "{}", again.stdout);
}
