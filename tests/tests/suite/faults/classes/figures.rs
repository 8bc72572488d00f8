//! Faults of figures that a report states.

use jixiao_events::registry::{Origin, ProjectState};

use super::super::exact::{exactly, read};
use super::super::fund::{Claim, Fund};
use super::super::report::{is_right, readings};
use super::super::world::node_subject;
use super::{Expected, pick};
use crate::sim::random::Dice;

/// A figure that is off by a few units of its last digit, the same wherever it is stated.
pub fn stated_wrong(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.report, |claim| is_right(fund, claim).is_some())?;
    let Claim { quantity, stated, .. } = fund.report[at].clone();
    let wrong = if quantity.contains("_rate") { far(&stated) } else { off(dice, &stated, 1) };
    for claim in fund.report.iter_mut().filter(|claim| claim.quantity == quantity) {
        claim.stated.clone_from(&wrong);
    }
    (is_right(fund, &fund.report[at]) == Some(false)).then(|| Expected::figure(&quantity))
}

/// The payments of a fund less those of one project.
pub fn project_left_out(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.projects, |project| project.paid > 1_000)?;
    let paid = fund.paid() - fund.projects[at].paid;
    restate(
        fund,
        "budget.expenditure",
        &Fund::ratio(paid, 100).write(2),
        "scope_money",
        &format!("project:p{at}"),
    )
}

/// The payments of a fund less those of the projects that are under way still.
pub fn state_left_out(fund: &mut Fund, _: &Dice) -> Option<Expected> {
    let of =
        fund.projects.iter().filter(|project| project.state == ProjectState::InProgress && project.paid > 0);
    let (count, left_out) = of.fold((0, 0), |(count, sum), project| (count + 1, sum + project.paid));
    (count >= 2).then_some(())?;
    let paid = Fund::ratio(fund.paid() - left_out, 100).write(2);
    restate(fund, "budget.expenditure", &paid, "subset", "state:in_progress")
}

/// Two neighbouring digits in each other's place.
pub fn digits_transposed(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let quantity = "budget.original";
    let stated = fund.report.iter().find(|claim| claim.quantity == quantity)?.stated.clone();
    let (figure, decimals) = read(&stated);
    let mut digits: Vec<char> = figure.to_string().chars().collect();
    let at = 1 + dice.index(digits.len() - 1);
    (digits[at - 1] != digits[at] && (at > 1 || digits[at] != '0')).then_some(())?;
    digits.swap(at - 1, at);
    // A last zero is not kept with a figure.
    (decimals == 0 || digits.last() != Some(&'0')).then_some(())?;
    let figure = digits.into_iter().collect::<String>().parse().unwrap();
    restate(fund, quantity, &exactly(figure, decimals), "transposed_digits", quantity)
}

/// A figure in 元 that is called 万元, or the other way round.
pub fn unit_slipped(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let quantity = "budget.adjusted";
    let adjusted = fund.adjusted();
    let figure = if dice.chance(5_000) {
        Fund::ratio(adjusted, 100).times(10_000).write(0)
    } else {
        Fund::ratio(adjusted, 1_000_000).write(6)
    };
    restate(fund, quantity, &figure, "unit_slip", quantity)
}

/// The projects that left counted with those that are there.
pub fn removed_counted(fund: &mut Fund, _: &Dice) -> Option<Expected> {
    let removed = fund.projects.iter().filter(|project| !project.is_carried()).count();
    (removed > 0).then_some(())?;
    let all = fund.projects.len().to_string();
    restate(fund, "projects.total", &all, "subset", "membership:removed")
}

/// All targets where those of one level belong.
pub fn level_counted(fund: &mut Fund, _: &Dice) -> Option<Expected> {
    let all = fund.targets.len().to_string();
    restate(fund, "targets.detail.total", &all, "subset", "targets.overall")
}

/// Points that no part of a group has, counted as earned.
pub fn unallocated_counted(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.indicators, |one| {
        one.weight > 1_000 && one.is_manual && one.self_score == one.weight
    })?;
    let indicator = &mut fund.indicators[at];
    indicator.weight -= 500;
    indicator.self_score -= 500;
    let (group, _) = indicator.node.rsplit_once('.')?;
    fund.as_published.push(group);
    let mut expected = Expected::must("weights_not_group", node_subject(group));
    for quantity in ["score.total", "score.management"] {
        let is_wrong = |claim: &Claim| claim.quantity == quantity && is_right(fund, claim) == Some(false);
        if fund.report.iter().any(is_wrong) {
            expected = expected.cause(quantity, "unallocated_weight", group);
        }
    }
    (!expected.causes.is_empty()).then_some(expected)
}

/// States a quantity otherwise wherever it is stated; a hypothesis has to say why.
fn restate(
    fund: &mut Fund,
    quantity: &str,
    stated: &str,
    kind: &'static str,
    about: &str,
) -> Option<Expected> {
    for claim in fund.report.iter_mut().filter(|claim| claim.quantity == quantity) {
        stated.clone_into(&mut claim.stated);
    }
    let claim = fund.report.iter().find(|claim| claim.quantity == quantity)?;
    (is_right(fund, claim) == Some(false)).then(|| Expected::figure(quantity).cause(quantity, kind, about))
}

/// A manual score that changed after the report was written: its node and all above it are stated wrongly, while the
/// report agrees with itself.
pub fn judged_after_the_report(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.indicators, |one| one.is_manual && one.self_score == one.weight)?;
    fund.indicators[at].self_score -= 500;
    let is_told = fund.report.iter().any(|claim| is_right(fund, claim) == Some(false));
    is_told.then(Expected::default)
}

/// A rate that is cut off instead of rounded: said, but no mismatch.
pub fn cut_off(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let is_one = |claim: &Claim| claim.unit == Some("%") && readings(fund, &claim.quantity).len() == 1;
    let at = pick(dice, &fund.report, is_one)?;
    let quantity = fund.report[at].quantity.clone();
    let (_, decimals) = read(&fund.report[at].stated);
    let cut = readings(fund, &quantity).first()?.write_cut(decimals)?;
    for claim in fund.report.iter_mut().filter(|claim| claim.quantity == quantity) {
        claim.stated.clone_from(&cut);
    }
    let mut expected = Expected::figure(&quantity);
    expected.cut.insert(quantity);
    Some(expected)
}

/// A figure that is stated a second time, otherwise.
pub fn stated_twice(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    // A rate may be another one by name; what is rounded may stand for the same.
    let is_sharp = |claim: &Claim| !claim.quantity.contains("_rate");
    let at = pick(dice, &fund.report, is_sharp)?;
    let mut other = fund.report[at].clone();
    // One unit away both may be the same before rounding.
    other.stated = off(dice, &other.stated, 2);
    "600".clone_into(&mut other.place);
    let quantity = other.quantity.clone();
    fund.report.push(other);
    Some(Expected::figure(&quantity).relation("stated_twice", &quantity))
}

/// The rate of what is attained, too high for the counts that it is made of.
pub fn rate_not_reproduced(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let rooms = ["targets", "targets.detail"];
    let room = rooms[dice.index(rooms.len())];
    let is_stated = |part: &str| fund.report.iter().any(|claim| claim.quantity == format!("{room}.{part}"));
    let rate = format!("{room}.attainment_rate");
    (is_stated("attained") && is_stated("total") && is_stated("attainment_rate")).then_some(())?;
    let stated = fund.report.iter().find(|claim| claim.quantity == rate)?.stated.clone();
    let wrong = more(dice, &stated);
    for claim in fund.report.iter_mut().filter(|claim| claim.quantity == rate) {
        claim.stated.clone_from(&wrong);
    }
    Some(Expected::figure(&rate).relation("rate_not_reproduced", &rate))
}

/// A rate that the scheme declares, of figures that no fact computes.
pub fn share_not_reproduced(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let claim = fund.report.iter_mut().find(|claim| claim.quantity == "data.share")?;
    claim.stated = more(dice, &claim.stated);
    Some(Expected::figure("data.share").relation("rate_not_reproduced", "data.share"))
}

/// A sum of points that is not the sum of its parts.
pub fn parts_not_whole(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let wholes: [(&str, &[&str]); 4] = [
        ("score.total", &["score.management", "score.targets"]),
        ("score.targets", &["score.targets.overall", "score.targets.detail"]),
        ("targets.total", &["targets.overall.total", "targets.detail.total"]),
        ("budget.unspent", &["budget.adjusted", "budget.expenditure"]),
    ];
    let (whole, parts) = wholes[dice.index(wholes.len())];
    let is_stated = |quantity: &str| fund.report.iter().any(|claim| claim.quantity == quantity);
    (is_stated(whole) && parts.iter().all(|part| is_stated(part))).then_some(())?;
    for claim in fund.report.iter_mut().filter(|claim| claim.quantity == whole) {
        // More than what rounding may leave between a sum and its parts.
        let (figure, decimals) = read(&claim.stated);
        claim.stated = exactly(figure + 10 * 10_i128.pow(decimals), decimals);
    }
    Some(Expected::figure(whole).relation("parts_not_whole", whole))
}

/// A sum that the scheme declares, of figures that no fact computes.
pub fn data_not_whole(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let claim = fund.report.iter_mut().find(|claim| claim.quantity == "data.total")?;
    let (figure, decimals) = read(&claim.stated);
    claim.stated = exactly(figure + i128::from(dice.between(10, 300)), decimals);
    Some(Expected::figure("data.total").relation("parts_not_whole", "data.total"))
}

/// "So many projects, of which … and …": what is left over is missing. A fund's own from the start of the year need not be
/// named.
pub fn part_left_out(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let has_own = fund.projects.iter().any(|one| one.is_carried() && one.origin == Origin::StartOfYear);
    (!has_own).then_some(())?;
    let parts = ["projects.taken_over", "projects.new", "projects.other_agencies"];
    let left_out = parts[dice.index(parts.len())];
    let is_there = fund.report.iter().any(|claim| claim.quantity == left_out && claim.stated != "0");
    is_there.then_some(())?;
    fund.report.retain(|claim| claim.quantity != left_out);
    for claim in fund
        .report
        .iter_mut()
        .filter(|claim| claim.quantity == "projects.total" || parts.contains(&&*claim.quantity))
    {
        "700".clone_into(&mut claim.place);
    }
    fund.report.dedup();
    let is_stated = |quantity: &str| fund.report.iter().any(|claim| claim.quantity == quantity);
    let all = parts.into_iter().filter(|part| *part != left_out).chain(["projects.total"]).all(is_stated);
    all.then(|| Expected::figure("projects.total").relation("parts_not_whole", "projects.total"))
}

/// A figure at least so many units of its last digit away.
fn off(dice: &Dice, stated: &str, least: u64) -> String {
    let (figure, decimals) = read(stated);
    let by = i128::from(dice.between(least, 20));
    let is_down = figure > by && dice.chance(5_000);
    exactly(if is_down { figure - by } else { figure + by }, decimals)
}

/// A rate twenty points away: what is stated of the money that it divides may be rounded by a few.
fn far(stated: &str) -> String {
    let (figure, decimals) = read(stated);
    exactly(figure + 20 * 10_i128.pow(decimals), decimals)
}

/// A figure two to twenty units of its last digit higher.
fn more(dice: &Dice, stated: &str) -> String {
    let (figure, decimals) = read(stated);
    exactly(figure + i128::from(dice.between(2, 20)), decimals)
}
