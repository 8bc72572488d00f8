//! Which of several figures of one quantity counts: every choice, so many at most. Equal figures are one, and ways to one
//! sum are one, so that few searches have an end before they are through; what those did not try they accuse nobody of.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Role, Stated};
use crate::claims::exact::Exact;

/// The most different figures of one quantity that are put beside others. What goes beyond accuses nobody.
pub(super) const MAX_SAME: usize = 8;

/// The most choices among figures that are stated several times. What goes beyond accuses nobody.
const MAX_CHOICES: usize = 512;

/// Not every choice was tried, so that nobody can say that none holds.
pub(super) struct NotAllTried;

/// What parts add up to, by one choice among figures that are stated several times.
#[derive(Clone)]
pub(super) struct Chosen {
    /// How many of the parts stand where the whole does.
    pub(super) here: usize,
    pub(super) terms: Vec<(Role, usize)>,
    /// The sum of the parts.
    pub(super) exact: Exact,
    /// How far any of the figures is from what is written, at most.
    pub(super) half: Exact,
}

/// The different figures of a slot, and whether those are all; of equal ones the first.
fn different<'a, 'c>(slot: impl IntoIterator<Item = &'a Stated<'c>>) -> (Vec<&'a Stated<'c>>, bool)
where
    'c: 'a,
{
    let mut found: Vec<&Stated<'_>> = Vec::new();
    for one in slot {
        let is_known = |other: &&Stated<'_>| other.from == one.from && other.to == one.to;
        if !found.iter().any(is_known) {
            if found.len() == MAX_SAME {
                return (found, false);
            }
            found.push(one);
        }
    }
    (found, true)
}

/// One figure out of each slot, every way, and whether those are all ways.
pub(super) fn choices<'a, 'c>(slots: &[Vec<&'a Stated<'c>>]) -> (Vec<Vec<&'a Stated<'c>>>, bool) {
    let mut chosen: Vec<Vec<&Stated<'_>>> = vec![Vec::new()];
    let mut is_all = true;
    for slot in slots {
        let (slot, is_whole) = different(slot.iter().copied());
        let with = |begun: &Vec<&'a Stated<'c>>| {
            slot.iter().map(|one| begun.iter().copied().chain([*one]).collect()).collect::<Vec<_>>()
        };
        is_all &= is_whole && chosen.len() * slot.len() <= MAX_CHOICES;
        chosen = chosen.iter().flat_map(with).take(MAX_CHOICES).collect();
    }
    (chosen, is_all)
}

/// What one figure of each part may add up to, every way, and whether those are all ways. Of ways to one sum, the one with
/// most figures where the whole stands.
pub(super) fn sums(whole: &Stated<'_>, parts: &[(Role, Vec<&Stated<'_>>)]) -> (Vec<Chosen>, bool) {
    let none = Chosen { here: 0, terms: Vec::new(), exact: Exact::zero(), half: whole.half() };
    let (mut chosen, mut is_all) = (vec![none], true);
    for (role, slot) in parts {
        let is_here = |one: &&Stated<'_>| one.claim.place == whole.claim.place;
        let (here, elsewhere): (Vec<&Stated<'_>>, Vec<_>) = slot.iter().copied().partition(is_here);
        let (slot, is_whole) = different(here.into_iter().chain(elsewhere));
        let mut next: Vec<Chosen> = Vec::new();
        let mut known: BTreeMap<(Exact, Exact), usize> = BTreeMap::new();
        for (begun, one) in chosen.iter().flat_map(|begun| slot.iter().map(move |one| (begun, *one))) {
            let here = begun.here + usize::from(is_here(&one));
            let exact = match role {
                Role::Minus => begun.exact.minus(&one.value()),
                _ => begun.exact.plus(&one.value()),
            };
            let half = begun.half.clone().min(one.half());
            let at = *known.entry((exact.clone(), half.clone())).or_insert(next.len());
            if next.get(at).is_none_or(|other| here > other.here) {
                let terms = begun.terms.iter().copied().chain([(*role, one.at)]).collect();
                let sum = Chosen { here, terms, exact, half };
                match next.get_mut(at) {
                    Some(other) => *other = sum,
                    None => next.push(sum),
                }
            }
        }
        is_all &= is_whole && next.len() <= MAX_CHOICES;
        if next.len() > MAX_CHOICES {
            next.sort_by_key(|sum| Reverse(sum.here));
            next.truncate(MAX_CHOICES);
        }
        chosen = next;
    }
    (chosen, is_all)
}
