//! Verified claims for the wire.

use jixiao_edge::pb_names;
use jixiao_events::{Names, Number};
use jixiao_proto::jixiao::scoring::v1 as pb;

use super::number;
use crate::claims::reading::{Missing, Reading};
use crate::claims::relations::{Candidate, Holds, Kind, Relation, Role, Term};
use crate::claims::rounding::{Fit, Written};
use crate::claims::{Claim, Compared, Exact, Outcome};

pub(crate) fn claim(claim: &Claim) -> pb::Claim {
    pb::Claim {
        quantity: claim.quantity.clone(),
        stated: claim.stated.clone(),
        value: claim.value.to_string(),
        unit: claim.unit.clone().unwrap_or_default(),
        place: claim.place.clone(),
    }
}

pub(crate) fn outcome(outcome: Outcome) -> pb::ClaimOutcome {
    match outcome {
        Outcome::Match => pb::ClaimOutcome::Match,
        Outcome::Truncated => pb::ClaimOutcome::Truncated,
        Outcome::Mismatch => pb::ClaimOutcome::Mismatch,
        Outcome::NotComputable => pb::ClaimOutcome::NotComputable,
    }
}

pub(crate) fn holds(holds: Holds) -> pb::RelationOutcome {
    match holds {
        Holds::Agrees => pb::RelationOutcome::Agrees,
        Holds::Disagrees => pb::RelationOutcome::Disagrees,
        Holds::PartNotStated => pb::RelationOutcome::PartNotStated,
    }
}

/// A reading beside a claim, without its events.
pub(crate) fn reading(claim: &Claim, compared: &Compared) -> pb::ClaimReading {
    let Compared { reading: Reading { name, ratio, incomplete, .. }, value, fit } = compared;
    let written = Written::new(&claim.stated, claim.value);
    let shown = |value: Option<Exact>| value.as_ref().map(Exact::to_string).unwrap_or_default();
    let fit = match (fit, value) {
        (_, Err(_)) => pb::ClaimFit::Unspecified,
        (Fit::Rounds, _) => pb::ClaimFit::Rounds,
        (Fit::Cuts, _) => pb::ClaimFit::Cuts,
        (Fit::No, _) => pb::ClaimFit::No,
    };
    let rounded = value.as_ref().ok().map(|value| value.half_up(written.decimals));
    let missing = value.as_ref().err();
    let (numerator, denominator) = ratio.clone().unzip();
    pb::ClaimReading {
        name: name.clone(),
        value: shown(value.as_ref().ok().cloned()),
        rounded: number(rounded.and_then(|rounded| rounded.number())),
        fit: fit.into(),
        numerator: shown(numerator),
        denominator: shown(denominator),
        incomplete: *incomplete,
        missing: missing.map(reason).unwrap_or_default().to_owned(),
        missing_text: missing.map(|missing| pb_names(&in_words(missing))),
        events: Vec::new(),
        event_count: 0,
    }
}

pub(crate) fn relation(relation: &Relation) -> pb::ClaimRelation {
    let kind = match relation.kind {
        Kind::Same => pb::RelationKind::Same,
        Kind::Rate => pb::RelationKind::Rate,
        Kind::Whole => pb::RelationKind::Whole,
    };
    pb::ClaimRelation {
        kind: kind.into(),
        quantity: relation.quantity.clone(),
        claims: relation.claims.iter().map(|claim| place(*claim)).collect(),
        outcome: holds(relation.outcome).into(),
        terms: relation.terms.iter().map(term).collect(),
        expected: shown(relation.expected.as_ref()),
        reproduced_by: relation.reproduced_by.iter().map(candidate).collect(),
        ..Default::default()
    }
}

fn term(term: &Term) -> pb::ClaimTerm {
    pb::ClaimTerm {
        quantity: term.quantity.clone(),
        role: role(term.role).into(),
        claim: term.claim.map(place),
        would_be: shown(term.would_be.as_ref()),
    }
}

fn candidate(candidate: &Candidate) -> pb::ClaimCandidate {
    pb::ClaimCandidate {
        quantity: candidate.quantity.clone(),
        role: role(candidate.role).into(),
        value: candidate.value.to_string(),
        claim: candidate.claim.map(place),
        reading: candidate.reading.clone(),
    }
}

fn role(role: Role) -> pb::TermRole {
    match role {
        Role::Plus => pb::TermRole::Plus,
        Role::Minus => pb::TermRole::Minus,
        Role::Numerator => pb::TermRole::Numerator,
        Role::Denominator => pb::TermRole::Denominator,
    }
}

/// Beyond the decimal range nothing is written: a client reads decimals.
fn shown(value: Option<&Exact>) -> String {
    value.and_then(Exact::number).as_ref().map(Number::to_string).unwrap_or_default()
}

/// A claim's place among all; their number is bounded.
pub(crate) fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A stable name of what is missing.
fn reason(missing: &Missing) -> &'static str {
    match missing {
        Missing::Unknown => "UNKNOWN_QUANTITY",
        Missing::OnlyStated => "ONLY_STATED",
        Missing::NoEvaluation => "NO_EVALUATION",
        Missing::NoNode(_) => "NO_SUCH_NODE",
        Missing::NotRecorded(_) => "NOT_RECORDED",
        Missing::Origins(_) => "ORIGIN_NOT_STATED",
        Missing::Divisor(_) => "DIVISOR_NOT_POSITIVE",
        Missing::Rows(_) => "ROWS_WITHOUT_VALUE",
        Missing::NoTarget(_) => "NO_SUCH_TARGET",
        Missing::NoActual => "NO_ACTUAL",
        Missing::Unit(_) => "OTHER_UNIT",
        Missing::NotLookedAt => "TOO_MANY_ROWS",
    }
}

fn in_words(missing: &Missing) -> Names {
    let (zh, en) = match missing {
        Missing::Unknown => (
            "词表和方案中都没有这个量".to_owned(),
            "neither the vocabulary nor the scheme has this quantity".to_owned(),
        ),
        Missing::OnlyStated => (
            "方案声明此量只见于陈述：没有事实可供计算".to_owned(),
            "the scheme declares it as only stated: no fact computes it".to_owned(),
        ),
        Missing::NoEvaluation => ("该资金尚无评价".to_owned(), "the fund has no evaluation".to_owned()),
        Missing::NoNode(node) => (format!("评价中没有 {node}"), format!("the evaluation has no {node}")),
        Missing::NotRecorded(quantity) => {
            (format!("没有记录 {quantity}"), format!("no {quantity} is recorded"))
        }
        Missing::Origins(count) => {
            (format!("{count} 个项目的来源未说明"), format!("the origin of {count} projects is not stated"))
        }
        Missing::Divisor(quantity) => {
            (format!("分母 {quantity} 不大于零"), format!("the divisor {quantity} is not above zero"))
        }
        Missing::Rows(count) => (format!("{count} 行没有数值"), format!("{count} rows have no value")),
        Missing::NoTarget(name) => (format!("没有名为“{name}”的指标"), format!("no target is called {name}")),
        Missing::NoActual => {
            ("该指标没有以数值记录的完成值".to_owned(), "the target has no number as its actual".to_owned())
        }
        Missing::Unit(unit) if unit.is_empty() => (
            "没有写明单位，无法比较".to_owned(),
            "stated without a unit, which this quantity needs".to_owned(),
        ),
        Missing::Unit(unit) => (
            format!("单位“{unit}”与此量的单位不可比较"),
            format!("the unit {unit} does not compare with that of this quantity"),
        ),
        Missing::NotLookedAt => {
            ("行数过多，未逐行读取".to_owned(), "the fund has more rows than one answer reads".to_owned())
        }
    };
    Names { zh, en: Some(en) }
}
