//! The evaluation is a function of the events taken in, not of how the feeds interleave or when it was opened.

use proptest::prelude::*;
use proptest::sample::Index;

use super::money_findings::{explained_unspent, filing, increase, of_project, stated, unspent};
use super::*;

/// Three feeds and the commands of a person, each in its own order.
fn feeds() -> [Vec<Step>; 4] {
    let d1 = target_ref(Some("p"), "d1");
    let (o1, o2) = (target_ref(None, "o1"), target_ref(None, "o2"));
    let d3 = target_ref(Some("r"), "d3");
    [
        vec![
            fund(),
            project("p", Membership::InFund, ProjectState::Approved),
            moved("p", ProjectState::Approved, ProjectState::NotStarted),
            not_filed(7, None),
            moved("p", ProjectState::NotStarted, ProjectState::InProgress),
            project("q", Membership::InFund, ProjectState::Approved),
            left("q", ProjectState::Approved, ProjectState::MovedToLaterYear),
            moved("q", ProjectState::MovedToLaterYear, ProjectState::Cancelled),
            not_filed(5, Some(7)),
            grouped("r", "new-2019", ProjectState::InProgress),
            project("cloud", Membership::NamedOnly, ProjectState::NotStarted),
            target_change("r", Some("45"), "80"),
            categorised("c", "大数据应用"),
            left("c", ProjectState::InProgress, ProjectState::MovedToLaterYear),
            filing("p", FilingKind::ContractFiling, FilingState::NotFiled, 1),
            filing("cloud", FilingKind::ContractFiling, FilingState::NotFiled, 0),
            filing("p", FilingKind::Acceptance, FilingState::NotFiled, 1),
            closed(),
        ],
        vec![
            approved("4000"),
            adjusted(Direction::Increase, "328.2"),
            adjusted(Direction::Decrease, "669"),
            paid("2442.5"),
            allocated_to("c", "40"),
            paid_for("c", "7"),
            paid("100"),
            reversed(EntryKind::Payment, "100"),
            increase(of_project("r"), "45"),
            explained_unspent(of_project("r"), "20"),
            unspent(of_project("r"), "30"),
        ],
        vec![
            set(d1.clone(), definition(TargetLevel::Detail, "1", "30", Some("个"))),
            actual(d1.clone(), "18", None, UnitMatch::Assumed),
            self_score(of_target(d1.clone()), "0.5"),
            set(target_ref(Some("c"), "d4"), definition(TargetLevel::Detail, "3", "30", Some("个"))),
            actual(target_ref(Some("c"), "d4"), "30", None, UnitMatch::Assumed),
            self_score(of_indicator("management.funds_use.compliance"), "5"),
            set(o1.clone(), definition(TargetLevel::Overall, "0.333333333333333333333333333", "3", None)),
            actual(o1.clone(), "2", None, UnitMatch::Same),
            revised(d1.clone(), 2, definition(TargetLevel::Detail, "2", "20", Some("个"))),
            set(target_ref(Some("q"), "d2"), definition(TargetLevel::Detail, "7", "1", None)),
            withdrawn(o1),
            set(o2.clone(), definition(TargetLevel::Overall, "2", "12000", Some("个"))),
            actual(o2, "7200", None, UnitMatch::Assumed),
            explained(Some("cloud"), None, &["o2"]),
            set(d3.clone(), definition(TargetLevel::Detail, "1", "60", Some("个"))),
            explained(None, Some("new-2019"), &[]),
            actual(d3.clone(), "36", None, UnitMatch::Assumed),
            self_score(of_target(d3), "0"),
        ],
        vec![
            load(),
            open(),
            stated("budget.adjusted", "3659.2", "万元", "第139行"),
            stated("budget.unspent.project:r", "145", "万元", "第438行"),
            stated("targets.detail.total", "48", "个", "第205行"),
            stated("targets.detail.total", "55", "个", "第260行"),
            stated("score.management.funds_use", "4", "分", "第223行"),
        ],
    ]
}

fn steps() -> usize {
    feeds().iter().map(Vec::len).sum()
}

/// Takes the feeds in by some order of feed numbers. `None` where the order asks to open before the fund is known.
fn run(feeds: &[Vec<Step>; 4], order: &[usize]) -> Option<World> {
    let mut world = World::default();
    let mut next = [0; 4];
    for feed in order {
        let step = &feeds[*feed][next[*feed]];
        next[*feed] += 1;
        match world.step(step) {
            Ok(_) => {}
            Err(ScoringRefusal::FundNotFound(_)) => return None,
            Err(refusal) => panic!("{refusal}"),
        }
    }
    Some(world)
}

/// Every way to interleave so many of four feeds.
fn interleavings(left: [usize; 4], so_far: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
    if left == [0; 4] {
        found.push(so_far.clone());
        return;
    }
    for feed in 0..4 {
        if left[feed] > 0 {
            let mut rest = left;
            rest[feed] -= 1;
            so_far.push(feed);
            interleavings(rest, so_far, found);
            so_far.pop();
        }
    }
}

#[test]
fn all_orders_of_short_feeds() {
    let [registry, ledger, targets, commands] = feeds();
    let pick =
        |steps: &[Step], places: &[usize]| places.iter().map(|at| steps[*at].clone()).collect::<Vec<_>>();
    // The fund, a project that comes and does not start; a budget and a payment; a target with its actual.
    let not_started = project("p", Membership::InFund, ProjectState::NotStarted);
    let short = [
        vec![registry[0].clone(), not_started],
        pick(&ledger, &[0, 3]),
        pick(&targets, &[0, 1]),
        pick(&commands, &[0, 1]),
    ];
    let mut orders = Vec::new();
    interleavings([2, 2, 2, 2], &mut Vec::new(), &mut orders);
    let mut canonical = None;
    let mut compared = 0;
    for order in &orders {
        let Some(world) = run(&short, order) else { continue };
        let found = world.canonical();
        assert_eq!(*canonical.get_or_insert_with(|| found.clone()), found, "{order:?}");
        compared += 1;
    }
    assert_eq!((orders.len(), compared > 1_000), (2_520, true), "{compared}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_long_feeds(picks in prop::collection::vec(any::<Index>(), steps())) {
        let feeds = feeds();
        let straight: Vec<usize> = (0..4).flat_map(|feed| std::iter::repeat_n(feed, feeds[feed].len())).collect();
        let expected = run(&feeds, &straight).map(|world| world.canonical());
        prop_assert!(expected.as_ref().is_some_and(|states| states.keys().any(|key| key.starts_with("findings/"))));
        let mut left: Vec<usize> = straight;
        let order: Vec<usize> = picks.iter().map(|pick| left.remove(pick.index(left.len()))).collect();
        prop_assert!(left.is_empty());
        if let Some(world) = run(&feeds, &order) {
            prop_assert_eq!(Some(world.canonical()), expected);
        }
    }
}
