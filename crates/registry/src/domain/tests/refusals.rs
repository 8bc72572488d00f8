//! One line for each refusal, in order of precedence: every case also meets what a later refusal forbids.

use super::*;

#[track_caller]
fn refused(more: &[RegistryCommand], command: &RegistryCommand, expect: RegistryRefusal) {
    assert_eq!(after(more).decide(command), Err(expect));
}

fn fund(change: impl FnOnce(&mut Fund)) -> RegistryCommand {
    let mut fund = smart_city();
    change(&mut fund);
    RegistryCommand::CreateFund(fund)
}

fn registered(change: impl FnOnce(&mut Project)) -> RegistryCommand {
    let mut project = tourism();
    change(&mut project);
    RegistryCommand::CreateProject(project)
}

fn recorded(change: impl FnOnce(&mut FilingRecord)) -> RegistryCommand {
    let mut filing = filing("nowhere", FilingState::NotFiled, true);
    change(&mut filing);
    RegistryCommand::RecordFiling(filing)
}

fn tender(project: &str, notice: &str) -> RegistryCommand {
    let tender = Tender {
        notice_number: text(notice),
        method: None,
        noticed_on: None,
        opened_on: None,
        source: text("319"),
    };
    RegistryCommand::RecordTender { fund: id(SMART), project: id(project), tender }
}

fn add(fund: &str, title: &str) -> RegistryCommand {
    RegistryCommand::AddFundDocument {
        fund: id(fund), document: document(title, "发改高技〔2014〕1770号")
    }
}

fn no_project(project: &str) -> RegistryRefusal {
    RegistryRefusal::ProjectNotFound { fund: id(SMART), project: id(project) }
}

#[test]
fn what_is_wrong_with_the_command_itself() {
    use RegistryRefusal as R;
    use Reorganization::{Merged, Renamed, Split};
    let sides = |kind, from, into| R::ReorganizationSides { kind, from, into };
    refused(&[], &fund(|fund| fund.fiscal_year = 1948), R::FiscalYearOutOfRange(1948));
    refused(&[], &fund(|fund| fund.fiscal_year = 2200), R::FiscalYearOutOfRange(2200));
    refused(&[], &reorganize(Renamed, &["x", "x"], &["x"], "2019"), sides(Renamed, 2, 1));
    refused(&[], &reorganize(Renamed, &[], &[], "2019"), sides(Renamed, 0, 0));
    refused(&[], &reorganize(Merged, &["x"], &["x"], "2019"), sides(Merged, 1, 1));
    refused(&[], &reorganize(Merged, &["x", "y"], &["x", "z"], "2019"), sides(Merged, 2, 2));
    refused(&[], &reorganize(Split, &["x"], &["x"], "2019"), sides(Split, 1, 1));
    refused(&[], &reorganize(Renamed, &["x"], &["x"], "2019"), R::AgencyNamedTwice(id("x")));
    refused(&[], &reorganize(Merged, &["x", "x"], &["y"], "2019"), R::AgencyNamedTwice(id("x")));
    refused(&[], &reorganize(Split, &["x"], &["y", "y"], "2019"), R::AgencyNamedTwice(id("y")));
    for left in [ProjectState::Removed, ProjectState::MovedToLaterYear] {
        refused(&[], &registered(|project| project.state = left), R::LeftYetInFund);
    }
    refused(&[], &tender("nowhere", ""), R::TenderEmpty);
    refused(&[], &recorded(|filing| filing.state = FilingState::Waived), R::WaiverWithoutText);
    let both = |filing: &mut FilingRecord| (filing.waiver, filing.on) = (text("锡政办"), date("2019"));
    refused(&[], &recorded(both), R::TextWithoutWaiver(FilingState::NotFiled));
    refused(&[], &recorded(|filing| filing.on = date("2019")), R::DateWithoutFiling(FilingState::NotFiled));
    refused(&[], &transfer("x", "x", None, Vec::new()), R::TransferToItself(id("x")));
    refused(&[], &transfer("x", "y", None, Vec::new()), R::TransferEmpty);
    let nothing = vec![part(SMART, "", Some(wan("0"))), part(SMART, "", None)];
    refused(&[], &transfer("x", "y", None, nothing), R::AmountNotPositive(wan("0")));
    refused(&[], &transfer("x", "y", Some(wan("-1")), Vec::new()), R::AmountNotPositive(wan("-1")));
    let twice = vec![part("f", "", Some(wan("4000"))), part("f", "", None)];
    refused(&[], &transfer("x", "y", Some(wan("1")), twice), R::PartsOverlap("funds/f".to_owned()));
    let within = vec![part("f", "p", None), part("f", "", None)];
    refused(&[], &transfer("x", "y", None, within), R::PartsOverlap("funds/f/projects/p".to_owned()));
    let above = vec![part("f", "", Some(wan("4000"))), part("g", "", Some(wan("1020")))];
    let expect = R::PartsAboveTotal { parts: wan("5020"), total: wan("5019.9999") };
    refused(&[], &transfer("x", "y", Some(wan("5019.9999")), above), expect);
}

#[test]
fn what_it_names_and_is_not_there() {
    use RegistryRefusal as R;
    let closed = [close("2020-01-01")];
    let moved = |fund: &str, project: &str| transfer("x", "y", None, vec![part(fund, project, None)]);
    refused(&closed, &registered(|project| project.fund = id("f")), R::FundNotFound(id("f")));
    refused(&[], &add("f", "x"), R::FundNotFound(id("f")));
    refused(
        &[],
        &RegistryCommand::CloseFundYear { fund: id("f"), on: id("1950"), source: None },
        R::FundNotFound(id("f")),
    );
    refused(&[], &recorded(|filing| filing.fund = id("f")), R::FundNotFound(id("f")));
    refused(&[], &moved("f", "p"), R::FundNotFound(id("f")));
    refused(&[], &moved(SMART, "p"), no_project("p"));
    refused(&[], &change("p", ProjectState::NotStated), no_project("p"));
    refused(&[], &tender("p", "XCGZX2019-4033"), no_project("p"));
    refused(&[], &recorded(|_| ()), no_project("nowhere"));
    refused(&[], &RegistryCommand::RecordStatement(statement("p", "s")), no_project("p"));
    refused(&[], &moved(SMART, TOURISM), R::AgencyNotFound(id("x")));
    refused(&[], &transfer(BUREAU, "y", Some(wan("1")), Vec::new()), R::AgencyNotFound(id("y")));
    refused(&[], &fund(|fund| fund.agency = id("x")), R::AgencyNotFound(id("x")));
    refused(&[], &fund(|fund| fund.predecessor = Some(id("y"))), R::AgencyNotFound(id("y")));
    refused(
        &closed,
        &registered(|project| project.implementing_agency = Some(id("x"))),
        R::AgencyNotFound(id("x")),
    );
    refused(
        &closed,
        &registered(|project| project.second_agency = Some(id("y"))),
        R::AgencyNotFound(id("y")),
    );
    refused(
        &[],
        &reorganize(Reorganization::Renamed, &["x"], &[INDUSTRY], "2019"),
        R::AgencyNotFound(id("x")),
    );
    refused(
        &[],
        &reorganize(Reorganization::Renamed, &[COMMISSION], &["y"], "2019"),
        R::AgencyNotFound(id("y")),
    );
}

#[test]
fn what_is_there_already() {
    use RegistryRefusal as R;
    let exists = R::ProjectExists { fund: id(SMART), project: id(TOURISM) };
    let known = || RegistryCommand::RecordStatement(statement("", "s"));
    let moved = || transfer(COMMISSION, BUREAU, Some(wan("1")), Vec::new());
    let same = "关于促进智慧城市健康发展的指导意见";
    let twice = |title: &str| R::DocumentExists { fund: id(SMART), title: title.to_owned() };
    refused(&[], &agency(BUREAU), R::AgencyExists(id(BUREAU)));
    refused(&[], &fund(|fund| fund.documents.extend(fund.documents.clone())), R::FundExists(id(SMART)));
    refused(&[close("2020")], &RegistryCommand::CreateProject(tourism()), exists);
    refused(&[moved()], &moved(), R::TransferExists("t".to_owned()));
    let statement_exists = R::StatementExists { fund: id(SMART), statement: "s".to_owned() };
    refused(&[known()], &known(), statement_exists);
    let double =
        |fund: &mut Fund| (fund.fund, fund.documents) = (id("f"), vec![document("x", ""), document("x", "")]);
    refused(&[], &fund(double), R::DocumentExists { fund: id("f"), title: "x".to_owned() });
    let full: Vec<_> = (1..MAX_DOCUMENTS).map(|number| add(SMART, &format!("{number}"))).collect();
    refused(&full, &add(SMART, same), twice(same));
    refused(&full, &add(SMART, "x"), R::TooManyDocuments { fund: id(SMART) });
}

#[test]
fn what_the_state_of_things_forbids() {
    use RegistryRefusal as R;
    use Reorganization::Renamed;
    let renamed = [reorganize(Renamed, &[COMMISSION], &[INDUSTRY], "2019-02")];
    let ended = |on: &str| R::SuccessorEnded { agency: id(COMMISSION), until: id("2019-02"), on: id(on) };
    let again = reorganize(Renamed, &[COMMISSION], &[BUREAU], "2020");
    refused(&renamed, &again, R::AgencyEnded { agency: id(COMMISSION), until: id("2019-02") });
    refused(&renamed, &reorganize(Renamed, &[BUREAU], &[COMMISSION], "2019-03"), ended("2019-03"));
    refused(&renamed, &reorganize(Renamed, &[BUREAU], &[COMMISSION], "2019"), ended("2019"));
    let closed = [close("2019-12-31")];
    let year_closed = || R::YearClosed { fund: id(SMART), on: id("2019-12-31") };
    refused(&closed, &registered(|project| project.project = id("new")), year_closed());
    refused(&closed, &close("1950"), year_closed());
    let early = R::CloseBeforeYear { fund: id(SMART), fiscal_year: 2019, on: id("2018-12-31") };
    refused(&[], &close("2018-12-31"), early);
    let unchanged =
        R::StateUnchanged { fund: id(SMART), project: id(TOURISM), state: ProjectState::NotStated };
    refused(&[], &change(TOURISM, ProjectState::NotStated), unchanged);
    let back = R::TransitionNotAllowed {
        fund: id(SMART),
        project: id(TOURISM),
        from: ProjectState::Closed,
        to: ProjectState::Removed,
    };
    refused(&[change(TOURISM, ProjectState::Closed)], &change(TOURISM, ProjectState::Removed), back);
    let cloud =
        RegistryCommand::CreateProject(project("cloud", Membership::NamedOnly, ProjectState::NotStarted));
    let outside = R::NotInFund { fund: id(SMART), project: id("cloud") };
    refused(&[cloud], &change("cloud", ProjectState::Removed), outside);
}

#[test]
fn what_would_change_nothing() {
    use RegistryRefusal as R;
    let notice = || tender(TOURISM, "XCGZX2019-4033");
    refused(&[notice()], &notice(), R::TenderUnchanged { fund: id(SMART), project: id(TOURISM) });
    let unfiled = || RegistryCommand::RecordFiling(filing(TOURISM, FilingState::NotFiled, true));
    let kind = FilingKind::ContractFiling;
    refused(&[unfiled()], &unfiled(), R::FilingUnchanged { fund: id(SMART), project: id(TOURISM), kind });
    let seven = || count(FilingState::NotFiled, 7);
    refused(&[seven()], &seven(), R::CountUnchanged { fund: id(SMART), kind, state: FilingState::NotFiled });
}

#[test]
fn refusals_name_what_they_are_about() {
    let says = |refusal: RegistryRefusal, text: &str| assert_eq!(refusal.to_string(), text);
    says(no_project(TOURISM), "there is no funds/smart-city-2019/projects/smart-tourism");
    says(
        RegistryRefusal::ReorganizationSides { kind: Reorganization::Merged, from: 1, into: 1 },
        "merged is from several to one agencies, got 1 to 1",
    );
    says(
        RegistryRefusal::TransitionNotAllowed {
            fund: id(SMART),
            project: id(TOURISM),
            from: ProjectState::InProgress,
            to: ProjectState::NotStarted,
        },
        "funds/smart-city-2019/projects/smart-tourism is in_progress and cannot become not_started",
    );
    says(
        RegistryRefusal::PartsAboveTotal { parts: wan("5020"), total: wan("5019") },
        "the parts add up to 50200000.00 yuan, above the total of 50190000.00 yuan",
    );
}
