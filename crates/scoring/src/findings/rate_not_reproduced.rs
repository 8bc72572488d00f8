//! A rate that its own numerator and denominator do not give.

use jixiao_events::finding::Severity;

use super::stated::{Stated, about, shown, write};
use super::{Check, Found, Looks, Text};
use crate::claims::relations::{Kind, Relation, Role};

pub(super) const CHECK: Check = Check {
    code: "rate_not_reproduced",
    severity: Severity::Error,
    title: Text { zh: "比率与分子分母不符", en: "Rate that its figures do not give" },
    rule: Text {
        zh: "报告所称的比率应能由其所称的分子、分母按至少一种口径算出。",
        en: "A stated rate follows from the numerator and the denominator that are stated with it, by one of its definitions at least.",
    },
    example: Text {
        zh: "55 个目标完成 38 个，报告称完成率 70%，实为 69.09%。",
        en: "38 of 55 is 69.09 %; the report states 70 %.",
    },
    message: Text {
        zh: "报告（{place}）称 {quantity} 为 {stated}，但 {division} = {computed}",
        en: "The report ({place}) states {quantity} as {stated}, but {division} = {computed}",
    },
    looks: Looks::Stated(find),
};

fn find(stated: &Stated<'_>) -> Vec<Found> {
    stated.broken(Kind::Rate).filter_map(|relation| of_relation(stated, relation)).collect()
}

fn of_relation(stated: &Stated<'_>, relation: &Relation) -> Option<Found> {
    let rate = relation.claims.first().and_then(|at| stated.claim(*at))?;
    let mut division = String::new();
    let mut found = about(&relation.quantity).states("stated", "place", rate);
    for term in &relation.terms {
        let claim = term.claim.and_then(|at| stated.claim(at))?;
        write(&mut division, term.role, claim.value);
        found = found.term(term, claim);
    }
    found = found.figure("division", &division).figure_in(
        "computed",
        &shown(relation.expected.as_ref()?),
        rate.unit.as_deref(),
    );
    for candidate in &relation.reproduced_by {
        let claim = candidate.claim.and_then(|at| stated.claim(at));
        let name = if candidate.role == Role::Denominator { "fits_denominator" } else { "fits_numerator" };
        found = found.figure(name, &shown(&candidate.value));
        found = claim.into_iter().fold(found, |found, claim| found.stated_by(&claim.quantity, &claim.place));
    }
    Some(found)
}
