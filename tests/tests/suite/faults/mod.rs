//! Consistent funds and reports of random size, and one thing broken in each: what is broken is found at its place, and
//! nothing is found beyond what follows from it by the generator's own arithmetic, which shares no code with scoring.

mod classes;
mod exact;
mod fund;
mod report;
mod world;

use std::collections::BTreeSet;

use jixiao_events::finding::Subject;
use jixiao_scoring::claims::Outcome;
use jixiao_scoring::claims::relations::{Holds, Kind};
use jixiao_scoring::findings::CHECKS;

use self::classes::{CLASSES, Class, Expected};
use self::fund::Fund;
use self::world::{pairs, tell};
use crate::sim::random::Dice;

/// Findings about stated figures, by the relation that does not hold.
const OF_RELATIONS: [(Kind, &str); 3] =
    [(Kind::Same, "stated_twice"), (Kind::Rate, "rate_not_reproduced"), (Kind::Whole, "parts_not_whole")];

/// What is wrong with one run; nothing, if all is as it has to be.
fn run(class: Option<&Class>, seed: u64) -> Vec<String> {
    let dice = Dice::new(seed);
    // Not every fund can be broken in every way.
    let (fund, expected) = (0..200)
        .find_map(|_| {
            let mut fund = Fund::random(&dice);
            let expected = match class {
                None => Some(Expected::default()),
                Some(class) => (class.breaks)(&mut fund, &dice),
            };
            expected.map(|expected| (fund, expected))
        })
        .expect("a fund that can be broken so");
    judge(&fund, &expected, &dice)
}

fn judge(fund: &Fund, expected: &Expected, dice: &Dice) -> Vec<String> {
    let seen = tell(fund, dice);
    let mut wrong = Vec::new();
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
        if !is_open && !quantities.any(|quantity| expected.broken.contains(quantity)) {
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

/// Runs the seeds of a class; panics with what is wrong with the first that fails, and how to run it alone.
fn runs(class: Option<&Class>) {
    let name = class.map_or("none", |class| class.name);
    let runs = if std::env::var_os("JIXIAO_LONG").is_some() { 1_000 } else { 100 };
    let runs = std::env::var("JIXIAO_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(runs);
    for seed in 1..=runs {
        expect_right(class, name, seed);
    }
}

fn expect_right(class: Option<&Class>, name: &str, seed: u64) {
    let wrong = run(class, seed);
    assert!(
        wrong.is_empty(),
        "class {name}, seed {seed}:\n{}\nto see it again: JIXIAO_CLASS={name} JIXIAO_SEED={seed} cargo nextest run -p jixiao-tests faults::one_seed",
        wrong.join("\n"),
    );
}

/// The share `share` of [`SHARES`] of the classes, so that the runner can take several at once.
fn share(share: usize) {
    for class in CLASSES.iter().skip(share).step_by(SHARES) {
        runs(Some(class));
    }
}

const SHARES: usize = 4;

#[test]
fn what_is_consistent_raises_nothing() {
    runs(None);
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
    expect_right(class, &name, seed);
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
