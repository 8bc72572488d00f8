//! Simulations that cannot be made at all, and commands of one that would be refused for what they are.

use jixiao_proto::io::cloudevents::v1::CloudEvent;
use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::scoring::v1 as scoring;
use tonic::Code::InvalidArgument;
use tonic_types::StatusExt;

use super::{Served, case};
use crate::api::increase;
use crate::what_if::chain::as_status;

fn of_ledger(commands: Vec<ledger::SimulatedCommand>) -> ledger::SimulateRequest {
    ledger::SimulateRequest { commands, ..Default::default() }
}

fn with_events(foreign_events: Vec<CloudEvent>) -> ledger::SimulateRequest {
    ledger::SimulateRequest { foreign_events, ..Default::default() }
}

fn adjust(request: ledger::AdjustBudgetRequest) -> ledger::SimulatedCommand {
    let command = Some(ledger::simulated_command::Command::AdjustBudget(request));
    ledger::SimulatedCommand { command }
}

#[tokio::test]
async fn a_simulation_that_cannot_be_made_says_why() {
    let mut served = Served::start().await;
    // An event of the ledger, which takes in the registry's alone.
    let simulated = of_ledger(vec![adjust(increase("more", "f", 1))]);
    let answer = served.api.ledger.simulate(simulated).await.unwrap().into_inner();
    let own = answer.outcomes[0].events[0].clone();
    let broken = CloudEvent { r#type: "jixiao.registry.v1.fund_created".to_owned(), ..Default::default() };
    let nothing = registry::SimulatedCommand::default();
    let many = registry::SimulateRequest { commands: vec![nothing; 1_001], ..Default::default() };
    let name = |name: &str| scoring::SimulateRequest { name: name.to_owned(), ..Default::default() };
    let waits = ledger::SimulateRequest { wait_for: vec!["x".to_owned()], ..Default::default() };
    let cases = [
        case(
            "too many commands",
            "registry.Simulate",
            &many,
            (InvalidArgument, "TOO_MANY"),
            "commands",
            "holds 1001, at most 1000",
        ),
        case(
            "too many events",
            "ledger.Simulate",
            &with_events(vec![CloudEvent::default(); 10_001]),
            (InvalidArgument, "TOO_MANY"),
            "foreign_events",
            "holds 10001, at most 10000",
        ),
        case(
            "an event of a log that is not taken in",
            "ledger.Simulate",
            &with_events(vec![own]),
            (InvalidArgument, "OTHER_LOG"),
            "foreign_events[0]",
            "is of the ledger log; ledger takes in registry",
        ),
        case(
            "no event",
            "ledger.Simulate",
            &with_events(vec![CloudEvent::default()]),
            (InvalidArgument, "BAD_EVENT"),
            "foreign_events[0]",
            "is not an event of a Jixiao log",
        ),
        case(
            "half an event",
            "ledger.Simulate",
            &with_events(vec![broken]),
            (InvalidArgument, "BAD_EVENT"),
            "foreign_events[0]",
            "is missing",
        ),
        case("no name", "scoring.Simulate", &name(""), (InvalidArgument, "REQUIRED"), "name", "required"),
        case(
            "no name of a fund",
            "scoring.Simulate",
            &name("agencies/a"),
            (InvalidArgument, "BAD_NAME"),
            "name",
            "funds/{id}",
        ),
        case(
            "no position",
            "ledger.Simulate",
            &waits,
            (InvalidArgument, "BAD_POSITION"),
            "wait_for[0]",
            "not a position",
        ),
    ];
    served.expect(&cases).await;
    served.accept("scoring.Simulate", &name("funds/nowhere")).await;
    served.accept("registry.Simulate", &registry::SimulateRequest::default()).await;
}

#[tokio::test]
async fn a_command_is_refused_for_what_it_is_and_the_others_are_decided() {
    let mut served = Served::start().await;
    let heads = served.api.heads().await;
    let commands = vec![
        ledger::SimulatedCommand::default(),
        adjust(ledger::AdjustBudgetRequest::default()),
        adjust(ledger::AdjustBudgetRequest { wait_for: vec![heads[0].clone()], ..increase("w", "f", 1) }),
        adjust(ledger::AdjustBudgetRequest { request_id: "a@b".to_owned(), ..increase("i", "f", 1) }),
        adjust(ledger::AdjustBudgetRequest { request_id: String::new(), ..increase("n", "f", 1) }),
        adjust(increase("r", "f", 1)),
        adjust(increase("r", "f", 2)),
        adjust(increase("r", "f", 1)),
    ];
    let answer = served.api.ledger.simulate(of_ledger(commands)).await.unwrap().into_inner();
    let mut refused = Vec::new();
    for outcome in &answer.outcomes {
        let status = outcome.refusal.as_ref().map(as_status);
        let fields = status.iter().flat_map(|status| {
            let bad = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
            bad.into_iter().map(|bad| format!("{} {}", bad.field, bad.reason))
        });
        let reason = status.as_ref().and_then(StatusExt::get_details_error_info).map(|info| info.reason);
        refused.push((fields.collect::<Vec<_>>(), reason.filter(|reason| reason == "REQUEST_ID_REUSED")));
    }
    let fields = |named: &[&str]| named.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>();
    assert_eq!(refused[0], (fields(&["command REQUIRED"]), None));
    // What the real call asks for, but for the request id.
    assert!(refused[1].0.contains(&"scope REQUIRED".to_owned()), "{refused:?}");
    assert!(!refused[1].0.iter().any(|field| field.starts_with("request_id")), "{refused:?}");
    assert_eq!(refused[2], (fields(&["wait_for NOT_OF_A_COMMAND"]), None));
    assert_eq!(refused[3], (fields(&["request_id BAD_REQUEST_ID"]), None));
    assert_eq!((&refused[4], &refused[5]), (&(Vec::new(), None), &(Vec::new(), None)));
    assert_eq!(refused[6].1.as_deref(), Some("REQUEST_ID_REUSED"));
    let [.., first, _, again] = answer.outcomes.as_slice() else { panic!("{answer:?}") };
    assert!(again.already_done && !first.already_done);
    assert_eq!(again.events, first.events);
    assert_eq!(served.api.heads().await, heads);
    // The same is supposed to have the same id.
    let unnamed = adjust(ledger::AdjustBudgetRequest { request_id: String::new(), ..increase("n", "f", 1) });
    let asked = of_ledger(vec![unnamed]);
    let one = served.api.ledger.simulate(asked.clone()).await.unwrap().into_inner();
    let other = served.api.ledger.simulate(asked).await.unwrap().into_inner();
    assert_eq!(one.outcomes[0].events[0].id, other.outcomes[0].events[0].id);
}
