//! An indicator with all of its points for "none found" while findings of its kind stand.

use jixiao_events::IndicatorId;
use jixiao_events::finding::{Severity, Subject};
use jixiao_events::scheme::NodeBody;

use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "none_found_but_open",
    severity: Severity::Warning,
    title: Text { zh: "称无问题，实有问题", en: "None found, yet some stand" },
    rule: Text {
        zh: "以“未发现问题”得满分的指标，不应有方案所列的问题存在。",
        en: "An indicator that earns all of its points since nothing was found has no standing finding of the checks that the scheme names for it.",
    },
    example: Text {
        zh: "项目运转程序规范得满分，却有 7 个项目合同未备案。",
        en: "Full points for orderly procedures, with seven contracts not filed.",
    },
    message: Text {
        zh: "指标“{name}”自评 {self_score} 分（满分），却有 {open} 个相关问题（{checks}）",
        en: "Indicator \"{name}\" has {self_score} points, all of them, with {open} findings against it ({checks})",
    },
    looks: Looks::After(find),
};

fn find(case: &Case<'_>) -> Vec<Found> {
    let of_node = |node: &jixiao_events::scheme::Node| -> Option<Found> {
        let NodeBody::Indicator { none_found: Some(none_found), .. } = &node.body else { return None };
        let result = case.indicator(&IndicatorId::from(node.node.clone()))?;
        let self_score = result.self_score.filter(|score| *score >= result.weight)?;
        let standing = none_found.value.iter().map(|code| (code, case.standing(code)));
        let standing: Vec<_> = standing.filter(|(_, count)| *count > 0).collect();
        if standing.is_empty() {
            return None;
        }
        let titles =
            standing.iter().map(|(code, _)| super::check(code).map_or(code.as_str(), |check| check.title.zh));
        let open: u64 = standing.iter().map(|(_, count)| count).sum();
        let found = Found::new(Subject::Node { node: node.node.clone() })
            .figure("name", &node.name.zh)
            .figure("self_score", &self_score)
            .figure("open", &open)
            .figure("checks", &titles.collect::<Vec<_>>().join("、"))
            .figure("basis", &<&str>::from(none_found.basis));
        let found = standing.iter().fold(found, |found, (code, count)| found.figure(code, count));
        Some(found.set_by(result, &["self_score"]))
    };
    case.scheme.nodes.iter().filter_map(of_node).collect()
}
