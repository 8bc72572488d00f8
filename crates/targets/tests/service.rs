//! The service over a real log in a SQLite file.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use jixiao_eventlog::event::GENESIS;
use jixiao_eventlog::{Location, Log, Options, StoredEvent};
use jixiao_events::Names;
use jixiao_events::registry::{DisplayUnit, Fund, Membership, Origin, Project, ProjectState, RegistryEvent};
use jixiao_proto::jixiao::targets::v1 as pb;
use jixiao_proto::jixiao::targets::v1::target_service_server::TargetService;
use jixiao_proto::jixiao::types::v1::{Approval, ApprovalPart, Recorded};
use jixiao_targets::{Targets, TargetsDomain};
use tempfile::TempDir;
use tonic::{Code, Request, Response, Status};

const FUND: &str = "funds/smart-city-2019";

/// A service, its log, and a registry that feeds it.
struct World {
    service: Targets,
    log: Arc<Log<TargetsDomain>>,
    registry: Vec<StoredEvent>,
    requests: u32,
    _folder: TempDir,
}

impl World {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Location::Folder(folder.path().to_owned()).open::<TargetsDomain>().await.unwrap();
        let log = Log::open(store, Options::default()).await.unwrap();
        let service = Targets::new(Arc::clone(&log));
        let mut world = Self { service, log, registry: Vec::new(), requests: 0, _folder: folder };
        world.deliver(RegistryEvent::FundCreated(fund())).await;
        world.deliver(RegistryEvent::ProjectRegistered(project("smart-tourism"))).await;
        world.deliver(RegistryEvent::ProjectRegistered(project("top-level-design"))).await;
        world
    }

    /// Takes in the registry's next event.
    async fn deliver(&mut self, event: RegistryEvent) {
        let position = self.registry.len() as u64 + 1;
        let request_id = format!("registry-{position}");
        let mut row = StoredEvent {
            log: "registry".to_owned(),
            position,
            id: StoredEvent::id_for("registry", &request_id, 0),
            keys: Vec::new(),
            event_type: <&str>::from(&event).to_owned(),
            payload: serde_json::to_string(&event).unwrap(),
            causation: None,
            correlation: None,
            trace: None,
            actor: "import".to_owned(),
            approval: None,
            effective: None,
            recorded_time: 0,
            request_id,
            request_index: 0,
            request_hash: String::new(),
            previous_hash: self.registry.last().map_or_else(|| GENESIS.to_owned(), |last| last.hash.clone()),
            hash: String::new(),
        };
        row.hash = row.compute_hash();
        self.log.deliver(&row).await.unwrap().unwrap();
        self.registry.push(row);
    }

    fn request_id(&mut self) -> String {
        self.requests += 1;
        format!("request-{}", self.requests)
    }

    async fn set(&mut self, id: &str, project: &str, value: &str, unit: &str) -> Recorded {
        let project = if project.is_empty() { String::new() } else { format!("{FUND}/projects/{project}") };
        let request = pb::SetTargetRequest {
            request_id: self.request_id(),
            parent: FUND.to_owned(),
            target_id: id.to_owned(),
            project,
            definition: Some(at_least(value, unit)),
            ..pb::SetTargetRequest::default()
        };
        recorded(self.service.set_target(Request::new(request)).await, |answer| answer.recorded)
    }

    async fn revise(&mut self, id: &str, value: &str, unit: &str) -> Recorded {
        let request = pb::ReviseTargetRequest {
            request_id: self.request_id(),
            name: format!("{FUND}/targets/{id}"),
            definition: Some(at_least(value, unit)),
            approval: Some(Approval {
                reason: "policy change".to_owned(),
                not_stated: vec![ApprovalPart::Approver.into(), ApprovalPart::ApprovedOn.into()],
                ..Approval::default()
            }),
            ..pb::ReviseTargetRequest::default()
        };
        recorded(self.service.revise_target(Request::new(request)).await, |answer| answer.recorded)
    }

    async fn reach(&mut self, id: &str, value: &str, unit: &str) -> Recorded {
        let request = pb::RecordActualRequest {
            request_id: self.request_id(),
            name: format!("{FUND}/targets/{id}"),
            measured: Some(pb::Measured { value: Some(pb::measured::Value::Number(value.to_owned())) }),
            unit: unit.to_owned(),
            on: "2019".to_owned(),
            ..pb::RecordActualRequest::default()
        };
        recorded(self.service.record_actual(Request::new(request)).await, |answer| answer.recorded)
    }

    async fn score(&mut self, name: &str, score: &str) -> Recorded {
        let request = pb::RecordSelfScoreRequest {
            request_id: self.request_id(),
            name: format!("{FUND}/{name}"),
            score: score.to_owned(),
            on: "2020-06-05".to_owned(),
            ..pb::RecordSelfScoreRequest::default()
        };
        recorded(self.service.record_self_score(Request::new(request)).await, |answer| answer.recorded)
    }

    async fn get(&self, id: &str) -> Result<pb::Target, Status> {
        let request =
            pb::GetTargetRequest { name: format!("{FUND}/targets/{id}"), ..pb::GetTargetRequest::default() };
        let answer = self.service.get_target(Request::new(request)).await?.into_inner();
        assert!(!answer.position.is_empty());
        Ok(answer.target.unwrap())
    }

    /// The ids that a list gives, page by page.
    async fn list(&self, project: &str, page_size: i32) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListTargetsRequest {
                parent: FUND.to_owned(),
                page_size,
                page_token,
                project: project.to_owned(),
                ..pb::ListTargetsRequest::default()
            };
            let answer = self.service.list_targets(Request::new(request)).await.unwrap().into_inner();
            let id = |target: &pb::Target| target.name.rsplit('/').next().unwrap_or_default().to_owned();
            pages.push(answer.targets.iter().map(id).collect());
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                return pages;
            }
        }
    }
}

fn recorded<T>(answer: Result<Response<T>, Status>, read: fn(T) -> Option<Recorded>) -> Recorded {
    read(answer.unwrap().into_inner()).unwrap()
}

fn names(zh: &str) -> Names {
    Names { zh: zh.to_owned(), en: None }
}

fn fund() -> Fund {
    Fund {
        fund: "smart-city-2019".parse().unwrap(),
        name: names("无锡市信息技术产业（智慧城市）扶持资金"),
        fiscal_year: 2019,
        agency: "big-data-bureau".parse().unwrap(),
        department: None,
        predecessor: None,
        display_unit: DisplayUnit::WanYuan,
        time_zone: "Asia/Shanghai".to_owned(),
        documents: Vec::new(),
        support_categories: Vec::new(),
        kind: jixiao_events::FundKind::SpecialFund,
    }
}

fn project(id: &str) -> Project {
    Project {
        fund: "smart-city-2019".parse().unwrap(),
        project: id.parse().unwrap(),
        name: names("智慧旅游"),
        membership: Membership::InFund,
        origin: Origin::StartOfYear,
        implementing_agency: None,
        second_agency: None,
        category: None,
        group: None,
        state: ProjectState::InProgress,
        state_on: None,
        approved_on: None,
        carried_over: None,
        note: None,
        source: None,
    }
}

fn at_least(value: &str, unit: &str) -> pb::TargetDefinition {
    let threshold = pb::Threshold { value: value.to_owned() };
    pb::TargetDefinition {
        class: String::new(),
        owner: String::new(),
        baseline: String::new(),
        baseline_on: String::new(),
        title: "提供出游服务人数".to_owned(),
        weight: "1".to_owned(),
        criterion: Some(pb::Criterion { direction: Some(pb::criterion::Direction::AtLeast(threshold)) }),
        unit: unit.to_owned(),
        text: String::new(),
    }
}

#[tokio::test]
async fn a_target_from_its_first_version_to_its_actual() {
    let mut world = World::open().await;
    let set = world.set("d17", "smart-tourism", "10000", "人").await;
    assert_eq!(set.name, "funds/smart-city-2019/targets/d17");
    assert_eq!(set.event_ids.len(), 1);
    let target = world.get("d17").await.unwrap();
    assert_eq!(target.project, "funds/smart-city-2019/projects/smart-tourism");
    assert_eq!((target.level(), target.version), (pb::TargetLevel::Detail, 1));
    assert_eq!((target.state(), target.project_state.as_str()), (pb::TargetState::NoActual, "in_progress"));

    let actual = world.reach("d17", "61", "条订单").await;
    world.score("targets/d17", "1.5").await;
    let target = world.get("d17").await.unwrap();
    assert_eq!((target.state(), target.percent.as_str()), (pb::TargetState::UnitMismatch, ""));
    let kept = target.actual.unwrap();
    assert_eq!((kept.unit.as_str(), kept.unit_match()), ("条订单", pb::UnitMatch::Different));
    assert_eq!(kept.event_id, actual.event_ids[0]);
    let filed = target.self_score.unwrap();
    assert_eq!((filed.score.as_str(), filed.above_weight), ("1.5", true));

    world.revise("d17", "50", "条订单").await;
    let target = world.get("d17").await.unwrap();
    assert_eq!((target.state(), target.percent.as_str()), (pb::TargetState::Met, "122"));
    assert_eq!(target.version, 2);
    assert_eq!(target.actual.unwrap().unit_match(), pb::UnitMatch::Same);

    let left = RegistryEvent::ProjectStateChanged {
        fund: "smart-city-2019".parse().unwrap(),
        project: "smart-tourism".parse().unwrap(),
        from: ProjectState::InProgress,
        to: ProjectState::MovedToLaterYear,
        leaves_fund: true,
        on: None,
        reason: None,
        source: None,
    };
    world.deliver(left).await;
    let target = world.get("d17").await.unwrap();
    let moved = (pb::TargetState::Withdrawn, "moved_to_later_year");
    assert_eq!((target.state(), target.project_state.as_str()), moved);
}

#[tokio::test]
async fn versions_come_in_pages_without_what_is_no_version() {
    let mut world = World::open().await;
    world.set("o01", "", "1", "个").await;
    for value in ["2", "3", "4"] {
        world.reach("o01", value, "个").await;
        world.revise("o01", value, "个").await;
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListTargetVersionsRequest {
            parent: format!("{FUND}/targets/o01"),
            page_size: 3,
            page_token,
            ..pb::ListTargetVersionsRequest::default()
        };
        let answer = world.service.list_target_versions(Request::new(request)).await.unwrap().into_inner();
        seen.push(answer.versions.iter().map(|version| version.version).collect::<Vec<_>>());
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, [vec![1, 2, 3], vec![4]]);
}

#[tokio::test]
async fn lists_page_by_id() {
    let mut world = World::open().await;
    for (id, project) in [
        ("d2", "smart-tourism"),
        ("o1", ""),
        ("d1", "smart-tourism"),
        ("d3", "top-level-design"),
        ("d4", "smart-tourism"),
    ] {
        world.set(id, project, "1", "个").await;
    }
    assert_eq!(world.list("", 3).await, [vec!["d1", "d2", "d3"], vec!["d4", "o1"]]);
    let tourism = "funds/smart-city-2019/projects/smart-tourism";
    assert_eq!(world.list(tourism, 2).await, [vec!["d1", "d2"], vec!["d4"]]);
    assert_eq!(world.list("", 0).await, [vec!["d1", "d2", "d3", "d4", "o1"]]);

    world.score("indicators/management.funds_use.execution_rate", "0").await;
    let parent = FUND.to_owned();
    let request = pb::ListIndicatorScoresRequest { parent, ..pb::ListIndicatorScoresRequest::default() };
    let answer = world.service.list_indicator_scores(Request::new(request)).await.unwrap().into_inner();
    let [scored] = &answer.indicator_scores[..] else { panic!("{answer:?}") };
    assert_eq!(scored.name, "funds/smart-city-2019/indicators/management.funds_use.execution_rate");
    assert_eq!(scored.self_score.as_ref().unwrap().score, "0");

    let request = pb::ExplainMissRequest {
        request_id: "explanation".to_owned(),
        parent: FUND.to_owned(),
        explanation_id: "late".to_owned(),
        project: tourism.to_owned(),
        targets: vec![format!("{FUND}/targets/d1")],
        reason: "orders were counted".to_owned(),
        ..pb::ExplainMissRequest::default()
    };
    let explained =
        recorded(world.service.explain_miss(Request::new(request)).await, |answer| answer.recorded);
    assert_eq!(explained.name, "funds/smart-city-2019/explanations/late");
    let parent = FUND.to_owned();
    let request = pb::ListExplanationsRequest { parent, ..pb::ListExplanationsRequest::default() };
    let answer = world.service.list_explanations(Request::new(request)).await.unwrap().into_inner();
    let [explanation] = &answer.explanations[..] else { panic!("{answer:?}") };
    assert_eq!((explanation.name.as_str(), explanation.project.as_str()), (explained.name.as_str(), tourism));
    assert_eq!(explanation.targets, ["funds/smart-city-2019/targets/d1"]);
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let world = World::open().await;
    let request = pb::SetTargetRequest {
        request_id: "bad".to_owned(),
        parent: FUND.to_owned(),
        target_id: "D17".to_owned(),
        project: "funds/e-government-2019/projects/red-cross".to_owned(),
        definition: Some(pb::TargetDefinition {
            weight: "one".to_owned(),
            ..pb::TargetDefinition::default()
        }),
        ..pb::SetTargetRequest::default()
    };
    let status = world.service.set_target(Request::new(request)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    for field in ["target_id", "project", "definition.title", "definition.weight", "definition.criterion"] {
        assert!(status.message().contains(&format!("{field}: ")), "{field}: {}", status.message());
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let mut world = World::open().await;
    assert_eq!(world.get("d99").await.unwrap_err().code(), Code::NotFound);
    let parent = "funds/e-government-2019".to_owned();
    let request = pb::ListTargetsRequest { parent: parent.clone(), ..pb::ListTargetsRequest::default() };
    let status = world.service.list_targets(Request::new(request)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let request = pb::SetTargetRequest {
        request_id: world.request_id(),
        parent,
        target_id: "d1".to_owned(),
        definition: Some(at_least("1", "个")),
        ..pb::SetTargetRequest::default()
    };
    let status = world.service.set_target(Request::new(request)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}
