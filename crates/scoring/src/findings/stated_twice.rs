//! A quantity that a report states as two different figures.

use jixiao_events::finding::Severity;

use super::stated::{Stated, about};
use super::{Check, Found, Looks, Text};
use crate::claims::Claim;
use crate::claims::relations::Kind;

pub(super) const CHECK: Check = Check {
    code: "stated_twice",
    severity: Severity::Error,
    title: Text { zh: "同一数字前后不一", en: "Stated twice, differently" },
    rule: Text {
        zh: "报告多次提到的同一数字应当一致（允许四舍五入之差）。",
        en: "What a report states in several places is the same everywhere, but for rounding.",
    },
    example: Text {
        zh: "一处称明细目标 48 个，另一处称 55 个。",
        en: "48 detail targets in one place, 55 in another.",
    },
    message: Text {
        zh: "报告对 {quantity} 前后说法不一：{place}为 {stated}，{other_place}为 {other}",
        en: "The report states {quantity} as {stated} ({place}) and as {other} ({other_place})",
    },
    looks: Looks::Stated(find),
};

fn find(stated: &Stated<'_>) -> Vec<Found> {
    let of_relation = |claims: &[usize], quantity: &str| -> Option<Found> {
        let claims: Vec<&Claim> = claims.iter().filter_map(|at| stated.claim(*at)).collect();
        let (first, rest) = claims.split_first()?;
        let other = rest.iter().find(|other| (other.value, &other.unit) != (first.value, &first.unit))?;
        let found = about(quantity).states("stated", "place", first).states("other", "other_place", other);
        Some(rest.iter().fold(found, |found, claim| found.stated_by(&claim.quantity, &claim.place)))
    };
    stated
        .broken(Kind::Same)
        .filter_map(|relation| of_relation(&relation.claims, &relation.quantity))
        .collect()
}
