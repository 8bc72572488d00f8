//! A whole that its stated parts do not make up.

use jixiao_events::finding::Severity;

use super::stated::{Stated, about, shown, write};
use super::{Check, Found, Looks, Text};
use crate::claims::exact::Exact;
use crate::claims::relations::{Kind, Relation};

pub(super) const CHECK: Check = Check {
    code: "parts_not_whole",
    severity: Severity::Error,
    title: Text { zh: "分项之和不等于合计", en: "Parts that do not make up their whole" },
    rule: Text {
        zh: "报告所称的合计应等于其分项之和，期末数应等于期初数加增减数。列举缺项的，只作提示。",
        en: "A stated whole is the sum of its stated parts; what was there, came and left gives what is there. Where the parts that are listed leave one out, it is a warning.",
    },
    example: Text {
        zh: "数据共 130.26 亿条，其中结构化 40.28、非结构化 92.6，合计 132.88。",
        en: "130.26 records in all, of which 40.28 and 92.6: 132.88.",
    },
    message: Text {
        zh: "报告（{place}）称 {quantity} 为 {stated}，其分项 {parts} = {computed}，相差 {difference}",
        en: "The report ({place}) states {quantity} as {stated}; its parts {parts} = {computed} differ by {difference}",
    },
    looks: Looks::Stated(find),
};

fn find(stated: &Stated<'_>) -> Vec<Found> {
    stated.broken(Kind::Whole).filter_map(|relation| of_relation(stated, relation)).collect()
}

fn of_relation(stated: &Stated<'_>, relation: &Relation) -> Option<Found> {
    let whole = relation.claims.first().and_then(|at| stated.claim(*at))?;
    let unit = whole.unit.as_deref();
    let computed = relation.expected.as_ref()?;
    let difference = Exact::from(whole.value).minus(computed);
    let mut parts = String::new();
    let mut found = about(&relation.quantity).states("stated", "place", whole);
    let mut leaves_out = false;
    for term in &relation.terms {
        let Some(claim) = term.claim.and_then(|at| stated.claim(at)) else {
            // A part cannot be below zero: where it would have to be, the others are wrong.
            leaves_out |= term.would_be.as_ref().is_some_and(|would_be| !would_be.is_negative());
            found = found.figure("not_stated", &term.quantity);
            continue;
        };
        write(&mut parts, term.role, claim.value);
        found = found.term(term, claim);
    }
    found = found.figure("parts", &parts).figure_in("computed", &shown(computed), unit).figure_in(
        "difference",
        &shown(&difference),
        unit,
    );
    // An enumeration that leaves a part out may have meant no more than what it lists.
    Some(if leaves_out { found.weighing(Severity::Warning) } else { found })
}
