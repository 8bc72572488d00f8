//! A reason that is told twice, in other words.

use jixiao_events::finding::{Severity, Subject};
use jixiao_events::scoring::ReasonOf;

use super::{Case, Check, Found, Looks, Text};
use crate::domain::papers::{Reason, names, reasons_key};
use crate::domain::state::ScoringState;

pub(super) const CHECK: Check = Check {
    code: "reason_told_twice",
    severity: Severity::Notice,
    title: Text { zh: "同一事项的原因有不同说法", en: "One thing, two reasons" },
    rule: Text {
        zh: "同一目标、项目或项目组未完成的原因，各处说法应当一致；其目标未完成的原因与资金未支出的原因也应当一致。措辞不同的列出以供核实，一处说法包含另一处的不算。",
        en: "Why a target, a project or a group of projects fell short is told alike wherever it is told, and why its targets are missed is why its money is unspent. Other words are listed for a look; a reason that is part of the other is the same.",
    },
    example: Text {
        zh: "目标未完成的原因是“工作规划调整”，资金未使用的原因是“政策方向变更”。",
        en: "The targets are missed since the plan changed, the money is unspent since the policy did.",
    },
    message: Text {
        zh: "“{name}”的原因有不同说法：{first}；{second}",
        en: "Two reasons are told for \"{name}\": {first}; {second}",
    },
    looks: Looks::Reasons(find),
};

fn find(case: &Case<'_>, about: &Subject) -> Option<Found> {
    let reasons = case.view.get(&reasons_key(case.fund, about)).and_then(ScoringState::as_reasons)?;
    let of = |of: ReasonOf| reasons.values().filter(move |reason| reason.of == of);
    let (first, second) = told_twice(of).or_else(|| told_of_both(of))?;
    let name = match about {
        Subject::Project { project } => {
            case.project(project).map_or_else(|| project.to_string(), |known| known.name.zh.clone())
        }
        Subject::Target { target } => {
            case.target(target).map_or_else(|| target.to_string(), |known| known.result.name.zh.clone())
        }
        Subject::Group { group } => group.to_string(),
        _ => return None,
    };
    let found = Found::new(about.clone())
        .figure("name", &name)
        .figure("first", &first.text)
        .figure("second", &second.text);
    Some(found.because(&first.event).because(&second.event))
}

/// Two reasons why the same targets are missed. Money may be unspent for several reasons, each for a part of it.
fn told_twice<'r, I>(of: impl Fn(ReasonOf) -> I) -> Option<(&'r Reason, &'r Reason)>
where
    I: Iterator<Item = &'r Reason>,
{
    let misses: Vec<&Reason> = of(ReasonOf::Misses).collect();
    let mut pairs = misses
        .iter()
        .enumerate()
        .flat_map(|(at, one)| misses.iter().skip(at + 1).map(move |other| (*one, *other)));
    pairs.find(|(one, other)| {
        let is_of_same =
            one.targets.is_empty() || other.targets.is_empty() || !one.targets.is_disjoint(&other.targets);
        is_of_same && !are_alike(one, other)
    })
}

/// A reason why targets are missed and one why money is unspent, where none of the one is any of the other.
fn told_of_both<'r, I>(of: impl Fn(ReasonOf) -> I) -> Option<(&'r Reason, &'r Reason)>
where
    I: Iterator<Item = &'r Reason>,
{
    let is_any_alike =
        of(ReasonOf::Misses).any(|miss| of(ReasonOf::Unspent).any(|unspent| are_alike(miss, unspent)));
    let pair = of(ReasonOf::Misses).next().zip(of(ReasonOf::Unspent).next());
    pair.filter(|_| !is_any_alike)
}

fn are_alike(one: &Reason, other: &Reason) -> bool {
    let (one, other) = (names::words(&one.text), names::words(&other.text));
    one.contains(&other) || other.contains(&one)
}

#[cfg(test)]
mod tests {
    use jixiao_events::ledger::{Booking, EntryKind, LedgerEvent, Scope};
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::papers::{missed, unspent};
    use crate::domain::tests::{Step, booking, project, targets::*};

    const CODE: &str = "reason_told_twice";

    #[test]
    fn targets_and_money_fall_short_for_one_reason() {
        let mut world = opened();
        world.steps(&[
            project("p", Membership::InFund, ProjectState::NotStarted),
            missed("a", Some("p"), None, &["d38"], "工作规划调整"),
            missed("b", None, Some("g"), &[], "年底才通过预算"),
            unspent("c", Some("q"), None, "没有实施"),
        ]);
        assert_eq!(world.said(CODE), [], "each is told once");
        world.steps(&[
            unspent("d", Some("p"), None, "政策方向变更"),
            unspent("e", None, Some("g"), "立项较晚"),
        ]);
        let expected = [
            says("group:g", "“g”的原因有不同说法：年底才通过预算；立项较晚"),
            says("project:p", "“p”的原因有不同说法：工作规划调整；政策方向变更"),
        ];
        assert_eq!(world.said(CODE), expected.concat());
        assert_eq!(world.evidence(CODE), ["ledger-3", "targets-2", "ledger-2", "targets-1"]);
        // One that is part of the other is the same, and one that is taken back was never told.
        world.steps(&[unspent("f", Some("p"), None, "因工作规划调整，未实施。")]);
        let (of, kind) = ("e".parse().unwrap(), EntryKind::UnspentExplanation);
        let scope = Scope::Group { group: "g".parse().unwrap() };
        let booking = Booking { scope, ..booking("1") };
        let back = LedgerEvent::EntryReversed { of, kind, gives_back: None, over_limit: None, booking };
        world.steps(&[Step::Ledger(back)]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn the_same_targets_are_missed_for_one_reason() {
        let mut world = opened();
        world.steps(&[
            missed("a", None, None, &["d1", "d2"], "机构改革"),
            missed("b", None, None, &["d3"], "需求变化"),
            missed("c", Some("p"), None, &["d4"], "机构改革"),
            missed("d", Some("p"), None, &["d5"], "需求变化"),
            missed("e", None, None, &["d1"], "机构 改革。"),
        ]);
        assert_eq!(world.said(CODE), []);
        world.steps(&[
            missed("f", None, None, &["d2"], "需求变化"),
            missed("g", Some("p"), None, &[], "没有钱"),
        ]);
        let expected = [
            says("project:p", "“p”的原因有不同说法：机构改革；没有钱"),
            says("target:d2", "“d2”的原因有不同说法：机构改革；需求变化"),
        ];
        assert_eq!(world.said(CODE), expected.concat());
    }
}
