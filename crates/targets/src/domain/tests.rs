//! Commands over the targets of Wuxi 2019, one line a case, refusals in their order.

use jixiao_eventlog::{Domain, Folded, Meta};
use jixiao_events::attainment::Attainment;
use jixiao_events::registry::{Fund, Membership, Origin, Project, ProjectState, RegistryEvent};
use jixiao_events::targets::{
    Criterion, Measured, TargetEvent, TargetFact, TargetLevel, TargetRef, UnitMatch,
};
use jixiao_events::{
    Approval, FundId, FundKind, Names, Number, PartialDate, ProjectId, SourceEvent, TargetId,
};

use super::{
    ExplainMiss, NewDefinition, RecordActual, RecordSelfScore, ReviseTarget, ScoreOf, SetTarget,
    TargetCommand, TargetRefusal, TargetsState, WithdrawTarget, fact, keys,
};
use crate::log::TargetsDomain;

type World = Folded<TargetsDomain>;

fn fund() -> FundId {
    "smart-city-2019".parse().unwrap()
}

fn project(id: &str) -> ProjectId {
    id.parse().unwrap()
}

fn target(id: &str) -> TargetId {
    id.parse().unwrap()
}

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn date(text: &str) -> PartialDate {
    text.parse().unwrap()
}

fn approved(reason: &str) -> Approval {
    Approval {
        approver: Some("市主要分管领导".to_owned()),
        approved_on: Some(date("2019-10-28")),
        reason: Some(reason.to_owned()),
    }
}

/// The registry's fact `n`, taken in.
fn take_in(position: u64, fact: TargetFact) -> TargetCommand {
    TargetCommand::TakeIn {
        source: SourceEvent {
            log: "registry".to_owned(),
            position,
            id: format!("registry@{position}"),
            hash: "0".repeat(64),
            recorded_time: 0,
            effective: None,
            actor: "import".to_owned(),
        },
        fact: Some(fact),
    }
}

fn project_fact(
    id: &str,
    membership: Option<Membership>,
    group: Option<&str>,
    state: ProjectState,
) -> TargetFact {
    let group = group.map(|group| group.parse().unwrap());
    TargetFact::Project { fund: fund(), project: project(id), membership, group, state }
}

fn at_least(value: &str, unit: &str) -> NewDefinition {
    NewDefinition {
        class: None,
        owner: None,
        baseline: None,
        name: "城市大数据中心数据汇聚部门总数".to_owned(),
        weight: Number::ONE,
        criterion: Criterion::AtLeast { value: number(value) },
        unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
        text: None,
    }
}

fn weighing(weight: &str) -> NewDefinition {
    NewDefinition { weight: number(weight), ..at_least("70", "个") }
}

fn between(min: &str, max: &str) -> NewDefinition {
    let criterion = Criterion::Between { min: number(min), max: number(max) };
    NewDefinition { criterion, ..at_least("1", "个") }
}

fn set(id: &str, of: Option<&str>, definition: NewDefinition) -> TargetCommand {
    set_in(fund(), id, of, definition)
}

fn set_in(fund: FundId, id: &str, of: Option<&str>, definition: NewDefinition) -> TargetCommand {
    TargetCommand::SetTarget(SetTarget {
        target: TargetRef { fund, project: of.map(project), target: target(id) },
        definition,
        on: None,
        approval: Approval::default(),
        source: Some("line 252".to_owned()),
    })
}

fn revise(id: &str, definition: NewDefinition) -> TargetCommand {
    TargetCommand::ReviseTarget(ReviseTarget {
        fund: fund(),
        target: target(id),
        definition,
        on: Some(date("2019-10-28")),
        approval: approved("policy direction changed"),
        source: Some("line 331".to_owned()),
    })
}

fn withdraw(id: &str) -> TargetCommand {
    TargetCommand::WithdrawTarget(WithdrawTarget {
        fund: fund(),
        target: target(id),
        on: None,
        approval: approved("moved to a later year"),
        source: Some("line 329".to_owned()),
    })
}

fn reach(id: &str, value: Measured, unit: &str) -> TargetCommand {
    TargetCommand::RecordActual(RecordActual {
        fund: fund(),
        target: target(id),
        value,
        unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
        on: date("2019"),
        text: None,
        evidence: Vec::new(),
        source: None,
    })
}

fn count(value: &str) -> Measured {
    Measured::Number { value: number(value) }
}

fn score(subject: ScoreOf, points: &str) -> TargetCommand {
    TargetCommand::RecordSelfScore(RecordSelfScore {
        fund: fund(),
        subject,
        score: number(points),
        on: date("2019"),
        reason: None,
        source: None,
    })
}

fn explain(id: &str, project: Option<&str>, group: Option<&str>, targets: &[&str]) -> TargetCommand {
    TargetCommand::ExplainMiss(ExplainMiss {
        fund: fund(),
        explanation: id.to_owned(),
        project: project.map(|id| id.parse().unwrap()),
        group: group.map(|id| id.parse().unwrap()),
        targets: targets.iter().map(|id| target(id)).collect(),
        reason: "policy direction changed".to_owned(),
        source: None,
    })
}

/// Smart city 2019 with a few of its projects.
fn world() -> World {
    let mut world = World::default();
    let facts = [
        TargetFact::Fund { fund: fund(), fiscal_year: 2019 },
        project_fact("smart-tourism", Some(Membership::InFund), None, ProjectState::Accepted),
        project_fact(
            "sunshine-poverty-relief",
            Some(Membership::InFund),
            Some("new-2019"),
            ProjectState::NotStarted,
        ),
        project_fact("big-data-centre-phase-2", Some(Membership::InFund), None, ProjectState::InProgress),
    ];
    for (position, fact) in (1..).zip(facts) {
        world.execute(&take_in(position, fact), "feed").unwrap();
    }
    world
}

/// [`world`] after more commands.
fn after(commands: &[TargetCommand]) -> World {
    let mut world = world();
    for command in commands {
        world.execute(command, "unit").unwrap();
    }
    world
}

#[track_caller]
fn check(before: &[TargetCommand], command: &TargetCommand, expected: Result<&str, TargetRefusal>) {
    let done = after(before).decide(command);
    let done = done.map(|events| events.iter().map(TargetsDomain::event_type).collect::<Vec<_>>().join(" "));
    assert_eq!(done, expected.map(str::to_owned), "{command:?}");
}

fn missing(id: &str) -> TargetRefusal {
    TargetRefusal::TargetNotFound { fund: fund(), target: target(id) }
}

#[test]
fn setting_a_target() {
    use TargetRefusal::{FundNotFound, ProjectNotFound, RangeReversed, TargetExists, WeightNotPositive};
    let o01 = set("o01", None, at_least("70", "个"));
    let elsewhere: FundId = "e-government-2019".parse().unwrap();
    let other = |definition| set_in(elsewhere.clone(), "o01", Some("red-cross"), definition);
    let reversed = RangeReversed { min: number("2"), max: number("1") };
    let no_project = ProjectNotFound { fund: fund(), project: project("red-cross") };
    let exists = TargetExists { fund: fund(), target: target("o01") };

    check(&[], &other(weighing("0")), Err(WeightNotPositive(Number::ZERO)));
    check(&[], &other(weighing("-1")), Err(WeightNotPositive(number("-1"))));
    check(&[], &other(between("2", "1")), Err(reversed));
    check(&[], &other(between("2", "2")), Err(FundNotFound(elsewhere.clone())));
    check(&[], &set("o01", Some("red-cross"), weighing("0.5")), Err(no_project.clone()));
    check(std::slice::from_ref(&o01), &set("o01", Some("red-cross"), weighing("0.5")), Err(no_project));
    check(std::slice::from_ref(&o01), &o01, Err(exists.clone()));
    check(std::slice::from_ref(&o01), &set("o01", Some("smart-tourism"), weighing("1")), Err(exists.clone()));
    check(&[o01.clone(), withdraw("o01")], &o01, Err(exists));
    check(&[], &o01, Ok("target_set"));
    check(&[], &set("d48", Some("sunshine-poverty-relief"), weighing("0.5")), Ok("target_set"));
}

#[test]
fn revising_a_target() {
    use TargetRefusal::{NothingChanges, RangeReversed, TargetWithdrawn, WeightNotPositive};
    let o01 = set("o01", None, at_least("70", "个"));
    let withdrawn = [o01.clone(), withdraw("o01")];
    let gone = TargetWithdrawn { fund: fund(), target: target("o01") };
    let same = |version| NothingChanges { fund: fund(), target: target("o01"), version };
    let lowered = revise("o01", at_least("45", "个"));

    check(&[], &revise("o01", weighing("0")), Err(WeightNotPositive(Number::ZERO)));
    let reversed = RangeReversed { min: number("2"), max: number("1") };
    check(&[], &revise("o01", between("2", "1")), Err(reversed));
    check(&[], &lowered, Err(missing("o01")));
    check(&withdrawn, &revise("o01", at_least("70", "个")), Err(gone));
    check(std::slice::from_ref(&o01), &revise("o01", at_least("70", "个")), Err(same(1)));
    check(std::slice::from_ref(&o01), &revise("o01", at_least("70.0", "个")), Err(same(1)));
    check(&[o01.clone(), lowered.clone()], &lowered, Err(same(2)));
    check(std::slice::from_ref(&o01), &lowered, Ok("target_revised"));
    check(&[o01.clone(), lowered], &revise("o01", at_least("70", "个")), Ok("target_revised"));

    let mut world = after(&[o01, revise("o01", at_least("45", "个"))]);
    let events = world.decide(&revise("o01", at_least("50", "个"))).unwrap();
    assert!(matches!(&events[..], [TargetEvent::TargetRevised { version: 3, approval, .. }]
        if *approval == approved("policy direction changed")));
}

#[test]
fn withdrawing_a_target() {
    use TargetRefusal::TargetWithdrawn;
    let o01 = set("o01", None, at_least("70", "个"));
    let gone = TargetWithdrawn { fund: fund(), target: target("o01") };
    check(&[], &withdraw("o01"), Err(missing("o01")));
    check(&[o01.clone(), withdraw("o01")], &withdraw("o01"), Err(gone));
    check(&[o01], &withdraw("o01"), Ok("target_withdrawn"));
}

#[test]
fn recording_an_actual() {
    use TargetRefusal::TargetWithdrawn;
    use UnitMatch::{Assumed, Different, Same};
    let d17 = set("d17", Some("smart-tourism"), at_least("10000", "人"));
    let gone = TargetWithdrawn { fund: fund(), target: target("d17") };
    check(&[], &reach("d17", count("61"), "条订单"), Err(missing("d17")));
    check(&[d17.clone(), withdraw("d17")], &reach("d17", count("61"), "条订单"), Err(gone));
    let date = Measured::Date { done: date("2019-12-03") };
    for (value, unit, expected) in [
        (count("61"), "条订单", Different),
        (count("61"), "人", Same),
        (count("61"), "", Assumed),
        (date, "", Different),
    ] {
        let events = after(std::slice::from_ref(&d17)).decide(&reach("d17", value, unit)).unwrap();
        let [TargetEvent::ActualRecorded { unit_match, target, .. }] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(
            (*unit_match, target.project.clone()),
            (expected, Some(project("smart-tourism"))),
            "{unit}"
        );
    }
}

#[test]
fn recording_a_self_score() {
    use TargetRefusal::{FundNotFound, ProjectNotFound, ScoreNegative, TargetWithdrawn};
    let o01 = set("o01", None, at_least("70", "个"));
    let of_target = |points| score(ScoreOf::Target(target("o01")), points);
    let path = || ScoreOf::Indicator(None, "management.funds_use.execution_rate".parse().unwrap());
    let of_project = |id| ScoreOf::Indicator(Some(project(id)), "funds_use.execution_rate".parse().unwrap());
    let gone = TargetWithdrawn { fund: fund(), target: target("o01") };
    check(&[], &of_target("-0.5"), Err(ScoreNegative(number("-0.5"))));
    check(&[], &score(path(), "-1"), Err(ScoreNegative(number("-1"))));
    check(&[], &of_target("1"), Err(missing("o01")));
    check(&[o01.clone(), withdraw("o01")], &of_target("1"), Err(gone));
    check(&[], &score(path(), "4"), Ok("self_score_recorded"));
    check(&[], &score(of_project("smart-tourism"), "4"), Ok("self_score_recorded"));
    let unknown = ProjectNotFound { fund: fund(), project: project("red-cross") };
    check(&[], &score(of_project("red-cross"), "4"), Err(unknown));
    for subject in [path(), of_project("smart-tourism")] {
        let nowhere = World::default().decide(&score(subject, "4"));
        assert_eq!(nowhere, Err(FundNotFound(fund())));
    }
    for (points, above) in [("0", false), ("0.5", false), ("1", false), ("1.5", true)] {
        let events = after(std::slice::from_ref(&o01)).decide(&of_target(points)).unwrap();
        assert!(
            matches!(&events[..], [TargetEvent::SelfScoreRecorded { above_weight, .. }]
            if *above_weight == above),
            "{points}: {events:?}"
        );
    }
}

#[test]
fn explaining_a_miss() {
    use TargetRefusal::{
        ExplanationExists, FundNotFound, GroupNotFound, NothingExplained, ProjectAndGroup, ProjectNotFound,
        TargetRepeated,
    };
    let (new, tourism) = (Some("new-2019"), Some("smart-tourism"));
    let d48 = [set("d48", Some("sunshine-poverty-relief"), weighing("0.5"))];
    let no_project = ProjectNotFound { fund: fund(), project: project("red-cross") };
    let no_group = GroupNotFound { fund: fund(), group: "old-2018".parse().unwrap() };
    let late = "late".to_owned();
    let taken = [d48[0].clone(), explain("late", None, new, &[])];

    check(&[], &explain("late", None, None, &[]), Err(NothingExplained));
    check(&[], &explain("late", tourism, new, &["d1", "d1"]), Err(ProjectAndGroup));
    check(&[], &explain("late", Some("red-cross"), None, &["d1", "d1"]), Err(TargetRepeated(target("d1"))));
    let nowhere = World::default().decide(&explain("late", Some("red-cross"), None, &["d1"]));
    assert_eq!(nowhere, Err(FundNotFound(fund())));
    check(&[], &explain("late", Some("red-cross"), None, &["d1"]), Err(no_project));
    check(&[], &explain("late", None, Some("old-2018"), &["d1"]), Err(no_group));
    check(&taken, &explain("late", None, new, &["d48", "d1"]), Err(missing("d1")));
    check(
        &taken,
        &explain("late", None, new, &["d48"]),
        Err(ExplanationExists { fund: fund(), explanation: late }),
    );
    check(&d48, &explain("late", None, new, &["d48"]), Ok("miss_explained"));
    check(&d48, &explain("late", tourism, None, &["d48"]), Ok("miss_explained"));
    check(&d48, &explain("late", None, None, &["d48"]), Ok("miss_explained"));
    check(&[], &explain("late", tourism, None, &[]), Ok("miss_explained"));
}

/// Where a target stands after commands.
#[track_caller]
fn check_standing(commands: &[TargetCommand], id: &str, status: Option<Attainment>, percent: Option<&str>) {
    let world = after(commands);
    let document = world.get(&keys::target(&fund(), &target(id))).and_then(TargetsState::target).unwrap();
    let project = document.target.project.as_ref().map(|project| keys::project(&fund(), project));
    let project = project.and_then(|key| world.get(&key)).and_then(TargetsState::project);
    let standing = document.standing(project);
    assert_eq!((standing.status, standing.percent), (status, percent.map(number)), "{commands:?}");
}

#[test]
fn where_a_target_stands() {
    use Attainment::{Left, Met, NoActual, NotStarted, UnitMismatch, Unmet};
    let o01 = set("o01", None, at_least("70", "个"));
    let actual = reach("o01", count("42"), "个");
    let d17 = set("d17", Some("smart-tourism"), at_least("10000", "人"));
    let d21 = set("d21", Some("smart-tourism"), between("1", "2"));
    let d48 = set("d48", Some("sunshine-poverty-relief"), at_least("1", "次"));
    let by = Criterion::ByDate { by: date("2019-12-31") };
    let d03 =
        set("d03", Some("big-data-centre-phase-2"), NewDefinition { criterion: by, ..at_least("1", "date") });
    let accepted = Measured::Date { done: date("2019-12-03") };
    let gone = Some(Membership::Removed);
    let left = take_in(9, project_fact("smart-tourism", gone, None, ProjectState::Removed));
    let moved = take_in(9, project_fact("smart-tourism", gone, None, ProjectState::MovedToLaterYear));
    let cancelled = take_in(10, project_fact("smart-tourism", None, None, ProjectState::Cancelled));
    let started = take_in(9, project_fact("sunshine-poverty-relief", None, None, ProjectState::InProgress));

    check_standing(std::slice::from_ref(&o01), "o01", Some(NoActual), None);
    check_standing(&[o01.clone(), actual.clone()], "o01", Some(Unmet), Some("60"));
    check_standing(
        &[o01.clone(), actual.clone(), reach("o01", count("84"), "")],
        "o01",
        Some(Met),
        Some("120"),
    );
    // A revision after the actual: judged against the version in force, its unit included.
    check_standing(
        &[o01.clone(), actual.clone(), revise("o01", at_least("40", "个"))],
        "o01",
        Some(Met),
        Some("105"),
    );
    check_standing(
        &[o01.clone(), actual.clone(), revise("o01", at_least("40", "家"))],
        "o01",
        Some(UnitMismatch),
        None,
    );
    check_standing(&[o01, actual, withdraw("o01")], "o01", None, None);
    check_standing(&[d17.clone(), reach("d17", count("61"), "条订单")], "d17", Some(UnitMismatch), None);
    check_standing(&[d21.clone(), reach("d21", count("2"), "")], "d21", Some(Met), None);
    check_standing(&[d21.clone(), reach("d21", count("2"), ""), left], "d21", Some(Left), None);
    let moved_on = [d21.clone(), reach("d21", count("2"), ""), moved, cancelled.clone()];
    check_standing(&moved_on[..3], "d21", Some(Left), None);
    // What becomes of it later does not bring it back.
    check_standing(&moved_on, "d21", Some(Left), None);
    check_standing(&[d21, reach("d21", count("2"), ""), cancelled], "d21", Some(NotStarted), None);
    check_standing(&[d03, reach("d03", accepted, "")], "d03", Some(Met), None);
    check_standing(&[d48.clone(), reach("d48", count("0"), "")], "d48", Some(NotStarted), None);
    check_standing(&[d48, reach("d48", count("0"), ""), started], "d48", Some(Unmet), Some("0"));
}

#[test]
fn lists_of_a_project_find_its_targets_alone() {
    let world = after(&[
        set("d17", Some("smart-tourism"), at_least("10000", "人")),
        set("o01", None, at_least("70", "个")),
        set("d48", Some("sunshine-poverty-relief"), at_least("1", "次")),
    ]);
    let prefix = keys::targets_of_project(&fund(), &project("smart-tourism"));
    let found: Vec<_> = world.prefix(&prefix).map(|(_, state)| state.clone()).collect();
    assert_eq!(found, [TargetsState::TargetOfProject { target: target("d17") }]);
    let all = keys::targets(&fund());
    let levels: Vec<_> =
        world.prefix(&all).filter_map(|(_, state)| Some(state.target()?.definition.level)).collect();
    assert_eq!(levels, [TargetLevel::Detail, TargetLevel::Detail, TargetLevel::Overall]);
}

#[test]
fn a_change_of_state_keeps_membership_and_group() {
    let mut world = world();
    let moved_on = project_fact("sunshine-poverty-relief", None, None, ProjectState::CarriedOver);
    world.execute(&take_in(5, moved_on), "feed").unwrap();
    let key = keys::project(&fund(), &project("sunshine-poverty-relief"));
    let document = world.get(&key).and_then(TargetsState::project).unwrap();
    assert_eq!((document.state, document.membership), (ProjectState::CarriedOver, Some(Membership::InFund)));
    assert_eq!(document.group, Some("new-2019".parse().unwrap()));
}

#[test]
fn what_is_used_of_the_registry() {
    let names = Names { zh: "智慧旅游".to_owned(), en: None };
    let registered = RegistryEvent::ProjectRegistered(Project {
        fund: fund(),
        project: project("smart-tourism"),
        name: names.clone(),
        membership: Membership::InFund,
        origin: Origin::NotStated,
        implementing_agency: None,
        second_agency: None,
        category: None,
        group: None,
        state: ProjectState::Accepted,
        state_on: None,
        approved_on: None,
        carried_over: None,
        note: None,
        source: None,
    });
    let changed = RegistryEvent::ProjectStateChanged {
        fund: fund(),
        project: project("smart-tourism"),
        from: ProjectState::InProgress,
        to: ProjectState::Accepted,
        leaves_fund: false,
        on: None,
        reason: None,
        source: None,
    };
    let left = RegistryEvent::ProjectStateChanged {
        fund: fund(),
        project: project("smart-tourism"),
        from: ProjectState::Approved,
        to: ProjectState::MovedToLaterYear,
        leaves_fund: true,
        on: None,
        reason: None,
        source: None,
    };
    let gone = project_fact("smart-tourism", Some(Membership::Removed), None, ProjectState::MovedToLaterYear);
    let created = RegistryEvent::FundCreated(Fund {
        fund: fund(),
        name: names.clone(),
        fiscal_year: 2019,
        agency: "big-data-bureau".parse().unwrap(),
        department: None,
        predecessor: None,
        display_unit: jixiao_events::registry::DisplayUnit::WanYuan,
        time_zone: "Asia/Shanghai".to_owned(),
        documents: Vec::new(),
        support_categories: Vec::new(),
        kind: FundKind::SpecialFund,
    });
    let closed = RegistryEvent::FundYearClosed { fund: fund(), on: date("2020-01-31"), source: None };
    let renamed = RegistryEvent::AgencyRegistered {
        agency: "big-data-bureau".parse().unwrap(),
        name: names,
        note: None,
    };
    let accepted = |membership| project_fact("smart-tourism", membership, None, ProjectState::Accepted);
    for (event, expected) in [
        (registered, Some(accepted(Some(Membership::InFund)))),
        (changed, Some(accepted(None))),
        (left, Some(gone)),
        (created, Some(TargetFact::Fund { fund: fund(), fiscal_year: 2019 })),
        (closed, Some(TargetFact::YearClosed { fund: fund(), on: date("2020-01-31") })),
        (renamed, None),
    ] {
        assert_eq!(fact(&event), expected, "{event:?}");
    }
}

#[test]
fn any_subset_of_events_folds() {
    let commands = [
        set("o01", None, at_least("70", "个")),
        set("d48", Some("sunshine-poverty-relief"), weighing("0.5")),
        revise("o01", at_least("45", "个")),
        reach("o01", count("42"), "个"),
        score(ScoreOf::Target(target("o01")), "9"),
        score(ScoreOf::Indicator(None, "management".parse().unwrap()), "9"),
        score(ScoreOf::Indicator(Some(project("smart-tourism")), "management".parse().unwrap()), "9"),
        explain("late", None, Some("new-2019"), &["d48"]),
        withdraw("o01"),
    ];
    let mut world = world();
    let mut events: Vec<TargetEvent> = Vec::new();
    for command in &commands {
        events.extend(world.execute(command, "unit").unwrap());
    }
    for left_out in 0..1_usize << events.len() {
        let mut states: std::collections::BTreeMap<String, Option<TargetsState>> =
            std::collections::BTreeMap::new();
        for (index, event) in events.iter().enumerate().filter(|(index, _)| left_out >> index & 1 == 0) {
            let meta = Meta {
                position: index as u64 + 1,
                id: String::new(),
                recorded_time: 0,
                actor: String::new(),
            };
            for key in TargetsDomain::keys(event) {
                TargetsDomain::evolve(&key, states.entry(key.clone()).or_default(), event, &meta);
            }
        }
    }
}

#[test]
fn states_read_back() {
    let mut world = after(&[
        set("d48", Some("sunshine-poverty-relief"), weighing("0.5")),
        reach("d48", count("0"), ""),
        score(ScoreOf::Target(target("d48")), "0.6"),
        score(ScoreOf::Indicator(None, "management.funds_use".parse().unwrap()), "5"),
        score(
            ScoreOf::Indicator(Some(project("smart-tourism")), "management.funds_use".parse().unwrap()),
            "6",
        ),
        explain("late", None, Some("new-2019"), &["d48"]),
        withdraw("d48"),
    ]);
    let closed = TargetFact::YearClosed { fund: fund(), on: date("2020") };
    world.execute(&take_in(5, closed), "feed").unwrap();
    let mut seen = 0;
    for (key, state) in world.prefix("") {
        let text = serde_json::to_string(state).unwrap();
        assert_eq!(serde_json::from_str::<TargetsState>(&text).unwrap(), *state, "{key}");
        seen += 1;
    }
    assert_eq!(seen, 10, "fund, 3 projects, group, target, its project, two indicators, explanation");
    for (key, expected) in [
        ("indicator-score/smart-city-2019/management.funds_use", "5"),
        ("indicator-score/smart-city-2019:smart-tourism/management.funds_use", "6"),
    ] {
        let score = world.get(key).map(|state| match state {
            TargetsState::IndicatorScore { score, .. } => score.score,
            other => panic!("{other:?}"),
        });
        assert_eq!(score, Some(number(expected)), "{key}");
    }
    let document = world.get("target/smart-city-2019/d48").and_then(TargetsState::target).unwrap();
    assert!(document.is_scored_above_weight());
    assert!(matches!(world.get("fund/smart-city-2019"), Some(TargetsState::Fund(fund))
        if fund.fiscal_year == Some(2019) && fund.closed_on == Some(date("2020"))));
}
