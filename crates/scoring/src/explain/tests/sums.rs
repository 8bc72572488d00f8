//! How sums come together, step by step: one row a way.

use jixiao_events::scheme::Term;
use jixiao_events::scoring::Judgement;

use super::*;
use crate::domain::state::sum_key;
use crate::domain::tests::kinds::{evaluated, node};
use crate::explain::sums::{Part, below, explain};

const MANUAL: &str = "rule = { kind = \"manual\", self_score_stands = false }";
const OPTIONAL: &str = "rule = { kind = \"manual\", self_score_stands = false }\noptional = true";

/// The steps to a node's points in both languages, and how it stands.
fn steps(world: &World, path: &str) -> [String; 2] {
    let scheme = world.state("scheme/kinds").and_then(ScoringState::as_scheme).unwrap().scheme.clone();
    let node = scheme.nodes.iter().find(|node| node.node.as_str() == path);
    let row = world.sum(path);
    let parts: Vec<_> = below(&scheme, node)
        .map(|child| {
            let row = world.indicator(child.node.as_str()).map(|row| Part::indicator(&scheme, &row));
            row.unwrap_or_else(|| {
                let key = sum_key(&fund_id(), Some(&child.node));
                Part::node(child, world.state(&key).and_then(ScoringState::as_sum).unwrap())
            })
        })
        .collect();
    let value = |term: &Term| match term {
        Term::Number { number } => Some(*number),
        Term::Total {} => Some(row.score),
        _ => None,
    };
    let found = explain(&scheme, node, &row, &parts, &value);
    let ending = format!(" = {}", row.score);
    let last = found.steps.last().unwrap();
    assert!(last.zh.ends_with(&ending) && last.en.ends_with(&ending), "{path}: {last:?} of {}", row.score);
    let all = Words::joined(found.steps.into_iter().chain(found.grade), " | ", " | ");
    [all.zh, all.en]
}

#[test]
fn each_way_of_coming_together_is_told_with_its_values() {
    let nodes = node("a", "group", "30", "out_of = 100")
        + &node("a.x", "indicator", "60", MANUAL)
        + &node("a.y", "indicator", "40", MANUAL)
        + &node("b", "group", "20", "redistribute = true")
        + &node("b.x", "indicator", "5", OPTIONAL)
        + &node("b.y", "indicator", "15", MANUAL)
        + &node("c", "group", "10", "best_of = true")
        + &node("c.x", "indicator", "10", OPTIONAL)
        + &node("c.y", "indicator", "10", MANUAL)
        + &node("d", "group", "40", "")
        + &node("d.x", "indicator", "25", OPTIONAL)
        + &node("d.y", "indicator", "15", MANUAL)
        + &node("e", "group", "5", "outside = \"bonus\"")
        + &node("e.x", "indicator", "8", MANUAL)
        + &node("f", "group", "4", "outside = \"penalty\"")
        + &node("f.x", "indicator", "12", MANUAL)
        + "\n[[override]]\nname = { zh = \"低分\", en = \"Low\" }\nwhen = [\"total < 60\"]\ngrade = \"poor\"\n";
    let mut world = evaluated("100\nredistribute = true", &nodes);
    world.steps(&[
        judge("a.x", "50"),
        judge("a.y", "40"),
        judge("b.y", "12"),
        judged("b.x", Judgement::NotApplicable {}),
        judge("c.y", "6"),
        judge("c.x", "7"),
        judge("d.y", "15"),
        judged("d.x", Judgement::NotApplicable {}),
        judge("e.x", "8"),
        judge("f.x", "2"),
    ]);
    for (path, zh, en) in [
        (
            "a",
            "50（a.x） + 40（a.y） = 90 | 30 × 90 / 100 = 27",
            "50 (a.x) + 40 (a.y) = 90 | 30 × 90 / 100 = 27",
        ),
        (
            "b",
            "0（b.x） + 12（b.y） = 12 | 不适用部分转给其余：20 × 12 / (20 − 5) = 16",
            "0 (b.x) + 12 (b.y) = 12 | what is not applicable goes to the rest: 20 × 12 / (20 − 5) = 16",
        ),
        ("c", "择优：7（c.x）、6（c.y） = 7", "the best of: 7 (c.x), 6 (c.y) = 7"),
        ("d", "0（d.x） + 15（d.y） = 15", "0 (d.x) + 15 (d.y) = 15"),
        ("e", "8（e.x） = 8 | 加分最多 5 分 = 5", "8 (e.x) = 8 | a bonus of at most 5 = 5"),
        ("f", "−10（f.x） = -10 | 减分最多 4 分 = -4", "−10 (f.x) = -10 | a penalty of at most 4 = -4"),
        (
            "total",
            "27（a） + 16（b） + 7（c） + 15（d） + 5（e） − 4（f） = 66 | 不适用部分转给其余：100 × 65 / (100 − 25) = 86.666666666667 | 加分与减分不折算：86.666666666667 + 1 = 87.666666666667 | 总分 87.666666666667 不低于 0：差 | 低分不成立：总分（87.666666666667） < 60 | 等级：差",
            "27 (a) + 16 (b) + 7 (c) + 15 (d) + 5 (e) − 4 (f) = 66 | what is not applicable goes to the rest: 100 × 65 / (100 − 25) = 86.666666666667 | bonuses and penalties stay what they are: 86.666666666667 + 1 = 87.666666666667 | the total of 87.666666666667 is at least 0: 差 | Low does not apply: the total (87.666666666667) < 60 | grade: 差",
        ),
    ] {
        assert_eq!(steps(&world, path), [zh, en], "{path}");
    }
    // A total is never below zero.
    world.steps(&["a.x", "a.y", "b.y", "c.x", "c.y", "d.y", "e.x"].map(|path| judge(path, "0")));
    let [_, en] = steps(&world, "total");
    assert!(
        en.contains("a total is never below 0 = 0") && en.contains("Low applies: the total (0) < 60"),
        "{en}"
    );
}
