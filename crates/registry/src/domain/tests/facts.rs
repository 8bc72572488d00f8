//! What accepted commands lead to.

use super::*;

/// The event of an accepted command.
#[track_caller]
fn event(more: &[RegistryCommand], command: &RegistryCommand) -> RegistryEvent {
    let mut events = after(more).decide(command).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn unfiled(project: &str) -> RegistryCommand {
    RegistryCommand::RecordFiling(filing(project, FilingState::NotFiled, true))
}

fn filed(project: &str, inside_count: bool) -> RegistryCommand {
    RegistryCommand::RecordFiling(filing(project, FilingState::Filed, inside_count))
}

fn more_projects() -> Vec<RegistryCommand> {
    ["spatio-temporal-cloud", "smart-work-safety", "top-level-design"]
        .map(|name| {
            RegistryCommand::CreateProject(project(name, Membership::InFund, ProjectState::NotStarted))
        })
        .to_vec()
}

#[test]
fn a_renamed_agency_carries_its_successor_and_an_end() {
    let renamed = [reorganize(Reorganization::Renamed, &[COMMISSION], &[INDUSTRY], "2019-02")];
    let link = |agency: &str| {
        vec![AgencyLink {
            agency: id(agency),
            kind: Reorganization::Renamed,
            on: id("2019-02"),
            source: None,
        }]
    };
    let (old, new) = (agency_after(COMMISSION, &renamed), agency_after(INDUSTRY, &renamed));
    assert_eq!((old.until, old.predecessors, old.successors), (date("2019-02"), vec![], link(INDUSTRY)));
    assert_eq!((new.until, new.predecessors, new.successors), (None, link(COMMISSION), vec![]));
}

#[test]
fn merged_and_split_agencies_carry_all_of_theirs() {
    let others = |links: &[AgencyLink]| links.iter().map(|link| link.agency.to_string()).collect::<Vec<_>>();
    let merged = [reorganize(Reorganization::Merged, &[COMMISSION, INDUSTRY], &[BUREAU], "2019-02")];
    assert_eq!(others(&agency_after(BUREAU, &merged).predecessors), [COMMISSION, INDUSTRY]);
    assert_eq!(others(&agency_after(INDUSTRY, &merged).successors), [BUREAU]);
    let split = [reorganize(Reorganization::Split, &[COMMISSION], &[INDUSTRY, BUREAU], "2019-02")];
    assert_eq!(others(&agency_after(COMMISSION, &split).successors), [INDUSTRY, BUREAU]);
    assert_eq!(others(&agency_after(BUREAU, &split).predecessors), [COMMISSION]);
}

#[test]
fn reorganizations_may_be_recorded_out_of_order() {
    let later_first = [
        reorganize(Reorganization::Renamed, &[INDUSTRY], &[BUREAU], "2019-02"),
        reorganize(Reorganization::Renamed, &[COMMISSION], &[INDUSTRY], "2019-02"),
    ];
    assert_eq!(agency_after(INDUSTRY, &later_first).until, date("2019-02"));
}

#[test]
fn a_fund_counts_its_projects_by_membership() {
    let counts = |more: &[RegistryCommand]| {
        let fund = fund_after(more);
        (fund.in_fund, fund.removed, fund.named_only)
    };
    let mut more = vec![
        RegistryCommand::CreateProject(project(
            "big-data-centre-phase-3",
            Membership::Removed,
            ProjectState::MovedToLaterYear,
        )),
        RegistryCommand::CreateProject(project(
            "government-cloud",
            Membership::NamedOnly,
            ProjectState::NotStarted,
        )),
    ];
    assert_eq!(counts(&more), (1, 1, 1));
    more.push(change(TOURISM, ProjectState::Removed));
    assert_eq!(counts(&more), (0, 2, 1));
    assert_eq!(project_after(TOURISM, &more).project.membership, Membership::Removed);
    // One that the fund does not carry cannot leave it.
    more.push(change("government-cloud", ProjectState::MovedToLaterYear));
    assert_eq!(counts(&more), (0, 2, 1));
    assert_eq!(project_after("government-cloud", &more).project.membership, Membership::NamedOnly);
}

#[test]
fn a_project_that_moves_to_a_later_year_leaves_the_fund() {
    use ProjectState::{Cancelled, CarriedOver, MovedToLaterYear, NotStarted, Removed};
    let leaves = |more: &[RegistryCommand], to| match event(more, &change(TOURISM, to)) {
        RegistryEvent::ProjectStateChanged { leaves_fund, .. } => leaves_fund,
        other => panic!("{other:?}"),
    };
    let stays = [Cancelled, CarriedOver, NotStarted].map(|to| leaves(&[], to));
    let goes = [MovedToLaterYear, Removed].map(|to| leaves(&[], to));
    assert_eq!((stays, goes), ([false; 3], [true; 2]));
    let mut more = vec![change(TOURISM, MovedToLaterYear)];
    assert_eq!(project_after(TOURISM, &more).project.membership, Membership::Removed);
    assert_eq!((fund_after(&more).in_fund, fund_after(&more).removed), (0, 1));
    // It left once.
    assert!(!leaves(&more, Cancelled));
    more.push(change(TOURISM, Cancelled));
    assert_eq!((fund_after(&more).in_fund, fund_after(&more).removed), (0, 1));
}

#[test]
fn a_project_moves_on() {
    let more = [change(TOURISM, ProjectState::InProgress), change(TOURISM, ProjectState::CarriedOver)];
    let RegistryEvent::ProjectStateChanged { from, to, .. } = event(&more[..1], &more[1]) else { panic!() };
    assert_eq!((from, to), (ProjectState::InProgress, ProjectState::CarriedOver));
    let record = project_after(TOURISM, &more);
    assert_eq!((record.project.state, record.project.carried_over), (ProjectState::CarriedOver, Some(true)));
}

#[test]
fn a_closed_year_still_takes_facts() {
    let closed = [close("2019-12-31")];
    assert_eq!(fund_after(&closed).closing, Some(Closing { on: id("2019-12-31"), source: None }));
    for command in [
        unfiled(TOURISM),
        count(FilingState::NotFiled, 7),
        change(TOURISM, ProjectState::Accepted),
        RegistryCommand::RecordStatement(statement(TOURISM, "s")),
    ] {
        event(&closed, &command);
    }
}

#[test]
fn documents_follow_each_other() {
    let add = |title: &str, number: &str| RegistryCommand::AddFundDocument {
        fund: id(SMART),
        document: document(title, number),
    };
    // documents.csv: the same title under two numbers, as printed.
    let more = [
        add("智慧无锡建设资金管理办法（暂行）", "锡政发[2014]139号"),
        add("智慧无锡建设资金管理办法（暂行）", "锡政办发[2014]139号"),
    ];
    assert_eq!(fund_after(&more).fund.documents.len(), 3);
}

#[test]
fn a_filing_says_what_was_before() {
    let said = |more: &[RegistryCommand], command: &RegistryCommand| match event(more, command) {
        RegistryEvent::FilingRecorded { previous, previous_inside_count, .. } => {
            (previous, previous_inside_count)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(said(&[], &unfiled(TOURISM)), (None, None));
    assert_eq!(said(&[unfiled(TOURISM)], &filed(TOURISM, false)), (Some(FilingState::NotFiled), Some(true)));
    let previous = |more: &[RegistryCommand], number| match event(more, &count(FilingState::NotFiled, number))
    {
        RegistryEvent::FilingCountStated { previous, .. } => previous,
        other => panic!("{other:?}"),
    };
    assert_eq!(previous(&[], 7), None);
    assert_eq!(previous(&[count(FilingState::NotFiled, 7)], 6), Some(7));
}

/// Stated, named, moved on, unnamed, beside, known.
#[track_caller]
fn tally(
    state: FilingState,
    more: &[RegistryCommand],
    expect: (Option<u32>, u32, u32, Option<u32>, u32, u32),
) {
    let tally = tally_after(state, &[more_projects(), more.to_vec()].concat());
    let stated = tally.stated.as_ref().map(|stated| stated.count);
    assert_eq!((stated, tally.named, tally.moved_on, tally.unnamed(), tally.beside, tally.known()), expect);
}

#[test]
fn counts_and_names_make_up_what_is_known() {
    use FilingState::{Filed, NotFiled};
    // filings.csv: 7 contracts not filed, three of them named.
    let three = ["spatio-temporal-cloud", TOURISM, "smart-work-safety"].map(unfiled);
    let wuxi = [vec![count(NotFiled, 7)], three.to_vec()].concat();
    let and = |more: &[RegistryCommand]| [wuxi.clone(), more.to_vec()].concat();
    tally(NotFiled, &wuxi, (Some(7), 3, 0, Some(4), 0, 7));
    // The order of count and names does not matter.
    tally(NotFiled, &[three.to_vec(), vec![count(NotFiled, 7)]].concat(), (Some(7), 3, 0, Some(4), 0, 7));
    // Names without a count.
    tally(NotFiled, &three, (None, 3, 0, None, 0, 3));
    // One that the source does not count.
    let fourth = RegistryCommand::RecordFiling(filing("top-level-design", NotFiled, false));
    tally(NotFiled, &and(&[fourth]), (Some(7), 3, 0, Some(4), 1, 8));
    // One of the named is filed at last: six are left, four of them unnamed.
    tally(NotFiled, &and(&[filed(TOURISM, false)]), (Some(7), 2, 1, Some(4), 0, 6));
    tally(Filed, &and(&[filed(TOURISM, false)]), (None, 0, 0, None, 1, 1));
    // It turns out not to be.
    tally(NotFiled, &and(&[filed(TOURISM, false), unfiled(TOURISM)]), (Some(7), 3, 0, Some(4), 0, 7));
    // A later count was taken after that.
    tally(NotFiled, &and(&[filed(TOURISM, false), count(NotFiled, 6)]), (Some(6), 2, 0, Some(4), 0, 6));
    // It was wrongly said to be inside the count.
    let outside = RegistryCommand::RecordFiling(filing(TOURISM, NotFiled, false));
    tally(NotFiled, &and(&[outside]), (Some(7), 2, 0, Some(5), 1, 8));
    // More are named than counted: recorded as it is.
    tally(NotFiled, &and(&[count(NotFiled, 2)]), (Some(2), 3, 0, Some(0), 0, 3));
}

#[test]
fn events_carry_how_many_more_or_fewer_are_not_filed() {
    use FilingState::{Filed, NotFiled, Unknown, Waived};
    let beside = RegistryCommand::RecordFiling(filing("top-level-design", NotFiled, false));
    let unknown = RegistryCommand::RecordFiling(filing(TOURISM, Unknown, false));
    let waived =
        RegistryCommand::RecordFiling(FilingRecord { waiver: text("w"), ..filing(TOURISM, Waived, false) });
    let mut more = more_projects();
    let mut known = 0;
    for (command, expected) in [
        (count(NotFiled, 7), 7),
        // Three of the seven are named.
        (unfiled("spatio-temporal-cloud"), 0),
        (unfiled(TOURISM), 0),
        (unfiled("smart-work-safety"), 0),
        (filed(TOURISM, false), -1),
        (beside, 1),
        // The new count was taken after one had moved on.
        (count(NotFiled, 6), 0),
        // Other states say nothing of those not filed.
        (count(Filed, 3), 0),
        (unknown, 0),
        (waived, 0),
        // One of the six, after all: one fewer of them is without a name.
        (unfiled(TOURISM), 0),
        (count(NotFiled, 2), -3),
    ] {
        let change = match event(&more, &command) {
            RegistryEvent::FilingRecorded { not_filed_change, .. }
            | RegistryEvent::FilingCountStated { not_filed_change, .. } => not_filed_change,
            other => panic!("{other:?}"),
        };
        assert_eq!(change, expected, "{command:?}");
        known += change;
        more.push(command);
        assert_eq!(known, i64::from(tally_after(NotFiled, &more).known()));
    }
}

#[test]
fn a_waiver_holds_its_reason() {
    let waiver = FilingRecord {
        waiver: text("框架协议免予备案，锡财工贸"),
        on: date("2019-06"),
        ..filing(TOURISM, FilingState::Waived, false)
    };
    let folded = after(&[RegistryCommand::RecordFiling(waiver.clone())]);
    let key = keys::filing(&id(SMART), FilingKind::ContractFiling, &id(TOURISM));
    assert_eq!(folded.get(&key), Some(&RegistryState::Filing(waiver)));
}

#[test]
fn a_transfer_shows_what_it_does_not_name() {
    let e_government: FundId = id("e-government-2019");
    let second = RegistryCommand::CreateFund(Fund { fund: e_government, ..smart_city() });
    let rest = |total: Option<Money>, parts| match event(
        std::slice::from_ref(&second),
        &transfer(COMMISSION, BUREAU, total, parts),
    ) {
        RegistryEvent::TransferRecorded(transfer) => transfer.unnamed_rest,
        other => panic!("{other:?}"),
    };
    // transfers.csv, line 135 of the report.
    let funds = || vec![part(SMART, "", Some(wan("4000"))), part("e-government-2019", "", Some(wan("1020")))];
    assert_eq!(rest(Some(wan("8400.20998")), funds()), Some(wan("3380.20998")));
    assert_eq!(rest(Some(wan("5020")), funds()), Some(wan("0")));
    assert_eq!(rest(None, funds()), None);
    assert_eq!(rest(Some(wan("1")), vec![part(SMART, TOURISM, None)]), Some(wan("1")));
}

#[test]
fn what_is_transferred_is_the_taking_agencys_from_then_on() {
    let of_fund = |more: &[RegistryCommand]| {
        let fund = fund_after(more).fund;
        (fund.agency, fund.predecessor)
    };
    let before = of_fund(&[]);
    assert_eq!(before.0, id(BUREAU));
    // transfers.csv: the fund was registered with the agency that took it.
    let known = transfer(COMMISSION, BUREAU, None, vec![part(SMART, "", None)]);
    assert_eq!(of_fund(&[known]), before);
    let fund = transfer(BUREAU, INDUSTRY, None, vec![part(SMART, "", None)]);
    assert_eq!(of_fund(&[fund]), (id(INDUSTRY), Some(id(BUREAU))));
    let shared = RegistryCommand::CreateProject(Project {
        project: id("p"),
        implementing_agency: Some(id(BUREAU)),
        second_agency: Some(id(COMMISSION)),
        ..tourism()
    });
    let moved = [shared, transfer(BUREAU, INDUSTRY, None, vec![part(SMART, "p", None)])];
    assert_eq!(of_fund(&moved), before);
    let project = project_after("p", &moved).project;
    assert_eq!(
        (project.implementing_agency, project.second_agency),
        (Some(id(INDUSTRY)), Some(id(COMMISSION)))
    );
}

#[test]
fn events_say_when_they_count_from() {
    let effective = |command: &RegistryCommand| RegistryDomain::effective(&event(&[], command));
    let project = Project { project: id("p"), state_on: date("2019-12-03"), ..tourism() };
    assert_eq!(effective(&RegistryCommand::CreateProject(project)).as_deref(), Some("2019-12-03"));
    assert_eq!(effective(&transfer(COMMISSION, BUREAU, Some(wan("1")), vec![])).as_deref(), Some("2019"));
    assert_eq!(effective(&close("2020-01")).as_deref(), Some("2020-01"));
    assert_eq!(effective(&unfiled(TOURISM)), None);
}

#[test]
fn any_subset_of_events_folds() {
    let mut whole = Folded::<RegistryDomain>::default();
    let commands = [
        set_up(),
        vec![
            reorganize(Reorganization::Renamed, &[COMMISSION], &[INDUSTRY], "2019-02"),
            count(FilingState::NotFiled, 7),
            unfiled(TOURISM),
            filed(TOURISM, false),
            transfer(BUREAU, INDUSTRY, None, vec![part(SMART, "", None)]),
            change(TOURISM, ProjectState::Removed),
            close("2020"),
        ],
    ]
    .concat();
    let events: Vec<_> =
        commands.iter().flat_map(|command| whole.execute(command, "test").unwrap()).collect();
    for left_out in 0..1_usize << events.len() {
        let mut part = Folded::<RegistryDomain>::default();
        for (index, event) in events.iter().enumerate() {
            if left_out & (1 << index) == 0 {
                part.fold(event, "id", "test");
            }
        }
    }
}

#[test]
fn states_are_written_and_read_back() {
    let folded = after(&[
        reorganize(Reorganization::Renamed, &[COMMISSION], &[INDUSTRY], "2019-02"),
        count(FilingState::NotFiled, 7),
        unfiled(TOURISM),
        RegistryCommand::RecordStatement(statement(TOURISM, "s")),
        transfer(COMMISSION, BUREAU, Some(wan("8400.20998")), vec![]),
    ]);
    let mut seen = 0;
    for (key, state) in folded.prefix("") {
        let json = serde_json::to_string(state).unwrap();
        assert_eq!(serde_json::from_str::<RegistryState>(&json).unwrap(), *state, "{key}: {json}");
        seen += 1;
    }
    assert_eq!(seen, 9);
}
