//! Consistent funds and reports of random size, and one thing broken in each: what is broken is found at its place, and
//! nothing is found beyond what follows from it by the generator's own arithmetic, which shares no code with scoring.

mod classes;
mod elsewhere;
mod exact;
mod form;
mod fund;
mod papers;
mod repair;
mod report;
mod steps;
mod world;

use std::collections::BTreeSet;

use jixiao_events::finding::Subject;
use jixiao_scoring::claims::Outcome;
use jixiao_scoring::claims::relations::{Holds, Kind};
use jixiao_scoring::findings::CHECKS;

use self::classes::{CLASSES, Class, Expected};
use self::fund::Fund;
use self::world::{Seen, World, pairs};
use crate::sim::random::Dice;

/// Findings about stated figures, by the relation that does not hold.
const OF_RELATIONS: [(Kind, &str); 3] =
    [(Kind::Same, "stated_twice"), (Kind::Rate, "rate_not_reproduced"), (Kind::Whole, "parts_not_whole")];

/// What is wrong with one run; nothing, if all is as it has to be.
fn run(class: Option<&Class>, seed: u64) -> Vec<String> {
    let dice = Dice::new(seed);
    // Not every fund can be broken in every way.
    let (whole, fund, expected) = (0..200)
        .find_map(|_| {
            let whole = Fund::random(&dice);
            let mut fund = whole.clone();
            let expected = match class {
                None => Some(Expected::default()),
                Some(class) => (class.breaks)(&mut fund, &dice),
            };
            expected.map(|expected| (whole, fund, expected))
        })
        .expect("a fund that can be broken so");
    let mut world = World::tell(&fund, &dice);
    let said = world.read(&fund.report, &expected.asked());
    let mut wrong = judge(&fund, &expected, &said);
    if class.is_some() && wrong.is_empty() {
        wrong = put_right(&mut world, &fund, &Fund { is_closed: fund.is_closed, ..whole }, &expected);
    }
    wrong
}

/// Once its cause is put right a finding is cleared by an event, and the history keeps both.
fn put_right(world: &mut World, broken: &Fund, whole: &Fund, expected: &Expected) -> Vec<String> {
    let before = world.history.len();
    let Some(()) = repair::repair(world, broken, whole) else { return Vec::new() };
    let findings = world.findings();
    let stands = findings.iter().map(|finding| format!("still found: {finding:?}"));
    let mut wrong: Vec<String> = stands.collect();
    let (raised, cleared) = world.history.split_at(before);
    for (code, subject) in &expected.must {
        let pair = ((*code).to_owned(), subject.clone());
        if !raised.contains(&(true, pair.clone())) || !cleared.contains(&(false, pair)) {
            wrong.push(format!("the history does not hold that it came and went: {code} {subject:?}"));
        }
    }
    wrong
}

fn judge(fund: &Fund, expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    for (code, subject, kind, about) in &expected.causes {
        let fit = seen.hypotheses.get(&((*code).to_owned(), subject.clone()));
        if !fit.is_some_and(|fit| fit.contains(&(*kind, about.clone()))) {
            wrong.push(format!("the cause {kind} {about} does not fit {code} {subject:?}: {fit:?}"));
        }
    }
    let has_check = |code: &str| CHECKS.iter().any(|check| check.code == code);
    let raised = pairs(&seen.findings);
    for (code, subject) in expected.must.iter().filter(|(code, _)| has_check(code)) {
        if !raised.contains(&((*code).to_owned(), subject.clone())) {
            wrong.push(format!("not found: {code} {subject:?}"));
        }
    }
    // Stated figures: what the facts give, by this arithmetic; what the report's own figures give, by the fault.
    let mut of_figures: BTreeSet<(String, Subject)> = BTreeSet::new();
    let mut expect_figure = |code: &str, quantity: &str| {
        of_figures.insert((code.to_owned(), Subject::Quantity { quantity: quantity.to_owned() }));
    };
    for (claim, checked) in seen.report.iter().zip(&seen.verified.results) {
        let outcome = match report::is_right(fund, claim) {
            None => Outcome::NotComputable,
            Some(true) if expected.cut.contains(&claim.quantity) => Outcome::Truncated,
            Some(true) => Outcome::Match,
            Some(false) => Outcome::Mismatch,
        };
        if checked.outcome == Outcome::Mismatch {
            expect_figure("stated_wrong", &claim.quantity);
        }
        // A rate that follows from what is stated beside it is not blamed for that.
        let follows = outcome == Outcome::Mismatch
            && claim.quantity.contains("_rate")
            && !expected.broken.contains(&claim.quantity);
        let is_either = follows || outcome == Outcome::Match && checked.outcome == Outcome::Truncated;
        if checked.outcome != outcome && !is_either {
            wrong.push(format!("{claim:?} is {outcome:?}, found as {:?}", checked.outcome));
        }
    }
    let broken = seen.verified.relations.iter().filter(|relation| relation.outcome == Holds::Disagrees);
    let mut relations = BTreeSet::new();
    for relation in broken {
        let code = OF_RELATIONS.iter().find(|(kind, _)| *kind == relation.kind).map_or("", |(_, code)| *code);
        relations.insert((code, relation.quantity.clone()));
        expect_figure(code, &relation.quantity);
        let mut quantities = relation.terms.iter().map(|term| &term.quantity).chain([&relation.quantity]);
        // A rate of several definitions that none of them gives by the facts cannot be told from a rate of another one.
        let is_wrong = |at: &usize| seen.verified.results[*at].outcome == Outcome::Mismatch;
        let is_open = relation.kind == Kind::Rate && relation.claims.iter().any(is_wrong);
        let is_broken = |quantity: &str| expected.broken.contains(quantity);
        // It may be by a definition of which another figure is broken than those that are named.
        let others = report::divided_by(&relation.quantity);
        let follows =
            quantities.any(|quantity| is_broken(quantity)) || others.iter().any(|one| is_broken(one));
        if !is_open && !follows {
            wrong.push(format!("disagrees: {relation:?}"));
        }
    }
    for (code, quantity) in &expected.relations {
        if !relations.contains(&(*code, quantity.clone())) {
            wrong.push(format!("does not disagree: {code} {quantity}"));
        }
    }
    // What takes a look at single projects is verified when it is asked for, not with each change.
    let is_looked_at = |subject: &Subject| match subject {
        Subject::Quantity { quantity } => quantity == "projects.total" || !quantity.starts_with("projects."),
        _ => true,
    };
    let must = of_figures.iter().filter(|(code, _)| has_check(code));
    for (code, subject) in must.filter(|(code, subject)| code != "stated_wrong" || is_looked_at(subject)) {
        if !raised.contains(&(code.clone(), subject.clone())) {
            wrong.push(format!("not found: {code} {subject:?}"));
        }
    }
    let must = expected.must.iter().chain(&expected.may);
    let known: BTreeSet<_> = must.map(|(code, subject)| ((*code).to_owned(), subject.clone())).collect();
    for finding in &seen.findings {
        let pair = (finding.code.clone(), finding.subject.clone());
        if !known.contains(&pair) && !of_figures.contains(&pair) {
            wrong.push(format!("found for nothing: {finding:?}"));
        }
    }
    wrong
}

/// Runs the seeds of a class; what is wrong with the first that fails, and how to run it alone.
fn runs(class: Option<&Class>) -> Option<String> {
    let name = class.map_or("none", |class| class.name);
    let runs = if std::env::var_os("JIXIAO_LONG").is_some() { 1_000 } else { 100 };
    let runs = std::env::var("JIXIAO_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(runs);
    (1..=runs).find_map(|seed| wrong_with(class, name, seed))
}

fn wrong_with(class: Option<&Class>, name: &str, seed: u64) -> Option<String> {
    let wrong = run(class, seed);
    (!wrong.is_empty()).then(|| {
        let wrong = wrong.join("\n");
        format!(
            "class {name}, seed {seed}:\n{wrong}\nto see it again: JIXIAO_CLASS={name} JIXIAO_SEED={seed} cargo nextest run -p jixiao-tests faults::one_seed"
        )
    })
}

/// The share `share` of [`SHARES`] of the classes, so that the runner can take several at once.
fn share(share: usize) {
    let classes = CLASSES.iter().skip(share).step_by(SHARES);
    let wrong: Vec<String> = classes.filter_map(|class| runs(Some(class))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

const SHARES: usize = 4;

#[test]
fn what_is_consistent_raises_nothing() {
    assert_eq!(runs(None), None);
}

#[test]
fn classes_1_of_4() {
    share(0);
}

#[test]
fn classes_2_of_4() {
    share(1);
}

#[test]
fn classes_3_of_4() {
    share(2);
}

#[test]
fn classes_4_of_4() {
    share(3);
}

/// The class and the seed that `JIXIAO_CLASS` and `JIXIAO_SEED` name; without a class, what is consistent.
#[test]
fn one_seed() {
    let seed = std::env::var("JIXIAO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let name = std::env::var("JIXIAO_CLASS").unwrap_or_else(|_| "none".to_owned());
    let class = CLASSES.iter().find(|class| class.name == name);
    assert!(class.is_some() || name == "none", "no class {name}");
    assert_eq!(wrong_with(class, &name, seed), None);
}

#[test]
fn every_check_and_every_relation_has_a_class() {
    let of_classes: BTreeSet<&str> = CLASSES.iter().map(|class| class.code).collect();
    let without: Vec<&str> =
        CHECKS.iter().map(|check| check.code).filter(|code| !of_classes.contains(code)).collect();
    assert!(without.is_empty(), "no class of faults for {without:?}");
    for (_, code) in OF_RELATIONS {
        assert!(of_classes.contains(code), "no class of faults for {code}");
    }
}
