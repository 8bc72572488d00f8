//! Rows that are as long as they may be: no page is longer than a client takes, and none of them is lost.

use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::targets::v1 as targets;

use super::Served;
use crate::api::names;

/// Each as long as its field may be, 4 bytes a character: 300 of them are more than a message holds.
const ROWS: u32 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn long_rows() {
    let mut served = Served::start().await;
    let text = "𠀀".repeat(4_000);
    let project = registry::CreateProjectRequest {
        request_id: "p".to_owned(),
        parent: "funds/f".to_owned(),
        project_id: "p".to_owned(),
        names: names("项目"),
        membership: registry::Membership::InFund.into(),
        origin: registry::Origin::NewInYear.into(),
        state: registry::ProjectState::NotStarted.into(),
        ..Default::default()
    };
    let created = served.api.registry.create_project(project).await.unwrap().into_inner().recorded.unwrap();
    for number in 0..ROWS {
        let statement = registry::RecordStatementRequest {
            request_id: format!("s{number}"),
            parent: "funds/f".to_owned(),
            statement_id: format!("s{number:03}"),
            kind: registry::StatementKind::Other.into(),
            text: text.clone(),
            ..Default::default()
        };
        served.api.registry.record_statement(statement).await.unwrap();
        let direction = targets::criterion::Direction::AtLeast(targets::Threshold { value: "5".to_owned() });
        let definition = targets::TargetDefinition {
            title: "户数".to_owned(),
            weight: "2".to_owned(),
            criterion: Some(targets::Criterion { direction: Some(direction) }),
            text: text.clone(),
            ..Default::default()
        };
        let target = targets::SetTargetRequest {
            request_id: format!("t{number}"),
            wait_for: vec![created.position.clone()],
            parent: "funds/f".to_owned(),
            target_id: format!("t{number:03}"),
            project: "funds/f/projects/p".to_owned(),
            definition: Some(definition.clone()),
            ..Default::default()
        };
        served.api.targets.set_target(target).await.unwrap();
        if number > 0 {
            // Versions of the first.
            let text = format!("{number}{}", &text[..text.len() - 12]);
            let revise = targets::ReviseTargetRequest {
                request_id: format!("v{number}"),
                name: "funds/f/targets/t000".to_owned(),
                definition: Some(targets::TargetDefinition { text, ..definition }),
                approval: crate::api::not_stated(),
                ..Default::default()
            };
            served.api.targets.revise_target(revise).await.unwrap();
        }
    }
    // A client as it is by default takes 4 MiB: with a longer page the call itself fails.
    let mut pages = Vec::new();
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = registry::ListStatementsRequest {
            parent: "funds/f".to_owned(),
            page_size: 1_000,
            page_token,
            ..Default::default()
        };
        let page = served.api.registry.list_statements(request).await.unwrap().into_inner();
        names.extend(page.statements.into_iter().map(|statement| statement.name));
        page_token = page.next_page_token;
        pages.push(names.len());
        if page_token.is_empty() {
            break;
        }
    }
    let expected: Vec<_> = (0..ROWS).map(|number| format!("funds/f/statements/s{number:03}")).collect();
    assert_eq!(names, expected, "{pages:?}");
    assert!(pages.len() > 1 && pages.len() < 10, "{pages:?}");

    for project in ["", "funds/f/projects/p"] {
        let (mut names, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = targets::ListTargetsRequest {
                parent: "funds/f".to_owned(),
                project: project.to_owned(),
                page_size: 1_000,
                page_token,
                ..Default::default()
            };
            let page = served.api.targets.list_targets(request).await.unwrap().into_inner();
            names.extend(page.targets.into_iter().map(|target| target.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let expected: Vec<_> = (0..ROWS).map(|number| format!("funds/f/targets/t{number:03}")).collect();
        assert_eq!(names, expected, "{project}");
    }

    let (mut versions, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = targets::ListTargetVersionsRequest {
            parent: "funds/f/targets/t000".to_owned(),
            page_size: 1_000,
            page_token,
            ..Default::default()
        };
        let page = served.api.targets.list_target_versions(request).await.unwrap().into_inner();
        versions.extend(page.versions.into_iter().map(|version| version.version));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(versions, (1..=ROWS).collect::<Vec<_>>());

    // The logs hold them whole, and are read by the same client.
    for log in ["registry", "targets", "scoring"] {
        assert!(served.api.read(log).await.len() > ROWS as usize, "{log}");
    }
}
