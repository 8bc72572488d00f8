//! Answers to findings that are wrong.

use jixiao_proto::jixiao::scoring::v1 as scoring;
use tonic::Code::{InvalidArgument, NotFound};

use super::{Case, Served, case};

const NAME: &str = "funds/f/findings/37950964-6abc-5dd6-8879-18e11f7873c5";

fn answer(change: impl FnOnce(&mut scoring::AnswerFindingRequest)) -> scoring::AnswerFindingRequest {
    let mut request = scoring::AnswerFindingRequest {
        name: NAME.to_owned(),
        ..crate::answers::answer("answer", "filed anew")
    };
    change(&mut request);
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers() {
    let wrong = |kind, reason, field, says, change: &dyn Fn(&mut scoring::AnswerFindingRequest)| -> Case {
        case(kind, "scoring.AnswerFinding", &answer(change), (InvalidArgument, reason), field, says)
    };
    let cases = [
        wrong("no name", "REQUIRED", "name", "", &|request| request.name.clear()),
        wrong("another resource", "BAD_NAME", "name", "funds/{id}/findings/{id}", &|request| {
            "funds/f/targets/d2".clone_into(&mut request.name);
        }),
        wrong("an id that is none", "BAD_ID", "name", "\"UPPER\"", &|request| {
            "funds/f/findings/UPPER".clone_into(&mut request.name);
        }),
        wrong("no kind", "REQUIRED", "kind", "", &|request| request.kind = 0),
        wrong("an unknown kind", "UNKNOWN_VALUE", "kind", "9", &|request| request.kind = 9),
        wrong("no text", "REQUIRED", "text", "", &|request| request.text.clear()),
        wrong("an empty text", "REQUIRED", "text", "", &|request| " \n ".clone_into(&mut request.text)),
        wrong("too long a text", "TOO_LONG", "text", "2001", &|request| request.text = "长".repeat(2_001)),
        wrong("no day", "REQUIRED", "on", "", &|request| request.on.clear()),
        wrong("no date", "BAD_DATE", "deadline", "2020-13", &|request| {
            "2020-13-01".clone_into(&mut request.deadline);
        }),
        wrong("no deadline", "DEADLINE_MISSING", "deadline", "give a deadline", &|request| {
            request.deadline.clear();
        }),
        wrong("a deadline before", "DEADLINE_BEFORE_ANSWER", "deadline", "2020-06-30", &|request| {
            "2020-06-30".clone_into(&mut request.deadline);
        }),
        wrong("a deadline for nothing", "DEADLINE_NOT_NEEDED", "deadline", "2020-09-30", &|request| {
            request.kind = scoring::AnswerKind::Accepted.into();
        }),
        case(
            "no such fund",
            "scoring.AnswerFinding",
            &answer(|request| request.name = NAME.replace("/f/", "/g/")),
            (NotFound, "FUND_NOT_FOUND"),
            "name",
            "fund g",
        ),
        case(
            "no such finding",
            "scoring.AnswerFinding",
            &answer(|_| ()),
            (NotFound, "FINDING_NOT_STANDING"),
            "name",
            "never raised",
        ),
    ];
    Served::start().await.expect(&cases).await;
}
