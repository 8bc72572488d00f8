//! Files of hypothetical commands: what is read of a right one, and every fault of a wrong one.

use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::scoring::v1 as scoring;
use jixiao_proto::jixiao::types::v1 as types;
use prost::Message;

use super::*;

const FILE: &str = "what-if.toml";

fn faults(text: &str) -> Vec<BadRow> {
    read(FILE, Path::new(""), text.as_bytes().to_vec()).unwrap_err()
}

/// One command, the lines after its first three given.
fn payment(fields: &str) -> String {
    format!("[[command]]\nservice = \"ledger\"\ncommand = \"RecordPayment\"\n{fields}")
}

#[test]
fn a_right_file_is_the_requests_of_its_calls() {
    let text = r#"
[[command]]
service = "ledger"
command = "AdjustBudget"
scope = "funds/f"
entryId = "cut"
amount = { currency_code = "CNY", units = "-5", nanos = 1_0 }
direction = "DIRECTION_DECREASE"
approval = { approver = "市政府", not_stated = ["APPROVAL_PART_REASON"] }

[[command]]
service = "scoring"
command = "OpenEvaluation"
fund = "funds/f"
version = 0x2
"#;
    let commands = read(FILE, Path::new(""), text.as_bytes().to_vec()).unwrap();
    let [adjust, open] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!((adjust.service, adjust.command.as_str(), adjust.line), (Service::Ledger, "AdjustBudget", 2));
    assert_eq!((open.service, open.command.as_str(), open.line), (Service::Scoring, "OpenEvaluation", 11));
    let decoded = ledger::SimulatedCommand::decode(adjust.message.encode_to_vec().as_slice()).unwrap();
    let expected = ledger::AdjustBudgetRequest {
        scope: "funds/f".to_owned(),
        entry_id: "cut".to_owned(),
        amount: Some(jixiao_proto::google::r#type::Money {
            currency_code: "CNY".to_owned(),
            units: -5,
            nanos: 10,
        }),
        direction: ledger::Direction::Decrease.into(),
        approval: Some(types::Approval {
            approver: "市政府".to_owned(),
            not_stated: vec![types::ApprovalPart::Reason.into()],
            ..Default::default()
        }),
        ..Default::default()
    };
    assert_eq!(decoded.command, Some(ledger::simulated_command::Command::AdjustBudget(expected)));
    let decoded = scoring::SimulatedCommand::decode(open.message.encode_to_vec().as_slice()).unwrap();
    let Some(scoring::simulated_command::Command::OpenEvaluation(request)) = decoded.command else {
        panic!("{decoded:?}")
    };
    assert_eq!((request.fund.as_str(), request.version), ("funds/f", 2));
    assert_eq!(adjust.places["amount.units"], (7, 43));
    assert_eq!(adjust.places["approval.not_stated[0]"], (9, 46));
}

#[test]
fn each_fault_is_told_with_its_place_and_what_was_meant() {
    let long = "x".repeat(MAX_BYTES + 1);
    let cases: &[(&str, (u64, &str), &str)] = &[
        ("", (1, "1"), "there is no command"),
        ("[[command]\n", (1, "11"), "not TOML"),
        ("[[commands]]\nservice = \"ledger\"", (1, "3"), "no key \"commands\"; did you mean command?"),
        ("command = 1", (1, "11"), "each command is a table [[command]]"),
        ("command = [1]", (1, "12"), "a table has to stand here, not a value of type integer"),
        ("[[command]]\ncommand = \"RecordPayment\"", (1, "1"), "`service` is missing; there are: registry,"),
        ("[[command]]\nservice = \"leger\"", (2, "11"), "no service \"leger\"; did you mean ledger?"),
        ("[[command]]\nservice = 1", (2, "11"), "a text has to stand here"),
        ("[[command]]\nservice = \"ledger\"", (1, "1"), "`command` is missing; there are: AdjustBudget,"),
        (
            "[[command]]\nservice = \"ledger\"\ncommand = \"recordpaymnet\"",
            (3, "11"),
            "no command of ledger \"recordpaymnet\"; did you mean RecordPayment?",
        ),
        (
            "[[command]]\nservice = \"ledger\"\ncommand = \"GetBudget\"",
            (3, "11"),
            "no command of ledger \"GetBudget\"",
        ),
        (&payment("scop = \"funds/f\""), (4, "1"), "no field \"scop\"; did you mean scope?"),
        (
            &payment("zzzzzzzz = 1"),
            (4, "1"),
            "no field \"zzzzzzzz\"; there are: request_id, wait_for, scope,",
        ),
        (&payment("wait_for = []"), (4, "1"), "leave wait_for out"),
        (&payment("entry_id = \"a\"\nentryId = \"b\""), (5, "1"), "stands here twice"),
        (&payment("on = 2019-01-01"), (4, "6"), "write it in quotes"),
        (&payment("on = 2019"), (4, "6"), "write it in quotes"),
        (&payment("on = true"), (4, "6"), "a text has to stand here, not a value of type boolean"),
        (&payment("on = [\"2019\"]"), (4, "6"), "a text has to stand here"),
        (&payment("on = {}"), (4, "6"), "{ file = "),
        (&payment("on = { fil = \"x\" }"), (4, "8"), "no key \"fil\"; did you mean file?"),
        (&payment("on = { file = 1 }"), (4, "15"), "a text has to stand here"),
        (
            &payment("on = { file = \"nowhere.txt\" }"),
            (4, "15"),
            "nowhere.txt, in the folder of what-if.toml, cannot",
        ),
        (&payment("amount = 5"), (4, "10"), "a table has to stand here"),
        (&payment("amount = { unit = 5 }"), (4, "12"), "no field \"unit\"; did you mean units?"),
        (&payment("amount = { units = 1.5 }"), (4, "20"), "a whole number has to stand here"),
        (&payment("amount = { units = \"1.5\" }"), (4, "20"), "not a whole number that may stand here"),
        (&payment("amount = { nanos = 2147483648 }"), (4, "20"), "not a whole number that may stand here"),
        (&payment("approval = { not_stated = \"x\" }"), (4, "27"), "a list has to stand here"),
        (
            &payment("approval = { not_stated = [\"APPROVAL_PART_REASO\"] }"),
            (4, "28"),
            "no value \"APPROVAL_PART_REASO\"; did you mean APPROVAL_PART_REASON?",
        ),
        (
            &payment("approval = { not_stated = [\"APPROVAL_PART_UNSPECIFIED\"] }"),
            (4, "28"),
            "no value \"APPROVAL_PART_UNSPECIFIED\"",
        ),
        (&payment("approval = { not_stated = [1] }"), (4, "28"), "a text has to stand here"),
        (
            "[[command]]\nservice = \"scoring\"\ncommand = \"JudgeIndicator\"\ndeduction = \"1\"\ncoefficient = \"1\"",
            (5, "1"),
            "only one of `deduction` and `coefficient` may stand here",
        ),
        (&long, (0, ""), "too large"),
    ];
    let mut wrong = Vec::new();
    for (text, place, said) in cases {
        let found = faults(text);
        let is_right = |fault: &BadRow| {
            let is_there = (fault.line, fault.column.as_str()) == *place && fault.file == FILE;
            is_there && fault.reason.en.contains(said) && !fault.reason.zh.is_ascii()
        };
        if found.len() != 1 || !found.iter().all(is_right) {
            let shown: String = text.chars().take(200).collect();
            wrong.push(format!("{shown}\n{place:?} {said}\n{found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let bad = read(FILE, Path::new(""), b"# \xe6\x97\xa5\n\xff".to_vec()).unwrap_err();
    assert_eq!((bad.len(), bad[0].line, bad[0].column.as_str()), (1, 2, "1"));
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let text = format!("{}\n{}", payment("on = 1\nscop = 2\n"), payment("amount = { x = 1, y = 2 }"));
    let places: Vec<(u64, String)> =
        faults(&text).into_iter().map(|fault| (fault.line, fault.column)).collect();
    assert_eq!(places, [(4, "6"), (5, "1"), (10, "12"), (10, "19")].map(|(line, at)| (line, at.to_owned())));
}

#[test]
fn a_text_may_stand_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scheme.toml"), "scheme = \"x\"\n").unwrap();
    let text =
        "[[command]]\nservice = \"scoring\"\ncommand = \"LoadScheme\"\ntext = { file = \"scheme.toml\" }";
    let commands = read(FILE, folder.path(), text.as_bytes().to_vec()).unwrap();
    let (_, request) = commands[0].message.fields().next().unwrap();
    let of_file = request.as_message().unwrap().get_field_by_name("text").unwrap();
    assert_eq!(of_file.as_str(), Some("scheme = \"x\"\n"));
}

/// Whoever adds a write call adds it to its service's SimulatedCommand.
#[test]
fn every_write_call_of_every_service_can_be_supposed() {
    for service in Service::ALL {
        let (_, calls) = calls(service);
        let methods = POOL.get_service_by_name(service.grpc_name()).unwrap();
        for method in methods.methods() {
            let is_write = method.input().get_field_by_name("request_id").is_some();
            assert_eq!(calls.contains_key(method.name()), is_write, "{} {}", service.name(), method.name());
            if is_write {
                for taken in ["service", "command"] {
                    assert!(method.input().get_field_by_name(taken).is_none(), "{} {taken}", method.name());
                }
            }
        }
        assert!(!calls.is_empty());
    }
}
