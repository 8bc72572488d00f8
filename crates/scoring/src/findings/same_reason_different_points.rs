//! An indicator that another fund gives other points for the same reason.

use jixiao_events::finding::{Severity, Subject};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::wordings;

pub(super) const CHECK: Check = Check {
    code: "same_reason_different_points",
    severity: Severity::Warning,
    title: Text { zh: "理由相同而自评分不同", en: "Same reason, different points" },
    rule: Text {
        zh: "同一指标在不同资金中权重相同、自评理由逐字相同（至少 6 个字，不计标点），自评分也应相同。",
        en: "An indicator that weighs the same in two funds, and is scored there for the same reason word for word (six letters or more, whatever stands between them), has the same self-score.",
    },
    example: Text {
        zh: "“项目实施配套办法”都以“制定了办法和细则”为理由，一项资金得 3 分，另一项得 2 分。",
        en: "Rules are in place, say two funds; the one takes 3 points of 3 for it, the other 2.",
    },
    message: Text {
        zh: "“{name}”以“{text}”为理由自评 {self_score} 分（权重 {weight} 分），“{other_fund}”以同一理由自评 {other_self_score} 分",
        en: "\"{name}\" got {self_score} of {weight} since \"{text}\"; \"{other_fund}\" gave {other_self_score} for that very reason",
    },
    looks: Looks::Wording(find),
};

fn find(case: &Case<'_>, about: &Subject) -> Option<Found> {
    let Subject::Indicator { indicator } = about else { return None };
    let own = case.indicator(indicator)?;
    let get = |key: &str| case.view.get(key);
    let told = wordings::told(&get, case.fund, about);
    let (told, score) = told.iter().find_map(|told| Some((told, told.score?)))?;
    let same = wordings::same(&get, case.fund, told);
    let (other, other_score) = same.iter().filter(|same| same.place.about == *about).find_map(|same| {
        let weight = wordings::weight(&get, &same.place.fund, indicator)?;
        let is_other = same.told.score != Some(score) && weight == own.weight;
        Some((same, same.told.score.filter(|_| is_other)?))
    })?;
    Some(
        Found::new(about.clone())
            .figure("name", &own.name.zh)
            .figure("text", &told.text)
            .figure_in("self_score", &score, None)
            .figure("weight", &own.weight)
            .figure("other_fund", &case.fund_name(&other.place.fund))
            .figure("other_self_score", &other_score)
            .because(told.event)
            .because(other.told.event),
    )
}

#[cfg(test)]
mod tests {
    use crate::domain::tests::wordings::*;

    const CODE: &str = "same_reason_different_points";

    #[test]
    fn three_points_here_and_two_there() {
        let mut world = two_funds();
        world.steps(&[
            filed(FIRST, SUPPORT, "3", "有办法和细则"),
            filed(SECOND, SUPPORT, "2", "有办法和细则"),
        ]);
        let said = world.said(CODE);
        assert_eq!((said.len(), world.findings(CODE).len()), (1, 2));
        assert_eq!(
            said[0].1,
            "“项目实施配套办法”以“有办法和细则”为理由自评 3 分（权重 3 分），“另一项资金”以同一理由自评 2 分"
        );
        world.steps(&[filed(FIRST, SUPPORT, "2", "有办法和细则")]);
        assert_eq!(world.findings(CODE).len(), 0);
    }

    #[test]
    fn the_same_points_other_words_another_indicator() {
        for (indicator, points, text, expected) in [
            (SUPPORT, "2", "有办法和细则", 2),
            (SUPPORT, "3", "有办法和细则", 0),
            (SUPPORT, "2", "只有办法而无细则", 0),
            (TRACKING, "2", "有办法和细则", 0),
        ] {
            let mut world = two_funds();
            world
                .steps(&[filed(FIRST, SUPPORT, "3", "有办法和细则"), filed(SECOND, indicator, points, text)]);
            assert_eq!(world.findings(CODE).len(), expected, "{indicator} {points} {text}");
        }
    }

    #[test]
    fn a_fund_that_is_evaluated_later_is_compared_then() {
        let mut world = told_before(&[
            filed(FIRST, SUPPORT, "3", "有办法和细则"),
            filed(SECOND, SUPPORT, "2", "有办法和细则"),
        ]);
        assert_eq!(world.findings(CODE).len(), 0);
        world.steps(&[opened(FIRST)]);
        assert_eq!(world.findings(CODE).len(), 0);
        world.steps(&[opened(SECOND)]);
        assert_eq!(world.findings(CODE).len(), 2);
    }
}
