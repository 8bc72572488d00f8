//! A fund as the generator knows it: plain figures in whole numbers, and what they come to by arithmetic of its own.

use jixiao_events::registry::{Membership, Origin, ProjectState};
use jixiao_events::targets::TargetLevel;

use super::exact::Ratio;
use super::papers::Papers;
use crate::sim::random::Dice;

/// A thousandth of a point.
pub type Points = i64;

/// A hundred yuan: a hundredth of 万元.
pub type Hundreds = i64;

#[derive(Debug, Clone)]
pub struct Fund {
    pub adjustments: Vec<Adjustment>,
    pub projects: Vec<Project>,
    pub targets: Vec<Target>,
    pub indicators: Vec<Indicator>,
    /// The weights of the groups as the scheme states them, the root of a path before what is below it.
    pub groups: Vec<(&'static str, Points)>,
    /// The groups that the form does not fill.
    pub as_published: Vec<&'static str>,
    /// Statements of changed targets: project, value now, value before.
    pub changes: Vec<(usize, i64, i64)>,
    /// The projects and the groups whose misses a reason explains as a whole.
    pub reasons: (Vec<usize>, Vec<usize>),
    /// The bounds of findings that the scheme states, as lines of its file.
    pub bounds: Vec<String>,
    pub is_closed: bool,
    pub report: Vec<Claim>,
    pub papers: Papers,
}

#[derive(Debug, Clone)]
pub struct Adjustment {
    pub project: usize,
    pub is_up: bool,
    pub amount: Hundreds,
    pub approver: Option<&'static str>,
    pub on: &'static str,
}

#[derive(Debug, Clone)]
pub struct Project {
    pub origin: Origin,
    pub state: ProjectState,
    pub membership: Membership,
    pub group: Option<usize>,
    pub paid: Hundreds,
    /// What is unspent, all of it with a reason.
    pub unspent: Hundreds,
    pub explained: Hundreds,
    /// Whether its contract is filed; `None` where nothing is asked for.
    pub contract: Option<bool>,
    pub acceptance: Option<bool>,
    pub dates: Dates,
}

/// When a project came to what, where that is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dates {
    pub approved: Option<&'static str>,
    pub contracted: Option<&'static str>,
    pub accepted: Option<&'static str>,
    /// When its tender was noticed and opened.
    pub tender: Option<(&'static str, &'static str)>,
    /// When it was paid; `None`: in the year.
    pub paid: Option<&'static str>,
    pub is_paid_last: bool,
    /// Whether its money was split between two agencies.
    pub is_split: bool,
}

impl Target {
    /// Whether it was missed, so that somebody has to say why.
    pub fn is_missed(&self) -> bool {
        let Some(actual) = self.actual else { return true };
        self.unit == self.actual_unit && !self.meets.holds(self.value, actual)
    }
}

impl Project {
    pub fn has_started(&self) -> bool {
        self.state != ProjectState::NotStarted
    }

    pub fn is_carried(&self) -> bool {
        self.membership == Membership::InFund
    }
}

/// Which actuals meet a target of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meets {
    AtLeast,
    AtMost,
    Equal,
    /// From the value to so many above it.
    Between(i64),
    /// Days of 2019, as [`day`] writes them.
    ByDate,
    /// The value is 1 for yes and 0 for no.
    YesNo,
    /// A level in words.
    Words,
}

impl Meets {
    /// Whether it is compared as a number, so that it has a unit.
    pub fn is_number(self) -> bool {
        !matches!(self, Self::ByDate | Self::YesNo | Self::Words)
    }

    fn holds(self, value: i64, actual: i64) -> bool {
        match self {
            Self::AtLeast => actual >= value,
            Self::AtMost | Self::ByDate => actual <= value,
            Self::Equal | Self::YesNo => actual == value,
            Self::Between(width) => (value..=value + width).contains(&actual),
            // Only a person can say.
            Self::Words => false,
        }
    }
}

/// A day of the year, in months of 28 days.
pub fn day(of_year: i64) -> String {
    format!("2019-{:02}-{:02}", of_year / 28 % 12 + 1, of_year % 28 + 1)
}

#[derive(Debug, Clone)]
pub struct Target {
    pub level: TargetLevel,
    pub project: Option<usize>,
    pub weight: Points,
    pub meets: Meets,
    pub value: i64,
    /// What it was before it was revised.
    pub before: Option<i64>,
    pub unit: Option<&'static str>,
    pub actual: Option<i64>,
    pub actual_unit: Option<&'static str>,
    pub self_score: Option<Points>,
    pub is_explained: bool,
    /// What was reached of it the year before.
    pub baseline: Option<i64>,
    /// The target whose name it has too.
    pub named_as: Option<usize>,
    /// Whether it was scored before it was revised.
    pub is_scored_first: bool,
    /// The days that its actual is of and that its revision counts from; `None`: the year, and not stated.
    pub days: Option<(&'static str, &'static str)>,
}

#[derive(Debug, Clone)]
pub struct Indicator {
    pub node: &'static str,
    pub weight: Points,
    pub self_score: Points,
    /// Whether its self-score is its score.
    pub is_manual: bool,
}

/// A figure of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub quantity: String,
    pub stated: String,
    pub unit: Option<&'static str>,
    pub place: String,
}

impl Fund {
    /// A consistent fund and its report.
    pub fn random(dice: &Dice) -> Self {
        let projects = projects(dice);
        let (groups, indicators) = form(dice);
        let weight =
            |name: &str| groups.iter().find(|(group, _)| *group == name).map_or(0, |(_, points)| *points);
        let mut targets = Vec::new();
        for (level, name) in
            [(TargetLevel::Overall, "targets.overall"), (TargetLevel::Detail, "targets.detail")]
        {
            let count = if level == TargetLevel::Overall { dice.between(1, 5) } else { dice.between(6, 24) };
            for weight in split(dice, weight(name) / 10, count) {
                targets.push(target(dice, level, weight * 10, &projects));
            }
        }
        let started: Vec<usize> = (0..projects.len())
            .filter(|at| projects[*at].has_started() && projects[*at].is_carried())
            .collect();
        let adjustments = (0..dice.between(1, 4)).map(|at| Adjustment {
            project: started[dice.index(started.len())],
            is_up: at % 2 == 0,
            amount: i64::try_from(dice.between(1, 400)).unwrap(),
            approver: Some("市财政局"),
            on: "2019",
        });
        let mut fund = Self {
            adjustments: adjustments.collect(),
            projects,
            targets,
            indicators,
            groups,
            as_published: Vec::new(),
            changes: Vec::new(),
            reasons: (Vec::new(), Vec::new()),
            bounds: Vec::new(),
            is_closed: dice.chance(5_000),
            report: Vec::new(),
            papers: Papers::default(),
        };
        // What an increase brings is spent.
        for increase in fund.adjustments.iter().filter(|one| one.is_up) {
            let project = &mut fund.projects[increase.project];
            project.paid += std::mem::take(&mut project.unspent);
            project.explained = 0;
        }
        fund.explain_as_a_whole(dice);
        for at in 0..fund.indicators.len() {
            let ruled = fund.ruled(&fund.indicators[at]);
            let indicator = &mut fund.indicators[at];
            let is_lower = indicator.is_manual && dice.chance(2_500);
            indicator.self_score = if is_lower { indicator.weight / 2 } else { ruled };
        }
        let is_changed = |target: &Target| target.before.is_some() && target.project.is_some();
        if let Some(at) = fund.targets.iter().position(is_changed) {
            let target = &fund.targets[at];
            fund.changes.push((target.project.unwrap(), target.value, target.before.unwrap()));
        }
        fund.report = super::report::write(&fund, dice);
        // A stream of its own: what papers say changes nothing of the fund, nor of how it is broken.
        let own = Dice::new(u64::try_from(fund.adjusted()).unwrap());
        fund.papers = Papers::random(&own, &fund.targets);
        fund
    }

    /// Gives some reasons for whole projects and groups instead of their targets.
    fn explain_as_a_whole(&mut self, dice: &Dice) {
        let missed = |project: &Project| project.is_carried() && dice.chance(2_500);
        let of_projects: Vec<usize> =
            (0..self.projects.len()).filter(|at| missed(&self.projects[*at])).collect();
        let of_groups: Vec<usize> = (0..2).filter(|_| dice.chance(3_000)).collect();
        self.reasons = (of_projects, of_groups);
        for at in 0..self.targets.len() {
            if self.is_explained_as_a_whole(&self.targets[at]) {
                self.targets[at].is_explained = false;
            }
        }
    }

    fn is_explained_as_a_whole(&self, target: &Target) -> bool {
        let (projects, groups) = &self.reasons;
        target.project.is_some_and(|project| {
            let group = self.projects[project].group;
            projects.contains(&project) || group.is_some_and(|group| groups.contains(&group))
        })
    }

    /// Whether somebody says why a target is missed.
    pub fn is_explained(&self, target: &Target) -> bool {
        target.is_explained || self.is_explained_as_a_whole(target)
    }

    pub fn moved(&self, is_up: bool) -> Hundreds {
        self.adjustments.iter().filter(|one| one.is_up == is_up).map(|one| one.amount).sum()
    }

    /// What the adjustments of one direction moved in a project; `None` where there is none.
    pub fn moved_in(&self, at: usize, is_up: bool) -> Option<Hundreds> {
        let of = self.adjustments.iter().filter(|one| one.project == at && one.is_up == is_up);
        of.map(|one| one.amount).reduce(|sum, amount| sum + amount)
    }

    /// What is said to be paid in a group of projects; `None` for one without projects.
    pub fn paid_in(&self, group: usize) -> Option<Hundreds> {
        let of = self.projects.iter().filter(|project| project.group == Some(group));
        of.map(|project| project.paid).reduce(|sum, paid| sum + paid)
    }

    pub fn adjusted(&self) -> Hundreds {
        self.projects.iter().map(|project| project.paid + project.unspent).sum()
    }

    pub fn original(&self) -> Hundreds {
        self.adjusted() - self.moved(true) + self.moved(false)
    }

    /// What a project was given at the start of the year.
    pub fn allocated(&self, at: usize) -> Hundreds {
        let net = |one: &Adjustment| if one.is_up { one.amount } else { -one.amount };
        let moved: Hundreds = self.adjustments.iter().filter(|one| one.project == at).map(net).sum();
        self.projects[at].paid + self.projects[at].unspent - moved
    }

    pub fn paid(&self) -> Hundreds {
        self.projects.iter().map(|project| project.paid).sum()
    }

    pub fn explained(&self) -> Hundreds {
        self.projects.iter().map(|project| project.explained).sum()
    }

    pub fn started(&self, target: &Target) -> bool {
        target.project.is_none_or(|project| self.projects[project].has_started())
    }

    pub fn is_met(&self, target: &Target) -> bool {
        self.started(target)
            && target.unit == target.actual_unit
            && target.actual.is_some_and(|actual| target.meets.holds(target.value, actual))
    }

    /// What the steps of the scheme give a target: half from 60 %. `None` where it cannot be said.
    pub fn earned(&self, target: &Target) -> Option<Points> {
        if !self.started(target) {
            return Some(0);
        }
        let is_compared = target.unit == target.actual_unit && target.meets != Meets::Words;
        let actual = target.actual.filter(|_| is_compared)?;
        Some(if target.meets.holds(target.value, actual) {
            target.weight
        } else if target.meets == Meets::AtLeast && actual * 100 >= target.value * 60 {
            target.weight / 2
        } else {
            0
        })
    }

    pub fn of_level(&self, level: Option<TargetLevel>) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(move |target| level.is_none_or(|level| target.level == level))
    }

    /// The points below a node, and by the rules; `None` where a row has none.
    pub fn points(&self, node: &str) -> [Option<Points>; 2] {
        let below = |path: &str| node == "total" || path == node || path.starts_with(&format!("{node}."));
        let mut sums = [Some(0), Some(0)];
        let mut add = |own: Option<Points>, ruled: Option<Points>| {
            for (sum, points) in sums.iter_mut().zip([own, ruled]) {
                *sum = sum.zip(points).map(|(sum, points)| sum + points);
            }
        };
        for one in self.indicators.iter().filter(|one| below(one.node)) {
            let ruled = self.ruled(one);
            add(Some(one.self_score), Some(ruled));
        }
        for target in self.targets.iter().filter(|target| below(node_of(target.level))) {
            add(target.self_score, self.earned(target));
        }
        sums
    }

    /// The points of an indicator by its rule; a manual one's are its self-score's.
    pub fn ruled(&self, indicator: &Indicator) -> Points {
        match indicator.node {
            _ if indicator.is_manual => indicator.self_score.min(indicator.weight),
            "management.funds_use.adjustment_rate" => {
                let at_most = |percent: i64| self.moved(false) * 100 <= self.original() * percent;
                if at_most(5) { indicator.weight } else { 0 }
            }
            "management.funds_use.execution_rate" => {
                if self.paid() * 100 < self.adjusted() * 80 {
                    0
                } else {
                    indicator.weight
                }
            }
            _ => {
                let missing = self.projects.iter().filter(|one| one.contract == Some(false));
                indicator.weight - (i64::try_from(missing.count()).unwrap() * 500).min(indicator.weight)
            }
        }
    }

    pub fn weight(&self, node: &str) -> Points {
        let group = self.groups.iter().find(|(group, _)| *group == node).map(|(_, points)| *points);
        let indicator = || self.indicators.iter().find(|one| one.node == node).map(|one| one.weight);
        group.or_else(indicator).unwrap_or(100_000)
    }

    pub fn ratio(above: i64, below: i64) -> Ratio {
        Ratio::new(i128::from(above), i128::from(below))
    }
}

pub fn node_of(level: TargetLevel) -> &'static str {
    if level == TargetLevel::Overall { "targets.overall" } else { "targets.detail" }
}

fn projects(dice: &Dice) -> Vec<Project> {
    let count = dice.between(3, 12);
    // Some funds have projects of their own from the start of the year.
    let all = [Origin::TakenOver, Origin::NewInYear, Origin::OtherAgency, Origin::StartOfYear];
    let origins = if dice.chance(4_000) { &all[..] } else { &all[..3] };
    let mut projects: Vec<Project> = (0..count)
        .map(|at| {
            let state = match dice.below(5) {
                0 if at > 0 => ProjectState::NotStarted,
                1 => ProjectState::InProgress,
                _ => ProjectState::Accepted,
            };
            let has_started = state != ProjectState::NotStarted;
            let arranged = i64::try_from(dice.between(10_000, 90_000)).unwrap();
            let unspent =
                if has_started { i64::try_from(dice.below(1_500)).unwrap() } else { arranged / 200 };
            let arranged = if has_started { arranged } else { unspent };
            Project {
                origin: origins[dice.index(origins.len())],
                state,
                membership: Membership::InFund,
                group: dice.chance(3_000).then(|| dice.index(2)),
                paid: arranged - unspent,
                unspent,
                explained: unspent,
                contract: has_started.then_some(true),
                acceptance: (state == ProjectState::Accepted).then_some(true),
                dates: Dates::default(),
            }
        })
        .collect();
    for _ in 0..dice.below(3) {
        let state = if dice.chance(5_000) { ProjectState::Removed } else { ProjectState::MovedToLaterYear };
        projects.push(Project {
            origin: Origin::StartOfYear,
            state,
            membership: Membership::Removed,
            group: None,
            paid: 0,
            unspent: 0,
            explained: 0,
            contract: None,
            acceptance: None,
            dates: Dates::default(),
        });
    }
    projects
}

/// The form: its groups and its indicators, all full.
fn form(dice: &Dice) -> (Vec<(&'static str, Points)>, Vec<Indicator>) {
    let some = |least: u64, most: u64| i64::try_from(dice.between(least, most)).unwrap() * 1_000;
    let overall = some(5, 20);
    let detail = some(25, 50);
    let left = 100_000 - overall - detail;
    let nodes: [(&str, bool); 8] = [
        ("management.funds_use.adjustment_rate", false),
        ("management.funds_use.execution_rate", false),
        ("management.funds_use.compliance", true),
        ("management.operation.support_measures", true),
        ("management.operation.procedures", true),
        ("management.operation.tracking", false),
        ("management.target_setting.reasonableness", true),
        ("management.target_setting.clarity", true),
    ];
    let weights = split(dice, left / 1_000, nodes.len() as u64);
    let indicators: Vec<Indicator> = nodes
        .into_iter()
        .zip(weights)
        .map(|((node, is_manual), weight)| {
            let weight = weight * 1_000;
            Indicator { node, weight, self_score: weight, is_manual }
        })
        .collect();
    let of = |group: &str| {
        let below = indicators.iter().filter(|one| one.node.starts_with(group));
        below.map(|one| one.weight).sum::<Points>()
    };
    let groups = vec![
        ("management", left),
        ("management.funds_use", of("management.funds_use.")),
        ("management.operation", of("management.operation.")),
        ("management.target_setting", of("management.target_setting.")),
        ("targets", overall + detail),
        ("targets.overall", overall),
        ("targets.detail", detail),
    ];
    (groups, indicators)
}

fn target(dice: &Dice, level: TargetLevel, weight: Points, projects: &[Project]) -> Target {
    const UNITS: [&str; 5] = ["个", "家", "万人次", "%", "项"];
    let carried: Vec<usize> = (0..projects.len()).filter(|at| projects[*at].is_carried()).collect();
    let project = (level == TargetLevel::Detail).then(|| carried[dice.index(carried.len())]);
    let has_started = project.is_none_or(|project| projects[project].has_started());
    let meets = match dice.below(12) {
        // What never started has reached nothing, which only meets what asks for little.
        _ if !has_started => Meets::AtLeast,
        0 => Meets::AtMost,
        1 => Meets::Equal,
        2 => Meets::Between(i64::try_from(dice.between(1, 20)).unwrap()),
        3 => Meets::ByDate,
        4 => Meets::YesNo,
        _ => Meets::AtLeast,
    };
    let value = match meets {
        Meets::ByDate => i64::try_from(dice.between(20, 300)).unwrap(),
        Meets::YesNo => i64::try_from(dice.below(2)).unwrap(),
        _ => i64::try_from(dice.between(5, 500)).unwrap(),
    };
    let some = |most: u64| i64::try_from(dice.below(most)).unwrap();
    let actual = match (meets, dice.below(4)) {
        _ if !has_started => 0,
        (Meets::AtLeast, 0) => value * (60 + some(40)) / 100,
        (Meets::AtLeast, 1) => value * some(60) / 100,
        (Meets::AtLeast, _) => value + some(50),
        (Meets::AtMost | Meets::ByDate, 0) => value + 1 + some(20),
        (Meets::AtMost | Meets::ByDate, _) => value - some(5),
        (Meets::Equal, 0) => value - 1 - some(4),
        (Meets::Between(width), 0) => value + width + 1 + some(9),
        (Meets::YesNo, 0) => 1 - value,
        (Meets::Between(width), _) => value + some(u64::try_from(width).unwrap()),
        (Meets::Equal | Meets::YesNo | Meets::Words, _) => value,
    };
    let unit = meets.is_number().then(|| UNITS[dice.index(UNITS.len())]);
    let is_revised = meets == Meets::AtLeast && dice.chance(1_500);
    let is_met = has_started && meets.holds(value, actual);
    let is_half = has_started && meets == Meets::AtLeast && !is_met && actual * 100 >= value * 60;
    Target {
        level,
        project,
        weight,
        meets,
        value,
        before: is_revised.then_some(value - 1),
        unit,
        actual: Some(actual),
        actual_unit: unit,
        self_score: Some(if is_met {
            weight
        } else if is_half {
            weight / 2
        } else {
            0
        }),
        is_explained: !is_met,
        baseline: None,
        named_as: None,
        is_scored_first: false,
        days: None,
    }
}

/// A whole in so many parts, each above zero.
fn split(dice: &Dice, whole: i64, count: u64) -> Vec<i64> {
    let mut left = whole;
    (0..count)
        .map(|at| {
            let others = i64::try_from(count - at - 1).unwrap();
            let most = u64::try_from(left - others).unwrap();
            let fair = u64::try_from(left / (others + 1)).unwrap();
            let part = if others == 0 {
                left
            } else {
                i64::try_from(dice.between(1, most.min(fair * 2).max(1))).unwrap()
            };
            left -= part;
            part
        })
        .collect()
}
