//! Differences of money.

use std::collections::BTreeMap;

use jixiao_events::scoring::MoneyQuantity;

use super::{Facts, Kind, Said, Trial, parts};
use crate::claims::exact::Exact;
use crate::claims::quantity::{Quantity, ScopeKind};
use crate::claims::rounding::Fit;

/// The kinds of money of a project, and what they are called.
const KINDS: [(ScopeKind, [&str; 2]); 6] = [
    (ScopeKind::Arranged, ["项目的安排数合计", "money arranged"]),
    (ScopeKind::Paid, ["项目的支出合计", "payments"]),
    (ScopeKind::Unspent, ["项目的未支出数合计", "money unspent"]),
    (ScopeKind::UnspentExplained, ["项目的已说明未支出数合计", "money unspent and explained"]),
    (ScopeKind::AdjustmentIncrease, ["项目的调增数合计", "increases"]),
    (ScopeKind::AdjustmentDecrease, ["项目的调减数合计", "decreases"]),
];

/// The money of projects and groups, and the other sums of the fund.
pub(super) fn sums(trial: &mut Trial<'_>, facts: &Facts<'_>, quantity: &Quantity) {
    for (kind, words) in &KINDS {
        let name: &str = (*kind).into();
        let mut of_scopes: BTreeMap<&str, Exact> = BTreeMap::new();
        for (of, found) in facts.figures.scopes.iter().filter(|(of, _)| of.kind == *kind) {
            // A figure is no explanation of itself.
            let is_own = matches!(quantity, Quantity::Scope(own) if own == of);
            let Some(figure) = found.first().filter(|_| !is_own) else { continue };
            let money = Exact::from(figure.money);
            trial.value(&money, || Said {
                kind: Kind::ScopeMoney,
                about: of.scope.clone(),
                measure: name.to_owned(),
                parts: vec![],
                words: [format!(" {of} 的数额"), format!("the amount of {of}")],
            });
            of_scopes.insert(of.scope.as_str(), money);
        }
        let mut subsets: BTreeMap<String, Vec<(&str, Exact)>> = BTreeMap::new();
        for project in &facts.projects {
            let scope = format!("project:{}", project.id);
            let Some((scope, money)) = of_scopes.get_key_value(scope.as_str()) else { continue };
            for part in parts(project.facts) {
                subsets.entry(part).or_default().push((scope, money.clone()));
            }
        }
        trial.subsets(&subsets, 2, name, words);
    }
    for (other, money) in &facts.figures.money {
        if matches!(quantity, Quantity::Money(own) if own == other) {
            continue;
        }
        let name: &str = (*other).into();
        let said = |measure: &str, words: [String; 2]| Said {
            kind: Kind::OtherSum,
            about: name.to_owned(),
            measure: measure.to_owned(),
            parts: Vec::new(),
            words,
        };
        let money = Exact::from(*money);
        trial.value(&money, || said("once", [format!(" {name} 的数额"), format!("the amount of {name}")]));
        let is_signed = matches!(other, MoneyQuantity::Increase | MoneyQuantity::Decrease);
        if is_signed && matches!(quantity, Quantity::Adjusted | Quantity::Unspent) {
            let words =
                [format!(" {name} 的两倍，加减相反"), format!("twice {name}, taken with the wrong sign")];
            trial.value(&money.times(&Exact::from(2)), || said("twice", words));
        }
    }
}

/// The figure itself, mistaken: in another unit, or with two digits in each other's place.
pub(super) fn figure(trial: &mut Trial<'_>, quantity: &str) {
    let (written, right) = (trial.difference.written.clone(), trial.difference.right.clone());
    let said = |kind, measure: String, words: [String; 2]| Said {
        kind,
        about: quantity.to_owned(),
        measure,
        parts: Vec::new(),
        words,
    };
    for factor in [10, 100, 10_000] {
        let by = Exact::from(factor);
        let times = right.times(&by);
        let over = right.over(&by).unwrap_or_else(Exact::zero);
        for (slipped, measure, zh, en) in
            [(times, "times", "扩大", "too large"), (over, "over", "缩小", "too small")]
        {
            let fits = written.value != Exact::zero() && written.fit(&slipped) == Fit::Rounds;
            trial.tried(fits, || {
                let words = [
                    format!("小数点或单位之误：应为 {right}，{zh}了 {factor} 倍"),
                    format!("a slip of the unit or the point: {right} made {en} {factor} times"),
                ];
                (String::new(), said(Kind::UnitSlip, format!("{measure}_{factor}"), words))
            });
        }
    }
    let one = Exact::decimal(written.decimals);
    let Some(whole) = written.value.abs().over(&one).map(|whole| whole.to_string()) else { return };
    let digits: Vec<char> = whole.chars().collect();
    for at in 1..digits.len() {
        let mut swapped = digits.clone();
        swapped.swap(at - 1, at);
        if swapped == digits {
            continue;
        }
        let text: String = swapped.into_iter().collect();
        let Ok(swapped) = text.parse::<jixiao_events::Number>() else { return };
        let swapped = Exact::from(swapped).times(&one);
        let is_right = swapped == right.abs().half_up(written.decimals);
        let is_right = is_right && written.value.is_negative() == right.is_negative();
        trial.tried(is_right, || {
            let words = [
                format!("相邻两位数字颠倒之误：应为 {swapped}"),
                format!("a slip of two neighbouring digits: {swapped}"),
            ];
            (String::new(), said(Kind::TransposedDigits, "digits".to_owned(), words))
        });
    }
}
