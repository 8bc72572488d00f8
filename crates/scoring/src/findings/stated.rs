//! What a report states of a fund, verified once for all checks that look at it.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_events::Number;
use jixiao_events::finding::{Evidence as Shown, Subject};
use jixiao_events::scoring::Cause;

use super::{Case, Found};
use crate::claims::exact::Exact;
use crate::claims::reading::Evidence;
use crate::claims::relations::{Holds, Kind, Relation, Role, Term};
use crate::claims::{self, Checked, Claim};
use crate::domain::state::{StatedFigure, TOTAL};

/// The decimals that a computed figure is shown with beyond those that are written beside it.
const SHOWN_DECIMALS: u32 = 4;

/// The figures that a report states of a fund, and what verifying those came to that a command may have changed.
pub struct Stated<'c> {
    claims: Vec<Claim>,
    reach: Reach,
    results: BTreeMap<usize, Checked>,
    relations: Vec<Relation>,
    case: &'c Case<'c>,
}

/// The stated quantities that a command may have brought to other findings.
enum Reach {
    /// All: a figure was stated, or the evaluation is computed anew.
    All,
    /// Those whose facts changed.
    Some(BTreeSet<String>),
}

impl Reach {
    fn has(&self, quantity: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(quantities) => quantities.contains(quantity),
        }
    }
}

impl<'c> Stated<'c> {
    /// Of a fund as it is now; `None` where a command cannot have changed what verifying comes to.
    pub(super) fn of(case: &'c Case<'c>, why: &Cause) -> Option<Self> {
        let is_any = |kinds: &[&str]| {
            let mut kinds_changed = case.view.changed().filter_map(|key| key.split('/').next());
            kinds_changed.any(|kind| kinds.contains(&kind))
        };
        // Of an evaluation that is computed anew everything may have changed; what a fund has of its own changes what sums
        // are made of.
        let is_all =
            matches!(why, Cause::Opened | Cause::Voided { .. }) || is_any(&["stated", "own-projects"]);
        if !is_all && !is_any(&["money", "count", "sum", "scope-money"]) {
            return None;
        }
        let claims: Vec<Claim> = case.stated().into_iter().map(StatedFigure::claim).collect();
        let figures = case.figures();
        let reach = if is_all {
            Reach::All
        } else {
            let before = case.view.before();
            let before = Case { view: &before, ..*case }.figures();
            Reach::Some(claims::moved(&claims, &before, &figures))
        };
        if matches!(&reach, Reach::Some(moved) if moved.is_empty()) {
            return None;
        }
        let (results, relations) = claims::verify_some(&claims, &figures, &|quantity| reach.has(quantity));
        Some(Self { claims, reach, results, relations, case })
    }

    /// Whether what a finding is about was verified.
    pub(super) fn covers(&self, subject: &Subject) -> bool {
        matches!(subject, Subject::Quantity { quantity } if self.reach.has(quantity))
    }

    /// Each figure that was checked with what came of it.
    pub(super) fn checked(&self) -> impl Iterator<Item = (&Claim, &Checked)> {
        self.results.iter().filter_map(|(at, checked)| Some((self.claims.get(*at)?, checked)))
    }

    /// A figure by its place among all.
    pub(super) fn claim(&self, at: usize) -> Option<&Claim> {
        self.claims.get(at)
    }

    /// The first relation of a kind that cannot hold, for each quantity.
    pub(super) fn broken(&self, kind: Kind) -> impl Iterator<Item = &Relation> {
        let mut seen = BTreeSet::new();
        let is_broken =
            move |relation: &&Relation| relation.kind == kind && relation.outcome == Holds::Disagrees;
        let broken = self.relations.iter().filter(is_broken);
        broken.filter(move |relation| seen.insert(relation.quantity.clone()))
    }

    /// What the events behind a reading are to a finding.
    pub(super) fn evidence(&self, evidence: &Evidence) -> Option<Shown> {
        match evidence {
            Evidence::Event(event) => Some(Shown::Event(event.clone())),
            Evidence::Key(key) => {
                let fund = self.case.fund;
                let kinds = [format!("money/{fund}/"), format!("count/{fund}/")];
                let quantity = kinds.iter().find_map(|kind| key.strip_prefix(kind.as_str()))?;
                Some(Shown::Sum { quantity: quantity.to_owned() })
            }
            Evidence::Rows { node, .. } => {
                Some(Shown::Node { node: node.as_deref().unwrap_or(TOTAL).parse().ok()? })
            }
        }
    }
}

/// About a quantity.
pub(super) fn about(quantity: &str) -> Found {
    Found::new(Subject::Quantity { quantity: quantity.to_owned() }).figure("quantity", &quantity)
}

impl Found {
    /// With a figure that is stated, and where.
    pub(super) fn states(self, name: &str, place: &str, claim: &Claim) -> Self {
        let Claim { quantity, value, unit, place: at, .. } = claim;
        self.figure_in(name, value, unit.as_deref()).figure(place, at).stated_by(quantity, at)
    }

    /// With a term of a relation: what is stated of it.
    pub(super) fn term(self, term: &Term, claim: &Claim) -> Self {
        self.figure_in(&term.quantity, &claim.value, claim.unit.as_deref())
            .stated_by(&claim.quantity, &claim.place)
    }

    /// Since a report states a figure.
    pub(super) fn stated_by(self, quantity: &str, place: &str) -> Self {
        self.by(Shown::Stated { quantity: quantity.to_owned(), place: place.to_owned() })
    }
}

/// Adds a term to an arithmetic as people write it.
pub(super) fn write(arithmetic: &mut String, role: Role, value: Number) {
    let sign = match role {
        Role::Denominator => " / ",
        Role::Minus => " − ",
        Role::Numerator | Role::Plus if arithmetic.is_empty() => "",
        Role::Numerator | Role::Plus => " + ",
    };
    arithmetic.extend([sign, &value.to_string()]);
}

/// A computed value as it is shown: what cannot be written in few decimals is rounded.
pub(super) fn shown(value: &Exact) -> Exact {
    value.half_up(SHOWN_DECIMALS)
}
