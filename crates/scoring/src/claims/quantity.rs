//! The vocabulary: what a claim may be about, and what it is measured in.
//!
//! `docs/claims.md` explains every term; a test holds the two together.

use jixiao_events::budget::{Denominator, Reading as Rate};
use jixiao_events::scoring::{CountQuantity, MoneyQuantity};
use jixiao_events::targets::TargetLevel;

use super::rounding::Unit;

/// A term of the vocabulary as documented. A part in capitals stands for what a claim names.
pub const VOCABULARY: &[&str] = &[
    "budget.original",
    "budget.adjustment_increase",
    "budget.adjustment_decrease",
    "budget.adjusted",
    "budget.received",
    "budget.expenditure",
    "budget.unspent",
    "budget.refunded",
    "budget.unspent_explained",
    "budget.adjustment_rate",
    "budget.adjustment_rate.gross",
    "budget.adjustment_rate.net",
    "budget.adjustment_rate.signed_net",
    "budget.adjustment_rate.cuts_only",
    "budget.execution_rate",
    "budget.execution_rate.adjusted",
    "budget.execution_rate.received",
    "budget.execution_rate.original",
    "budget.arranged.SCOPE",
    "budget.paid.SCOPE",
    "budget.unspent.SCOPE",
    "budget.unspent_explained.SCOPE",
    "budget.adjustment_increase.SCOPE",
    "budget.adjustment_decrease.SCOPE",
    "budget.before_split.SCOPE",
    "budget.split.SCOPE:AGENCY",
    "projects.total",
    "projects.start_of_year",
    "projects.own",
    "projects.taken_over",
    "projects.new",
    "projects.other_agencies",
    "projects.removed",
    "filings.missing",
    "filings.contract_filing.not_filed",
    "filings.acceptance.not_filed",
    "targets.total",
    "targets.attained",
    "targets.attainment_rate",
    "targets.overall.total",
    "targets.overall.attained",
    "targets.overall.attainment_rate",
    "targets.detail.total",
    "targets.detail.attained",
    "targets.detail.attainment_rate",
    "targets.unmet_overall_only:NAME",
    "target.actual:NAME",
    "score.NODE",
    "weight.NODE",
    "deduction.NODE",
];

/// A known quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quantity {
    /// A sum of the fund's money.
    Money(MoneyQuantity),
    /// Original plus increases less decreases.
    Adjusted,
    /// What is not paid of the adjusted budget.
    Unspent,
    /// How much of the budget moved; by one definition, or by whichever fits.
    AdjustmentRate(Option<Rate>),
    /// How much of the budget is paid.
    ExecutionRate(Option<Denominator>),
    /// Money of a project or group.
    Scope(ScopeMoney),
    /// Projects.
    Projects(Projects),
    /// Projects that lack a filing.
    NotFiled(CountQuantity),
    /// Targets of a level, or of both.
    Targets(Option<TargetLevel>, Part),
    /// How many overall targets are unmet, the named one alone.
    OnlyUnmet(String),
    /// What a named target reached.
    Actual(String),
    /// The points of a node.
    Score(String),
    /// The weight of a node.
    Weight(String),
    /// The weight of a node less its points.
    Deduction(String),
}

/// Money of a project or group: `budget.split.project:ID:AGENCY`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScopeMoney {
    /// Which money: `unspent`.
    pub kind: ScopeKind,
    /// Whose: `project:top-level-design`, `group:new-2019`.
    pub scope: String,
    /// The agency that got a part of a split.
    pub agency: Option<String>,
}

/// The quantity's name.
impl std::fmt::Display for ScopeMoney {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "budget.{}.{}", <&str>::from(self.kind), self.scope)?;
        self.agency.iter().try_for_each(|agency| write!(f, ":{agency}"))
    }
}

/// Which money of a project or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ScopeKind {
    /// Arranged for it.
    Arranged,
    /// Paid for it.
    Paid,
    /// Arranged and not paid.
    Unspent,
    /// Unspent and explained.
    UnspentExplained,
    /// Adjustments up.
    AdjustmentIncrease,
    /// Adjustments down.
    AdjustmentDecrease,
    /// What it had before it was split between agencies.
    BeforeSplit,
    /// What one agency got of it.
    Split,
}

/// A count of projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projects {
    /// That the fund carries.
    Total,
    /// That it carried at the start of the year.
    StartOfYear,
    /// Its own since the start of the year.
    Own,
    /// Taken over from another agency.
    TakenOver,
    /// New in the year.
    New,
    /// Carried out by other agencies.
    OtherAgencies,
    /// That left within the year.
    Removed,
}

/// What of the targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// How many there are.
    Total,
    /// How many are attained.
    Attained,
    /// Attained by all.
    Rate,
}

impl Quantity {
    /// A quantity by its name; `None` for what the vocabulary does not have.
    pub fn parse(name: &str) -> Option<Self> {
        if let Ok(money) = name.parse() {
            return Some(Self::Money(money));
        }
        if let Some((name, target)) = name.split_once(':')
            && let Some(target) = Some(target.trim()).filter(|target| !target.is_empty())
        {
            match name {
                "targets.unmet_overall_only" => return Some(Self::OnlyUnmet(target.to_owned())),
                "target.actual" => return Some(Self::Actual(target.to_owned())),
                _ => {}
            }
        }
        let (room, rest) = name.split_once('.')?;
        let node = || rest.parse::<jixiao_events::IndicatorId>().ok().map(|node| node.to_string());
        match room {
            "budget" => budget(rest),
            "projects" => Some(Self::Projects(projects(rest)?)),
            "filings" => match rest {
                "missing" => Some(Self::NotFiled(CountQuantity::ContractsNotFiled)),
                _ => name.parse().ok().filter(|count| *count != CountQuantity::Projects).map(Self::NotFiled),
            },
            "targets" => targets(rest),
            "score" => node().map(Self::Score),
            "weight" => node().map(Self::Weight),
            "deduction" => node().map(Self::Deduction),
            _ => None,
        }
    }

    /// The project or group whose money it is, as keys have it.
    pub fn scope(name: &str) -> Option<String> {
        match Self::parse(name)? {
            Self::Scope(money) => Some(money.scope),
            _ => None,
        }
    }

    /// What it is measured in. The unit of a target's actual is the target's own.
    pub fn unit(&self) -> Unit {
        match self {
            Self::Money(_) | Self::Adjusted | Self::Unspent | Self::Scope(_) => Unit::Money,
            Self::AdjustmentRate(_) | Self::ExecutionRate(_) | Self::Targets(_, Part::Rate) => Unit::Share,
            Self::Projects(_) | Self::NotFiled(_) | Self::Targets(..) | Self::OnlyUnmet(_) => Unit::Count,
            Self::Score(_) | Self::Weight(_) | Self::Deduction(_) => Unit::Points,
            Self::Actual(_) => Unit::Own(None),
        }
    }

    /// Whether it is only written whole: projects and points are counted, they are not rounded.
    pub fn is_counted(&self) -> bool {
        matches!(self.unit(), Unit::Count | Unit::Points)
    }
}

fn budget(rest: &str) -> Option<Quantity> {
    match rest {
        "adjusted" => return Some(Quantity::Adjusted),
        "unspent" => return Some(Quantity::Unspent),
        "adjustment_rate" => return Some(Quantity::AdjustmentRate(None)),
        "execution_rate" => return Some(Quantity::ExecutionRate(None)),
        _ => {}
    }
    let (kind, of) = rest.split_once('.')?;
    match kind {
        "adjustment_rate" => return of.parse().ok().map(|rate| Quantity::AdjustmentRate(Some(rate))),
        "execution_rate" => return of.parse().ok().map(|rate| Quantity::ExecutionRate(Some(rate))),
        _ => {}
    }
    let kind: ScopeKind = kind.parse().ok()?;
    let mut parts = of.split(':');
    let (what, id, agency) = (parts.next()?, parts.next()?, parts.next());
    // Ids of projects, groups and agencies are of one form.
    let is_id = |text: &str| text.parse::<jixiao_events::ProjectId>().is_ok();
    let is_whole = parts.next().is_none() && agency.is_some() == (kind == ScopeKind::Split);
    let is_scope = matches!(what, "project" | "group") && is_id(id) && agency.is_none_or(is_id);
    (is_whole && is_scope).then(|| {
        Quantity::Scope(ScopeMoney { kind, scope: format!("{what}:{id}"), agency: agency.map(str::to_owned) })
    })
}

fn projects(rest: &str) -> Option<Projects> {
    Some(match rest {
        "total" => Projects::Total,
        "start_of_year" => Projects::StartOfYear,
        "own" => Projects::Own,
        "taken_over" => Projects::TakenOver,
        "new" => Projects::New,
        "other_agencies" => Projects::OtherAgencies,
        "removed" => Projects::Removed,
        _ => return None,
    })
}

fn targets(rest: &str) -> Option<Quantity> {
    let (level, part) = match rest.split_once('.') {
        Some(("overall", part)) => (Some(TargetLevel::Overall), part),
        Some(("detail", part)) => (Some(TargetLevel::Detail), part),
        Some(_) => return None,
        None => (None, rest),
    };
    let part = match part {
        "total" => Part::Total,
        "attained" => Part::Attained,
        "attainment_rate" => Part::Rate,
        _ => return None,
    };
    Some(Quantity::Targets(level, part))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A name of each term.
    pub(crate) fn named(term: &str) -> String {
        term.replace("SCOPE", "project:top-level-design")
            .replace("AGENCY", "big-data-bureau")
            .replace("NODE", "management.funds_use")
            .replace("NAME", "云服务可靠性")
    }

    #[test]
    fn every_term_is_known_and_documented() {
        let documented = include_str!("../../../../docs/claims.md");
        for term in VOCABULARY {
            let quantity = Quantity::parse(&named(term));
            assert!(quantity.is_some(), "{term}");
            if let Some(Quantity::Scope(scope)) = quantity {
                assert_eq!(scope.to_string(), named(term));
            }
            assert!(documented.contains(&format!("`{term}`")), "docs/claims.md does not explain `{term}`");
        }
    }

    #[test]
    fn what_is_no_term_is_not_guessed() {
        for name in [
            "",
            "budget",
            "budget.",
            "budget.transferred_in.total_all_funds",
            "budget.unspent.project:",
            "budget.unspent.agency:a",
            "budget.unspent.project:a:b",
            "budget.split.project:a",
            "budget.split.project:a:b:c",
            "budget.adjustment_rate.best",
            "projects.all",
            "filings.projects.total",
            "targets.middle.total",
            "targets.overall.total.x",
            "target.actual:",
            "score.",
            "score.A",
            "data.tables",
        ] {
            assert_eq!(Quantity::parse(name), None, "{name}");
        }
    }
}
