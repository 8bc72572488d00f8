//! The report of a fund: the figures that it states, and what each is by every reading, by the generator's own arithmetic.

use jixiao_events::registry::{Membership, Origin};
use jixiao_events::targets::TargetLevel;

use super::exact::{Ratio, exactly};
use super::fund::{Claim, Fund, Project};
use crate::sim::random::Dice;

/// What a report states of its data, which no fact computes: two parts of a whole, and a rate.
const DATA: [&str; 4] = ["data.structured", "data.unstructured", "data.total", "data.share"];

/// What is stated of every fund, by unit and the most decimals.
const FIGURES: &[(&str, Option<&str>, u32)] = &[
    ("budget.original", Some("万元"), 2),
    ("budget.adjustment_increase", Some("万元"), 2),
    ("budget.adjustment_decrease", Some("万元"), 2),
    ("budget.adjusted", Some("万元"), 2),
    ("budget.received", Some("万元"), 2),
    ("budget.expenditure", Some("万元"), 2),
    ("budget.unspent", Some("万元"), 2),
    ("budget.unspent_explained", Some("万元"), 2),
    ("budget.adjustment_rate", Some("%"), 3),
    ("budget.adjustment_rate.gross", Some("%"), 3),
    ("budget.adjustment_rate.net", None, 3),
    ("budget.adjustment_rate.cuts_only", Some("%"), 3),
    ("budget.execution_rate", Some("%"), 3),
    ("budget.execution_rate.original", None, 3),
    ("projects.total", Some("个"), 0),
    ("projects.start_of_year", Some("个"), 0),
    ("projects.own", Some("个"), 0),
    ("projects.taken_over", Some("个"), 0),
    ("projects.new", Some("个"), 0),
    ("projects.other_agencies", Some("个"), 0),
    ("projects.removed", Some("个"), 0),
    ("filings.contract_filing.not_filed", Some("个"), 0),
    ("targets.total", Some("个"), 0),
    ("targets.attained", Some("个"), 0),
    ("targets.attainment_rate", Some("%"), 2),
    ("targets.overall.total", Some("个"), 0),
    ("targets.overall.attained", None, 0),
    ("targets.detail.total", Some("个"), 0),
    ("targets.detail.attained", Some("个"), 0),
    ("targets.detail.attainment_rate", None, 2),
    ("weight.management", Some("分"), 3),
    ("weight.targets", Some("分"), 3),
    ("weight.targets.overall", Some("分"), 3),
    ("score.total", Some("分"), 3),
    ("score.management", Some("分"), 3),
    ("score.management.funds_use", Some("分"), 3),
    ("score.management.operation", None, 3),
    ("score.management.operation.procedures", Some("分"), 3),
    ("score.management.target_setting", Some("分"), 3),
    ("score.targets", Some("分"), 3),
    ("score.targets.overall", Some("分"), 3),
    ("score.targets.detail", Some("分"), 3),
    ("deduction.management", Some("分"), 3),
    ("deduction.targets", Some("分"), 3),
];

/// A report that states most of what can be stated, as the facts give it.
pub fn write(fund: &Fund, dice: &Dice) -> Vec<Claim> {
    let money_decimals = u32::try_from(dice.below(3)).unwrap();
    let rate_decimals = u32::try_from(dice.below(3)).unwrap();
    let mut report = Vec::new();
    let is_enumerated = dice.chance(5_000);
    let of_scopes = scopes(fund, dice);
    let figures = FIGURES.iter().map(|(quantity, unit, decimals)| (*quantity, *unit, *decimals));
    let of_scopes = of_scopes.iter().map(|quantity| (quantity.as_str(), Some("万元"), 2));
    for (at, (quantity, unit, decimals)) in figures.chain(of_scopes).enumerate() {
        // A report that has no projects of its own does not speak of them.
        let is_needless = quantity == "projects.own" && dice.chance(7_000);
        let is_part = is_enumerated && ORIGINS.contains(&quantity);
        if dice.chance(1_000) && !is_part || is_needless {
            continue;
        }
        let decimals = match (unit, decimals) {
            (Some("万元"), _) => money_decimals,
            (Some("%") | None, 2 | 3) if quantity.contains("_rate") => rate_decimals,
            (_, decimals) => decimals,
        };
        let readings = readings(fund, quantity);
        if readings.is_empty() {
            continue;
        }
        let value = readings[dice.index(readings.len())];
        let claim = |place: String| Claim {
            quantity: quantity.to_owned(),
            stated: value.write(decimals),
            unit,
            place,
        };
        // What stands at one place with its total enumerates it: counts of projects do by intention only.
        let place = |line: u64| {
            let is_counted = quantity.starts_with("projects.");
            format!("{}", line + if is_counted { 500 + at as u64 } else { dice.below(100) })
        };
        let is_listed = is_part || is_enumerated && quantity == "projects.total";
        report.push(claim(if is_listed { "167".to_owned() } else { place(100) }));
        if dice.chance(1_500) {
            report.push(claim(place(300)));
        }
    }
    let [structured, unstructured] = [(); 2].map(|()| i128::from(dice.between(10_000, 90_000)));
    let data = |quantity: &str, stated: String, unit| Claim {
        quantity: quantity.to_owned(),
        stated,
        unit,
        place: "500".to_owned(),
    };
    for (quantity, value) in DATA.iter().zip([structured, unstructured, structured + unstructured]) {
        report.push(data(quantity, exactly(value, 2), Some("亿条")));
    }
    let share = Ratio::new(structured, structured + unstructured).times(100);
    report.push(data(DATA[3], share.write(2), Some("%")));
    report
}

/// Where projects come from, as a sentence enumerates it that does not name a fund's own.
const ORIGINS: [&str; 3] = ["projects.taken_over", "projects.new", "projects.other_agencies"];

/// The kinds of money of a project that a report may state.
const OF_PROJECT: [&str; 6] =
    ["arranged", "paid", "unspent", "unspent_explained", "adjustment_increase", "adjustment_decrease"];

/// Some money of some projects, and what was paid in groups.
fn scopes(fund: &Fund, dice: &Dice) -> Vec<String> {
    let some = (0..dice.below(4)).map(|_| {
        let (kind, at) = (OF_PROJECT[dice.index(OF_PROJECT.len())], dice.index(fund.projects.len()));
        format!("budget.{kind}.project:p{at}")
    });
    let mut all: Vec<String> = some.collect();
    all.extend((0..2).filter(|_| dice.chance(3_000)).map(|group| format!("budget.paid.group:g{group}")));
    all.sort();
    all.dedup();
    all
}

/// The money of a project or group by every reading: only what is recorded has one.
fn of_scope(fund: &Fund, quantity: &str) -> Vec<Ratio> {
    let Some((kind, scope)) = quantity.trim_start_matches("budget.").split_once('.') else {
        return Vec::new();
    };
    let money =
        |hundreds: Option<i64>| hundreds.map(|hundreds| Fund::ratio(hundreds, 100)).into_iter().collect();
    let above_zero = |hundreds: i64| Some(hundreds).filter(|hundreds| *hundreds > 0);
    let at = |prefix: &str| scope.strip_prefix(prefix).and_then(|at| at.parse::<usize>().ok());
    if let Some(group) = at("group:g") {
        return money(fund.paid_in(group));
    }
    let Some(at) = at("project:p") else { return Vec::new() };
    let project = &fund.projects[at];
    let (up, down) = (fund.moved_in(at, true), fund.moved_in(at, false));
    let allocated = above_zero(fund.allocated(at));
    let has_budget = allocated.is_some() || up.is_some() || down.is_some();
    let adjusted = has_budget.then_some(project.paid + project.unspent);
    match kind {
        "arranged" => [money(allocated), money(adjusted)].concat(),
        "paid" => money(above_zero(project.paid)),
        "unspent" => money(above_zero(project.paid).and(adjusted).map(|_| project.unspent)),
        "unspent_explained" => money(above_zero(project.explained)),
        "adjustment_increase" => money(up),
        "adjustment_decrease" => money(down),
        _ => Vec::new(),
    }
}

/// Every value of a quantity in the unit that the report writes it in: a percentage, 万元, points. None where only the report
/// says it.
pub fn readings(fund: &Fund, quantity: &str) -> Vec<Ratio> {
    let money = |hundreds: i64| vec![Fund::ratio(hundreds, 100)];
    let count = |count: usize| vec![Ratio::new(count as i128, 1)];
    let points = |points: Option<i64>| points.map(|points| Fund::ratio(points, 1_000));
    let percent = |above: i64, below: i64| Fund::ratio(above, below).times(100);
    let carried = fund.projects.iter().filter(|project| project.is_carried());
    let of = |origin: Origin| count(carried.clone().filter(|project| project.origin == origin).count());
    let removed = fund.projects.iter().filter(|project| project.membership == Membership::Removed).count();
    let (original, up, down) = (fund.original(), fund.moved(true), fund.moved(false));
    match quantity {
        "budget.original" => money(original),
        "budget.adjustment_increase" => money(up),
        "budget.adjustment_decrease" => money(down),
        "budget.adjusted" | "budget.received" => money(fund.adjusted()),
        "budget.expenditure" => money(fund.paid()),
        "budget.unspent" => money(fund.adjusted() - fund.paid()),
        // Nothing explained is nothing recorded.
        "budget.unspent_explained" if fund.explained() == 0 => Vec::new(),
        "budget.unspent_explained" => money(fund.explained()),
        "budget.adjustment_rate" => {
            [down, up + down, (up - down).abs(), up - down].map(|moved| percent(moved, original)).into()
        }
        "budget.adjustment_rate.gross" => vec![percent(up + down, original)],
        "budget.adjustment_rate.net" => vec![percent((up - down).abs(), original)],
        "budget.adjustment_rate.cuts_only" => vec![percent(down, original)],
        "budget.execution_rate" => {
            [fund.adjusted(), fund.adjusted(), original].map(|below| percent(fund.paid(), below)).into()
        }
        "budget.execution_rate.original" => vec![percent(fund.paid(), original)],
        "projects.total" => count(carried.count()),
        "projects.start_of_year" => {
            let before = |project: &&Project| project.origin != Origin::NewInYear;
            let over = |project: &&Project| project.origin == Origin::TakenOver;
            let there = carried.clone().filter(before).count() + removed;
            [count(there), count(there - carried.filter(over).count())].concat()
        }
        "projects.own" => of(Origin::StartOfYear),
        "projects.taken_over" => of(Origin::TakenOver),
        "projects.new" => of(Origin::NewInYear),
        "projects.other_agencies" => of(Origin::OtherAgency),
        "projects.removed" => count(removed),
        "filings.contract_filing.not_filed" => {
            count(carried.filter(|project| project.contract == Some(false)).count())
        }
        _ => {
            let (room, node) = quantity.split_once('.').unwrap_or_default();
            match room {
                "score" => fund.points(node).into_iter().filter_map(points).collect(),
                "deduction" => {
                    let left = |own: Option<i64>| own.map(|own| fund.weight(node) - own);
                    fund.points(node).into_iter().filter_map(|own| points(left(own))).collect()
                }
                "weight" => {
                    let filled = |level: TargetLevel| {
                        fund.of_level(Some(level)).map(|target| target.weight).sum::<i64>()
                    };
                    let rows: i64 = match node {
                        "targets" => filled(TargetLevel::Overall) + filled(TargetLevel::Detail),
                        "targets.overall" => filled(TargetLevel::Overall),
                        _ => fund.weight(node),
                    };
                    [fund.weight(node), rows].map(|weight| Fund::ratio(weight, 1_000)).into()
                }
                "targets" => targets(fund, node),
                "budget" => of_scope(fund, quantity),
                _ => Vec::new(),
            }
        }
    }
}

/// What a rate of several definitions may be of, and a whole be made of besides.
pub fn divided_by(rate: &str) -> &'static [&'static str] {
    match rate {
        "budget.execution_rate" => &["budget.adjusted", "budget.received", "budget.original"],
        "budget.adjustment_rate" => {
            &["budget.original", "budget.adjustment_increase", "budget.adjustment_decrease"]
        }
        "projects.total" => &["projects.taken_over"],
        _ => &[],
    }
}

fn targets(fund: &Fund, what: &str) -> Vec<Ratio> {
    let (level, part) = match what.split_once('.') {
        Some(("overall", part)) => (Some(TargetLevel::Overall), part),
        Some((_, part)) => (Some(TargetLevel::Detail), part),
        None => (None, what),
    };
    let number = |count: usize| count as i128;
    let total = number(fund.of_level(level).count());
    let met = number(fund.of_level(level).filter(|target| fund.is_met(target)).count());
    let is_full = |target: &&super::fund::Target| target.self_score.is_some_and(|own| own >= target.weight);
    let full = number(fund.of_level(level).filter(is_full).count());
    match part {
        "total" => vec![Ratio::new(total, 1)],
        "attained" => [met, full].map(|count| Ratio::new(count, 1)).into(),
        _ => [met, full].map(|count| Ratio::new(count, total).times(100)).into(),
    }
}

/// Whether the facts give a figure: `None` where only the report says it, else whether one of the readings does, or would
/// when cut off.
pub fn is_right(fund: &Fund, claim: &Claim) -> Option<bool> {
    let readings = readings(fund, &claim.quantity);
    (!readings.is_empty()).then(|| readings.iter().any(|value| value.gives(&claim.stated).is_some()))
}
