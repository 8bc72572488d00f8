//! Calls with fields that are wrong.

use jixiao_eventlog::Position;
use jixiao_proto::google::r#type::Money;
use jixiao_proto::jixiao::eventlog::v1 as eventlog;
use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::scoring::v1 as scoring;
use jixiao_proto::jixiao::targets::v1 as targets;
use jixiao_proto::jixiao::types::v1::{Approval, ApprovalPart, Names};
use tonic::Code::{AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, OutOfRange};

use super::{Case, Served, case};
use crate::api::{increase, money, names, payment_request};

fn adjust(change: impl FnOnce(&mut ledger::AdjustBudgetRequest)) -> ledger::AdjustBudgetRequest {
    let mut request = increase("new", "f", 5);
    change(&mut request);
    request
}

fn fund(change: impl FnOnce(&mut registry::CreateFundRequest)) -> registry::CreateFundRequest {
    let mut request = registry::CreateFundRequest {
        request_id: "fund new".to_owned(),
        fund_id: "new".to_owned(),
        names: names("资金"),
        fiscal_year: 2026,
        agency: "agencies/agency-f".to_owned(),
        display_unit: registry::DisplayUnit::Yuan.into(),
        time_zone: "Asia/Shanghai".to_owned(),
        ..Default::default()
    };
    change(&mut request);
    request
}

fn target(change: impl FnOnce(&mut targets::SetTargetRequest)) -> targets::SetTargetRequest {
    let direction = targets::criterion::Direction::AtLeast(targets::Threshold { value: "5".to_owned() });
    let mut request = targets::SetTargetRequest {
        request_id: "target".to_owned(),
        parent: "funds/f".to_owned(),
        target_id: "t".to_owned(),
        definition: Some(targets::TargetDefinition {
            title: "户数".to_owned(),
            weight: "2".to_owned(),
            criterion: Some(targets::Criterion { direction: Some(direction) }),
            ..Default::default()
        }),
        ..Default::default()
    };
    change(&mut request);
    request
}

fn weight(text: &str) -> targets::SetTargetRequest {
    target(|request| text.clone_into(&mut request.definition.as_mut().unwrap().weight))
}

fn at_least(text: &str) -> targets::SetTargetRequest {
    let direction = targets::criterion::Direction::AtLeast(targets::Threshold { value: text.to_owned() });
    let criterion = targets::Criterion { direction: Some(direction) };
    target(|request| request.definition.as_mut().unwrap().criterion = Some(criterion))
}

fn figure(change: impl FnOnce(&mut scoring::StateFigureRequest)) -> scoring::StateFigureRequest {
    let mut request = scoring::StateFigureRequest {
        request_id: "figure".to_owned(),
        fund: "funds/f".to_owned(),
        quantity: "budget.adjusted".to_owned(),
        stated: "1000".to_owned(),
        basis: "stated".to_owned(),
        place: "line 7".to_owned(),
        ..Default::default()
    };
    change(&mut request);
    request
}

fn day(fund: &str, on: &str) -> scoring::ReachDateRequest {
    scoring::ReachDateRequest {
        request_id: "day".to_owned(),
        fund: fund.to_owned(),
        on: on.to_owned(),
        ..Default::default()
    }
}

fn yuan(units: i64, nanos: i32) -> Option<Money> {
    Some(Money { currency_code: "CNY".to_owned(), units, nanos })
}

#[tokio::test(flavor = "multi_thread")]
async fn fields() {
    let mut served = Served::start().await;
    let right = (target(|_| ()), fund(|_| ()), figure(|_| ()), adjust(|_| ()));
    let amount = |kind, amount, reason, says| {
        let request = adjust(|request| request.amount = amount);
        case(kind, "ledger.AdjustBudget", &request, (InvalidArgument, reason), "amount", says)
    };
    let adjusting = |kind, reason, field, says, change: &dyn Fn(&mut ledger::AdjustBudgetRequest)| {
        case(
            kind,
            "ledger.AdjustBudget",
            &adjust(|request| change(request)),
            (InvalidArgument, reason),
            field,
            says,
        )
    };
    let weighing = |kind, text: &str, reason, says| {
        let field = "definition.weight";
        case(kind, "targets.SetTarget", &weight(text), (InvalidArgument, reason), field, says)
    };
    let measuring = |kind, text: &str, reason, says| {
        let field = "definition.criterion.at_least.value";
        case(kind, "targets.SetTarget", &at_least(text), (InvalidArgument, reason), field, says)
    };
    let thirty = "0.000000000000000000000000000001";
    let most = "79228162514264337593543950335";
    let approval = |change: &dyn Fn(&mut Approval)| {
        let mut approval = Approval {
            not_stated: vec![ApprovalPart::Approver.into(), ApprovalPart::Reason.into()],
            approved_on: "2026-05".to_owned(),
            ..Default::default()
        };
        change(&mut approval);
        Some(approval)
    };
    let cases: Vec<Case> = vec![
        // Of a fund that is not there.
        case(
            "unknown fund",
            "ledger.AdjustBudget",
            &adjust(|request| "funds/nowhere".clone_into(&mut request.scope)),
            (NotFound, "FUND_UNKNOWN"),
            "scope",
            "nowhere",
        ),
        case(
            "unknown fund",
            "targets.SetTarget",
            &target(|request| "funds/nowhere".clone_into(&mut request.parent)),
            (NotFound, "FUND_NOT_FOUND"),
            "parent",
            "nowhere",
        ),
        case(
            "unknown fund",
            "scoring.StateFigure",
            &figure(|request| "funds/nowhere".clone_into(&mut request.fund)),
            (NotFound, "FUND_NOT_FOUND"),
            "fund",
            "nowhere",
        ),
        case(
            "unknown fund",
            "registry.CloseFundYear",
            &registry::CloseFundYearRequest {
                request_id: "close".to_owned(),
                name: "funds/nowhere".to_owned(),
                on: "2026-12-31".to_owned(),
                ..Default::default()
            },
            (NotFound, "FUND_NOT_FOUND"),
            "name",
            "nowhere",
        ),
        case(
            "unknown agency",
            "registry.CreateFund",
            &fund(|request| "agencies/nowhere".clone_into(&mut request.agency)),
            (NotFound, "AGENCY_NOT_FOUND"),
            "agency",
            "nowhere",
        ),
        // Amounts and numbers.
        amount("negative amount", money(-5), "AMOUNT_NOT_POSITIVE", "-5"),
        amount("no amount at all", None, "REQUIRED", "required"),
        amount("an amount of nothing", money(0), "AMOUNT_NOT_POSITIVE", "above zero"),
        amount("finer than 分", yuan(1, 1), "BAD_AMOUNT", "finer than 0.01"),
        amount("signs that differ", yuan(1, -10_000_000), "BAD_AMOUNT", "1.010000000"),
        amount("billionths beyond one", yuan(0, i32::MIN), "BAD_AMOUNT", "2147483648"),
        amount("the upper end", yuan(i64::MAX, 990_000_000), "BAD_AMOUNT", "beyond 1,000,000,000,000,000"),
        amount("the lower end", yuan(i64::MIN, 0), "BAD_AMOUNT", "beyond 1,000,000,000,000,000"),
        amount("just beyond", yuan(1_000_000_000_000_000, 10_000_000), "BAD_AMOUNT", "beyond"),
        amount(
            "another currency",
            Some(Money { currency_code: "USD".to_owned(), units: 1, nanos: 0 }),
            "BAD_CURRENCY",
            "USD",
        ),
        weighing("not a number", "five", "BAD_NUMBER", "\"five\" is not a decimal number"),
        weighing("with an exponent", "1e3", "BAD_NUMBER", "\"1e3\""),
        weighing("a negative weight", "-1", "WEIGHT_NOT_POSITIVE", "-1"),
        weighing("30 decimal places", thirty, "BAD_NUMBER", "significant digits"),
        weighing("13 decimal places", "0.0000000000001", "TOO_FINE", "13 decimals, at most 12"),
        weighing("the end of the decimal range", most, "OUT_OF_RANGE", "beyond 1000000000"),
        weighing("beyond the decimal range", "79228162514264337593543950336", "BAD_NUMBER", "digits"),
        measuring("30 decimal places", thirty, "BAD_NUMBER", "significant digits"),
        measuring("the end of the decimal range", most, "OUT_OF_RANGE", "beyond 1000000000000000"),
        measuring("the other end", "-79228162514264337593543950335", "OUT_OF_RANGE", "beyond"),
        case(
            "30 decimal places",
            "scoring.StateFigure",
            &figure(|request| thirty.clone_into(&mut request.value)),
            (InvalidArgument, "BAD_NUMBER"),
            "value",
            "significant digits",
        ),
        case(
            "over the hard stop",
            "ledger.RequestPayment",
            &payment_request("over", "f", 1_001),
            (FailedPrecondition, "AVAILABLE_EXCEEDED"),
            "amount",
            "1001.00 exceed the 1000.00 that funds/f has available",
        ),
        // Choices.
        adjusting("unknown enum", "UNKNOWN_VALUE", "direction", "99 is not a known value", &|request| {
            request.direction = 99;
        }),
        adjusting("unspecified enum", "REQUIRED", "direction", "required", &|request| request.direction = 0),
        adjusting(
            "unknown enum in a list",
            "UNKNOWN_VALUE",
            "approval.not_stated",
            "not known",
            &|request| {
                request.approval = approval(&|approval| approval.not_stated.push(-1));
            },
        ),
        // Fields that are not there.
        adjusting("missing request id", "REQUIRED", "request_id", "required", &|request| {
            request.request_id.clear();
        }),
        adjusting("missing id", "REQUIRED", "entry_id", "required", &|request| request.entry_id.clear()),
        adjusting("missing scope", "REQUIRED", "scope", "required", &|request| request.scope.clear()),
        adjusting("missing date", "REQUIRED", "on", "required", &|request| request.on.clear()),
        adjusting("missing approval", "REQUIRED", "approval", "approver", &|request| request.approval = None),
        case(
            "missing part",
            "registry.CreateFund",
            &fund(|request| request.names = Some(Names::default())),
            (InvalidArgument, "REQUIRED"),
            "names.zh",
            "required",
        ),
        // Characters.
        adjusting("U+0000 in a text", "CONTROL_CHARACTER", "source", "U+0000", &|request| {
            "line \0".clone_into(&mut request.source);
        }),
        adjusting("U+0000 in an id", "BAD_ID", "entry_id", "is no id", &|request| {
            "a\0".clone_into(&mut request.entry_id);
        }),
        adjusting("U+0000 in a name", "BAD_ID", "scope", "is no id", &|request| {
            "funds/f\0".clone_into(&mut request.scope);
        }),
        adjusting("U+0000 in a request id", "CONTROL_CHARACTER", "request_id", "U+0000", &|request| {
            "a\0".clone_into(&mut request.request_id);
        }),
        adjusting("a byte order mark", "BAD_ID", "entry_id", "is no id", &|request| {
            "\u{feff}a".clone_into(&mut request.entry_id);
        }),
        adjusting("a byte order mark", "BAD_DATE", "on", "is no date", &|request| {
            "\u{feff}2026".clone_into(&mut request.on);
        }),
        adjusting("CR LF", "BAD_REQUEST_ID", "request_id", "line breaks", &|request| {
            "a\r\nb".clone_into(&mut request.request_id);
        }),
        case(
            "unknown fund",
            "scoring.ReachDate",
            &day("funds/nowhere", "2026-05-01"),
            (NotFound, "FUND_NOT_FOUND"),
            "fund",
            "nowhere",
        ),
        case(
            "a month is no day",
            "scoring.ReachDate",
            &day("funds/f", "2026-05"),
            (InvalidArgument, "NOT_A_DAY"),
            "on",
            "2026-05 is no day",
        ),
        case(
            "no date",
            "scoring.ReachDate",
            &day("funds/f", "2026-02-30"),
            (InvalidArgument, "BAD_DATE"),
            "on",
            "2026-02-30",
        ),
        case(
            "a day of another year",
            "scoring.ReachDate",
            &day("funds/f", "2027-01-02"),
            (InvalidArgument, "DATE_OUTSIDE_YEAR"),
            "on",
            "from 2026-01-01 to 2027-01-01",
        ),
        case(
            "CR LF",
            "scoring.StateFigure",
            &figure(|request| "line 7\r\nline 8".clone_into(&mut request.place)),
            (InvalidArgument, "LINE_BREAK"),
            "place",
            "line breaks",
        ),
        adjusting(
            "a text that is too long",
            "TOO_LONG",
            "source",
            "301 characters, at most 300",
            &|request| {
                request.source = "长".repeat(301);
            },
        ),
        // Twice.
        adjusting_code(
            "an entry twice",
            (AlreadyExists, "ENTRY_EXISTS"),
            "entry_id",
            "original",
            |request| {
                "original".clone_into(&mut request.entry_id);
            },
        ),
        adjusting_code(
            "a request id twice",
            (AlreadyExists, "REQUEST_ID_REUSED"),
            "request_id",
            "original f",
            |request| {
                "original f".clone_into(&mut request.request_id);
            },
        ),
        case(
            "a fund twice",
            "registry.CreateFund",
            &fund(|request| "f".clone_into(&mut request.fund_id)),
            (AlreadyExists, "FUND_EXISTS"),
            "fund_id",
            "f",
        ),
        case(
            "an agency twice",
            "registry.RegisterAgency",
            &registry::RegisterAgencyRequest {
                request_id: "agency twice".to_owned(),
                agency_id: "agency-f".to_owned(),
                names: names("局"),
                ..Default::default()
            },
            (AlreadyExists, "AGENCY_EXISTS"),
            "agency_id",
            "agency-f",
        ),
        // Dates.
        adjusting("29 February", "BAD_DATE", "on", "\"2019-02-29\" is no date", &|request| {
            "2019-02-29".clone_into(&mut request.on);
        }),
        adjusting("month 13", "BAD_DATE", "approval.approved_on", "\"2026-13\"", &|request| {
            request.approval = approval(&|approval| "2026-13".clone_into(&mut approval.approved_on));
        }),
        adjusting("a day of 1948", "BAD_DATE", "on", "1948-01-01", &|request| {
            "1948-01-01".clone_into(&mut request.on);
        }),
        case(
            "a year at the end of its type",
            "registry.CreateFund",
            &fund(|request| request.fiscal_year = i32::MIN),
            (InvalidArgument, "NOT_A_YEAR"),
            "fiscal_year",
            "-2147483648",
        ),
        case(
            "a zone that is none",
            "registry.CreateFund",
            &fund(|request| "Asia/Wuxi".clone_into(&mut request.time_zone)),
            (InvalidArgument, "NOT_A_TIME_ZONE"),
            "time_zone",
            "Asia/Wuxi",
        ),
    ];
    served.expect(&cases).await;
    served.accept("targets.SetTarget", &right.0).await;
    served.accept("registry.CreateFund", &right.1).await;
    served.accept("scoring.StateFigure", &right.2).await;
    served.accept("ledger.AdjustBudget", &right.3).await;
    served
        .accept(
            "ledger.AdjustBudget",
            &adjust(|request| {
                (request.request_id, request.entry_id) = ("largest".to_owned(), "largest".to_owned());
                request.amount = yuan(1_000_000_000_000_000, 0);
                request.source = "行一\r\n行二".to_owned();
            }),
        )
        .await;
}

fn adjusting_code(
    kind: &'static str,
    code: (tonic::Code, &'static str),
    field: &'static str,
    says: &'static str,
    change: impl FnOnce(&mut ledger::AdjustBudgetRequest),
) -> Case {
    case(kind, "ledger.AdjustBudget", &adjust(change), code, field, says)
}

#[tokio::test(flavor = "multi_thread")]
async fn places_in_lists_and_logs() {
    let mut served = Served::start().await;
    served.api.fund("g", 1_000).await;
    let approved = served.api.fund("h", 1_000).await;
    served.rest(&approved.position).await;
    let agencies = registry::ListAgenciesRequest { page_size: 1, ..Default::default() };
    let foreign = served.api.registry.list_agencies(agencies).await.unwrap().into_inner().next_page_token;
    let entries = |parent: &str, page_token: &str| ledger::ListEntriesRequest {
        parent: parent.to_owned(),
        page_size: 1,
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    served.api.ledger.adjust_budget(increase("more", "f", 1)).await.unwrap();
    let of_f =
        served.api.ledger.list_entries(entries("funds/f", "")).await.unwrap().into_inner().next_page_token;
    assert!(!foreign.is_empty() && !of_f.is_empty());
    let heads = served.api.heads().await;
    served.rest(&heads[0]).await;

    let funds = |page_token: &str, page_size| registry::ListFundsRequest {
        page_token: page_token.to_owned(),
        page_size,
        ..Default::default()
    };
    let events =
        |log: &str, after: String| eventlog::ReadEventsRequest { log: log.to_owned(), after, page_size: 1 };
    let end = Position { log: "ledger".to_owned(), position: 1_000_000, hash: "0".repeat(64) }.to_token();
    let other = Position { log: "ledger".to_owned(), position: 1, hash: "0".repeat(64) }.to_token();
    let (bad, token) = ((InvalidArgument, "BAD_PAGE_TOKEN"), "is not a token that this list gave out");
    let cases = [
        case("wrong token", "registry.ListFunds", &funds("x", 1), bad, "page_token", token),
        case("no Base64", "registry.ListFunds", &funds("!\0", 1), bad, "page_token", token),
        case(
            "a token of another list",
            "eventlog.ListLogs",
            &eventlog::ListLogsRequest { page_token: foreign.clone(), page_size: 1 },
            (InvalidArgument, "INVALID_ARGUMENT"),
            "page_token",
            token,
        ),
        case("a token of another list", "registry.ListFunds", &funds(&foreign, 1), bad, "page_token", token),
        case(
            "a token of another fund",
            "ledger.ListEntries",
            &entries("funds/g", &of_f),
            bad,
            "page_token",
            token,
        ),
        case(
            "pages of less than nothing",
            "registry.ListFunds",
            &funds("", -1),
            (InvalidArgument, "OUT_OF_RANGE"),
            "page_size",
            "below zero",
        ),
        case(
            "a list of an unknown fund",
            "ledger.ListEntries",
            &entries("funds/nowhere", ""),
            (NotFound, "NOT_FOUND"),
            "",
            "there is no fund funds/nowhere",
        ),
        case(
            "an unknown fund",
            "registry.GetFund",
            &registry::GetFundRequest { name: "funds/nowhere".to_owned(), ..Default::default() },
            (NotFound, "NOT_FOUND"),
            "",
            "there is no fund funds/nowhere",
        ),
        case(
            "no position",
            "registry.GetFund",
            &registry::GetFundRequest {
                name: "funds/f".to_owned(),
                wait_for: vec!["x".to_owned()],
                ..Default::default()
            },
            (InvalidArgument, "BAD_POSITION"),
            "wait_for[0]",
            "not a position",
        ),
        case(
            "no date",
            "registry.GetFund",
            &registry::GetFundRequest {
                name: "funds/f".to_owned(),
                as_of: "2019-02-29".to_owned(),
                ..Default::default()
            },
            (InvalidArgument, "BAD_DATE"),
            "as_of",
            "is no date",
        ),
        case(
            "a time without its offset",
            "registry.GetFund",
            &registry::GetFundRequest {
                name: "funds/f".to_owned(),
                known_at: "2019-12-03T10:00:00".to_owned(),
                ..Default::default()
            },
            (InvalidArgument, "BAD_TIME"),
            "known_at",
            "is no time",
        ),
        case(
            "a moment of a comparison",
            "scoring.CompareEvaluations",
            &scoring::CompareEvaluationsRequest {
                name: "funds/f".to_owned(),
                to: Some(scoring::Moment { as_of: "soon".to_owned(), ..Default::default() }),
                ..Default::default()
            },
            (InvalidArgument, "BAD_DATE"),
            "to.as_of",
            "is no date",
        ),
        case(
            "a position of a log that is not taken in",
            "registry.GetFund",
            &registry::GetFundRequest {
                name: "funds/f".to_owned(),
                wait_for: vec![Position::beginning("scoring").to_token()],
                ..Default::default()
            },
            (InvalidArgument, "UNKNOWN_LOG"),
            "wait_for[0]",
            "no log named scoring",
        ),
        case(
            "no position",
            "eventlog.ReadEvents",
            &events("ledger", "x".to_owned()),
            (InvalidArgument, "INVALID_ARGUMENT"),
            "after",
            "not a position",
        ),
        case(
            "another log's",
            "eventlog.ReadEvents",
            &events("registry", end.clone()),
            (InvalidArgument, "INVALID_ARGUMENT"),
            "after",
            "of the ledger log",
        ),
        case(
            "an unknown log",
            "eventlog.ReadEvents",
            &events("nowhere", String::new()),
            (InvalidArgument, "INVALID_ARGUMENT"),
            "log",
            "no log named \"nowhere\"",
        ),
        case(
            "past the end",
            "eventlog.ReadEvents",
            &events("ledger", end.clone()),
            (OutOfRange, "PAST_HEAD"),
            "",
            "past the end",
        ),
        case(
            "another history",
            "eventlog.ReadEvents",
            &events("ledger", other),
            (tonic::Code::Aborted, "OTHER_HISTORY"),
            "",
            "does not hold",
        ),
        case(
            "past the end, watched",
            "eventlog.WatchEvents",
            &eventlog::WatchEventsRequest { log: "ledger".to_owned(), after: end },
            (OutOfRange, "PAST_HEAD"),
            "",
            "past the end",
        ),
    ];
    served.expect(&cases).await;
    served.accept("ledger.ListEntries", &entries("funds/f", &of_f)).await;
    served.accept("registry.ListFunds", &funds("", 1)).await;
}
