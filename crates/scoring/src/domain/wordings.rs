//! What is said in the same words of several funds: the reasons of self-scores, and why something fell short.
//!
//! Of each wording the places are kept, over all funds, while they are few: what is said everywhere is a form of words, and
//! copied from nobody. A place stays in its row after it got other words, so that a row depends on what was ever said and
//! not on its order; whoever reads a row asks each place what it says now.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_eventlog::{Need, States};
use jixiao_events::finding::Subject;
use jixiao_events::scoring::{Cause, Fact, ScoringEvent};
use jixiao_events::targets::ScoreSubject;
use jixiao_events::{FundId, IndicatorId, Number};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::evaluate::View;
use super::opened;
use super::papers::{names, reasons_key};
use super::state::{
    Cited, Few, ScoringState, evaluation_key, fund_key, indicator_key, place_key, scheme_version_key,
    self_key, target_key,
};
use crate::findings;

/// The fewest letters and digits of words that are compared: shorter ones are said by chance.
const SHORTEST: usize = 6;

/// The most places of one wording that are compared.
const PLACES: usize = 12;

/// How the keys of wordings begin.
const KIND: &str = "wording/";

/// Where something is said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WordingPlace {
    /// The fund.
    pub fund: FundId,
    /// The indicator, target, project or group whose reason it is.
    pub about: Subject,
}

/// A place of another fund that says the same.
#[derive(Debug, Clone, Copy)]
pub struct Same<'s> {
    /// Where.
    pub place: &'s WordingPlace,
    /// What is said there.
    pub told: Told<'s>,
}

/// Something that is said of an indicator, target, project or group.
#[derive(Debug, Clone, Copy)]
pub struct Told<'s> {
    /// What, as it is written.
    pub text: &'s str,
    /// What says so.
    pub event: &'s Cited,
    /// The points that it is the reason of; `None` for why something fell short.
    pub score: Option<Number>,
}

/// The key of the places that say the same; `None` for what is too short to be compared.
pub fn wording_key(text: &str) -> Option<String> {
    let words = names::words(text);
    (words.chars().count() >= SHORTEST).then(|| {
        let mut digest = hex::encode(Sha256::digest(words));
        digest.truncate(32);
        format!("{KIND}{digest}")
    })
}

/// Whether a key is that of the places of one wording.
pub fn is_key(key: &str) -> bool {
    key.starts_with(KIND)
}

/// The key of what a fact says.
pub(super) fn key_of(fact: &Fact) -> Option<String> {
    wording_key(said_by(fact)?.1)
}

/// Folds where a fact says it.
pub(super) fn fold(state: &mut Option<ScoringState>, fact: &Fact) {
    let Some((place, _)) = said_by(fact) else { return };
    let mut places = state.as_ref().and_then(ScoringState::as_wording).cloned().unwrap_or_default();
    places.insert(place, PLACES);
    *state = Some(ScoringState::Wording(places));
}

fn said_by(fact: &Fact) -> Option<(WordingPlace, &str)> {
    let (place, text) = match fact {
        Fact::SelfScore { fund, subject, reason: Some(text), .. } => {
            (WordingPlace { fund: fund.clone(), about: scored(subject)? }, text)
        }
        Fact::ReasonGiven { fund, about, text, .. } => {
            (WordingPlace { fund: fund.clone(), about: about.clone() }, text)
        }
        _ => return None,
    };
    Some((place, text))
}

/// What a fact may change the words of, also where it takes them back.
fn changed(fact: &Fact) -> Option<WordingPlace> {
    let (fund, about) = match fact {
        Fact::SelfScore { fund, subject, .. } => (fund, scored(subject)?),
        Fact::ReasonGiven { fund, about, .. } | Fact::ReasonTakenBack { fund, about, .. } => {
            (fund, about.clone())
        }
        _ => return None,
    };
    Some(WordingPlace { fund: fund.clone(), about })
}

/// What a score is about; `None` where findings do not look: at projects by themselves.
fn scored(subject: &ScoreSubject) -> Option<Subject> {
    match subject {
        ScoreSubject::Target { target } => Some(Subject::Target { target: target.target.clone() }),
        ScoreSubject::Indicator { indicator } => Some(Subject::Indicator { indicator: indicator.clone() }),
        ScoreSubject::ProjectIndicator { .. } => None,
    }
}

/// What is said of something now.
pub fn told<'s>(
    get: &dyn Fn(&str) -> Option<&'s ScoringState>,
    fund: &FundId,
    about: &Subject,
) -> Vec<Told<'s>> {
    let filed = match about {
        Subject::Indicator { indicator } => {
            get(&self_key(fund, indicator)).and_then(ScoringState::as_self_score)
        }
        Subject::Target { target } => get(&place_key(fund, target))
            .and_then(ScoringState::as_place)
            .and_then(|place| get(&target_key(place))?.as_target()?.self_score.as_ref()),
        _ => None,
    };
    let filed = filed.and_then(|filed| {
        let text = filed.reason.as_deref()?;
        Some(Told { text, event: &filed.event, score: Some(filed.score) })
    });
    let reasons = get(&reasons_key(fund, about)).and_then(ScoringState::as_reasons);
    let reasons = reasons.into_iter().flat_map(BTreeMap::values);
    let reasons = reasons.map(|reason| Told { text: &reason.text, event: &reason.event, score: None });
    filed.into_iter().chain(reasons).collect()
}

/// Where other funds say what is told here.
pub fn same<'s>(
    get: &dyn Fn(&str) -> Option<&'s ScoringState>,
    fund: &FundId,
    here: &Told<'s>,
) -> Vec<Same<'s>> {
    let Some(key) = wording_key(here.text) else { return Vec::new() };
    let words = names::words(here.text);
    let mut same = Vec::new();
    for place in elsewhere(get(&key), fund) {
        let there = told(get, &place.fund, &place.about);
        let alike = there.into_iter().find(|there| names::words(there.text) == words);
        same.extend(alike.map(|told| Same { place, told }));
    }
    same
}

/// The places of a row that are other funds'.
fn elsewhere<'s>(row: Option<&'s ScoringState>, fund: &FundId) -> impl Iterator<Item = &'s WordingPlace> {
    let places = row.and_then(ScoringState::as_wording).into_iter().flat_map(Few::iter);
    places.filter(move |place| place.fund != *fund)
}

/// The keys of what is said of something, of its wordings, and of the places of other funds in their rows.
pub fn keys(states: &States<'_, ScoringState>, fund: &FundId, about: &Subject) -> Vec<String> {
    let get = |key: &str| states.get(key);
    let mut keys = of_place(states, fund, about);
    if let Subject::Indicator { indicator } = about {
        keys.push(indicator_key(fund, indicator));
    }
    for told in told(&get, fund, about) {
        let Some(key) = wording_key(told.text) else { continue };
        for place in elsewhere(states.get(&key), fund) {
            keys.extend(of_place(states, &place.fund, &place.about));
            keys.extend([fund_key(&place.fund), evaluation_key(&place.fund)]);
            let open = get(&evaluation_key(&place.fund)).and_then(ScoringState::as_evaluation);
            keys.extend(open.map(|open| scheme_version_key(&open.scheme, open.version)));
        }
        keys.push(key);
    }
    keys
}

fn of_place(states: &States<'_, ScoringState>, fund: &FundId, about: &Subject) -> Vec<String> {
    let mut keys = own_keys(fund, about);
    if let Subject::Target { target } = about {
        let place = states.get(&place_key(fund, target)).and_then(ScoringState::as_place);
        keys.extend(place.map(target_key));
    }
    keys
}

/// What an indicator of a fund weighs, by the scheme that evaluates it: what is computed of another fund may not be there.
pub fn weight<'s>(
    get: &dyn Fn(&str) -> Option<&'s ScoringState>,
    fund: &FundId,
    indicator: &IndicatorId,
) -> Option<Number> {
    let open = get(&evaluation_key(fund))?.as_evaluation()?;
    let loaded = get(&scheme_version_key(&open.scheme, open.version))?.as_scheme()?;
    let node = loaded.scheme.node(&indicator.as_str().parse().ok()?)?;
    Some(node.weight.value)
}

/// The keys of what is said of something, those of a target's place in its stead.
pub fn own_keys(fund: &FundId, about: &Subject) -> Vec<String> {
    match about {
        Subject::Indicator { indicator } => vec![self_key(fund, indicator)],
        Subject::Target { target } => vec![place_key(fund, target), reasons_key(fund, about)],
        Subject::Project { .. } | Subject::Group { .. } => vec![reasons_key(fund, about)],
        _ => Vec::new(),
    }
}

/// Everything of a fund that something is said of, once all of it is loaded.
pub fn all(states: &States<'_, ScoringState>, fund: &FundId) -> BTreeSet<WordingPlace> {
    let filed = format!("self/{fund}/");
    let indicators = states.prefix(&filed).filter_map(|(key, _)| key.strip_prefix(&filed)?.parse().ok());
    let indicators = indicators.map(|indicator| Subject::Indicator { indicator });
    let prefix = format!("target-place/{fund}/");
    let targets = states.prefix(&prefix).filter_map(|(_, state)| state.as_place());
    let targets = targets.map(|place| Subject::Target { target: place.target.clone() });
    let given = format!("reasons/{fund}/");
    let reasons = states.prefix(&given).filter_map(|(key, _)| {
        let (kind, id) = key.strip_prefix(&given)?.split_once(':')?;
        match kind {
            "project" => Some(Subject::Project { project: id.parse().ok()? }),
            "group" => Some(Subject::Group { group: id.parse().ok()? }),
            _ => None,
        }
    });
    let about = indicators.chain(targets).chain(reasons);
    about.map(|about| WordingPlace { fund: fund.clone(), about }).collect()
}

/// What facts may change the words of.
pub fn touched(facts: &[Fact]) -> BTreeSet<WordingPlace> {
    facts.iter().filter_map(changed).collect()
}

/// What has to be seen to know which findings of other funds change with what is said at some places or by facts, and to
/// check them again.
pub fn needs(
    states: &States<'_, ScoringState>,
    places: &BTreeSet<WordingPlace>,
    facts: &[Fact],
) -> Vec<Need> {
    let of_places = places.iter().flat_map(|place| keys(states, &place.fund, &place.about));
    // The words that a fact brings are in no state yet.
    let of_facts = facts.iter().filter_map(key_of);
    let keys = of_places.chain(of_facts).map(Need::Key);
    keys.chain(scope_needs(states, &others(states, places, facts))).collect()
}

/// What checking some scopes of funds anew has to see.
fn scope_needs(
    states: &States<'_, ScoringState>,
    of_funds: &BTreeMap<FundId, BTreeSet<Subject>>,
) -> Vec<Need> {
    let mut needs = Vec::new();
    for (fund, scopes) in of_funds {
        needs.push(Need::Key(evaluation_key(fund)));
        let open = states.get(&evaluation_key(fund)).and_then(ScoringState::as_evaluation);
        needs.extend(open.map(|open| Need::Key(scheme_version_key(&open.scheme, open.version))));
        if let Some((_, loaded)) = opened(states, fund) {
            needs.extend(findings::needs(states, fund, &loaded.scheme, scopes));
        }
    }
    needs
}

/// The changes of findings of other funds that follow.
pub(super) fn review(
    view: &mut View<'_>,
    states: &States<'_, ScoringState>,
    places: &BTreeSet<WordingPlace>,
    facts: &[Fact],
    cause: &Cause,
) -> Vec<ScoringEvent> {
    review_scopes(view, states, &others(states, places, facts), cause)
}

/// What has to be seen to check what is said in one wording.
pub(super) fn recheck_needs(states: &States<'_, ScoringState>, wording: &str) -> Vec<Need> {
    let mut needs = scope_needs(states, &by_fund(states, wording));
    needs.push(Need::Key(wording.to_owned()));
    needs
}

/// The changes of findings about what is said in one wording, by all funds.
pub(super) fn recheck(states: &States<'_, ScoringState>, wording: &str, cause: &Cause) -> Vec<ScoringEvent> {
    review_scopes(&mut View::new(states), states, &by_fund(states, wording), cause)
}

fn review_scopes(
    view: &mut View<'_>,
    states: &States<'_, ScoringState>,
    of_funds: &BTreeMap<FundId, BTreeSet<Subject>>,
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let mut events = Vec::new();
    for (fund, scopes) in of_funds {
        if let Some((_, loaded)) = opened(states, fund) {
            events.extend(findings::review(view, fund, &loaded.scheme, scopes, cause));
        }
    }
    events
}

/// The places of a wording, by fund.
fn by_fund(states: &States<'_, ScoringState>, wording: &str) -> BTreeMap<FundId, BTreeSet<Subject>> {
    let places = states.get(wording).and_then(ScoringState::as_wording);
    let mut by_fund: BTreeMap<FundId, BTreeSet<Subject>> = BTreeMap::new();
    for WordingPlace { fund, about } in places.into_iter().flat_map(Few::iter) {
        by_fund.entry(fund.clone()).or_default().insert(about.clone());
    }
    by_fund
}

/// What other funds say in the words that some places have, or get by facts.
fn others(
    states: &States<'_, ScoringState>,
    places: &BTreeSet<WordingPlace>,
    facts: &[Fact],
) -> BTreeMap<FundId, BTreeSet<Subject>> {
    let get = |key: &str| states.get(key);
    let had = places.iter().flat_map(|place| {
        let told = told(&get, &place.fund, &place.about);
        told.into_iter().filter_map(|told| Some((&place.fund, wording_key(told.text)?))).collect::<Vec<_>>()
    });
    let gets: Vec<_> = facts.iter().filter_map(said_by).collect();
    let gets = gets.iter().filter_map(|(place, text)| Some((&place.fund, wording_key(text)?)));
    let mut others: BTreeMap<FundId, BTreeSet<Subject>> = BTreeMap::new();
    for (fund, key) in had.chain(gets) {
        for place in elsewhere(states.get(&key), fund) {
            others.entry(place.fund.clone()).or_default().insert(place.about.clone());
        }
    }
    others
}
