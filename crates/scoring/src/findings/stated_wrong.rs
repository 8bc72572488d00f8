//! A figure that no reading of the facts gives.

use std::collections::BTreeMap;

use jixiao_events::finding::Severity;

use super::stated::{Stated, about, shown};
use super::{Check, Found, Looks, Text};
use crate::claims::{Checked, Claim, Outcome};

pub(super) const CHECK: Check = Check {
    code: "stated_wrong",
    severity: Severity::Error,
    title: Text { zh: "报告数字与事实不符", en: "Stated figure that the facts contradict" },
    rule: Text {
        zh: "报告所称的数字应能由已登记的事实按至少一种公认口径算出（按所写小数位四舍五入或截断）。",
        en: "A stated figure follows from the recorded facts by at least one of its documented definitions, rounded or cut to the decimals that are written.",
    },
    example: Text {
        zh: "报告称总分 76.5 分，各项自评分之和为 66.5 分。",
        en: "A report states a total of 76.5 points; the self-scores add up to 66.5.",
    },
    message: Text {
        zh: "报告（{place}）称 {quantity} 为 {stated}，按事实应为 {computed}",
        en: "The report ({place}) states {quantity} as {stated}; by the facts it is {computed}",
    },
    looks: Looks::Stated(find),
};

fn find(stated: &Stated<'_>) -> Vec<Found> {
    let mut wrong: BTreeMap<&str, Vec<(&Claim, &Checked)>> = BTreeMap::new();
    for (claim, checked) in stated.checked() {
        if checked.outcome == Outcome::Mismatch {
            wrong.entry(claim.quantity.as_str()).or_default().push((claim, checked));
        }
    }
    wrong.into_iter().filter_map(|(quantity, claims)| of_quantity(stated, quantity, &claims)).collect()
}

/// The first of several claims of one quantity speaks for all; the others are figures beside it.
fn of_quantity(stated: &Stated<'_>, quantity: &str, claims: &[(&Claim, &Checked)]) -> Option<Found> {
    let ((claim, checked), others) = claims.split_first()?;
    let mut found = about(quantity).states("stated", "place", claim);
    for (at, compared) in checked.accusing().enumerate() {
        let Ok(value) = &compared.value else { continue };
        let name = if at == 0 { "computed" } else { compared.reading.name.as_str() };
        found = found.figure_in(name, &shown(value), claim.unit.as_deref());
        let evidence = compared.reading.evidence.iter().filter_map(|evidence| stated.evidence(evidence));
        found = evidence.fold(found, Found::by);
    }
    Some(others.iter().fold(found, |found, (other, _)| found.states("also_stated", "also_place", other)))
}
