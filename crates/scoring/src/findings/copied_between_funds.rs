//! A reason that stands word for word in another fund.

use jixiao_events::finding::{Severity, Subject};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::wordings;

pub(super) const CHECK: Check = Check {
    code: "copied_between_funds",
    severity: Severity::Notice,
    title: Text { zh: "说明与其他资金雷同", en: "Words of another fund" },
    rule: Text {
        zh: "自评得分的理由、未完成或未支出的原因应当针对本资金。与其他资金逐字相同（至少 6 个字，不计标点）的列出以供核实；其中有数字的更可能是照抄，列为警告。十几处以上都有的套话不算。",
        en: "Why points were given, or something fell short, is told of the fund itself. What another fund says word for word (six letters or more, whatever stands between them) is listed for a look; with figures in it, it is likely copied, and a warning. What is said at more than a dozen places is a form of words.",
    },
    example: Text {
        zh: "两项资金的自评都写着“7 个项目未备案，扣 3 分”。",
        en: "Two funds both say: 7 projects are not filed, 3 points off.",
    },
    message: Text {
        zh: "“{name}”的说明“{text}”与“{other_fund}”（{other}）的逐字相同；共有 {others} 处",
        en: "What is said of \"{name}\", \"{text}\", stands word for word in \"{other_fund}\" ({other}); at {others} places",
    },
    looks: Looks::Wording(find),
};

fn find(case: &Case<'_>, about: &Subject) -> Option<Found> {
    let get = |key: &str| case.view.get(key);
    let told = wordings::told(&get, case.fund, about);
    let (told, same) = told.iter().find_map(|told| {
        let same = wordings::same(&get, case.fund, told);
        (!same.is_empty()).then_some((told, same))
    })?;
    let first = same.first()?;
    let name = match about {
        Subject::Indicator { indicator } => case.indicator(indicator)?.name.zh.clone(),
        Subject::Target { target } => case.target(target)?.result.name.zh.clone(),
        Subject::Project { project } => {
            case.project(project).map_or_else(|| project.to_string(), |known| known.name.zh.clone())
        }
        Subject::Group { group } => group.to_string(),
        _ => return None,
    };
    let has_figure = told.text.chars().any(|c| c.is_ascii_digit());
    let found = Found::new(about.clone())
        .weighing(if has_figure { Severity::Warning } else { Severity::Notice })
        .figure("name", &name)
        .figure("text", &told.text)
        .figure("other_fund", &case.fund_name(&first.place.fund))
        .figure("other", &super::subject_name(&first.place.fund, &first.place.about))
        .figure("others", &same.len())
        .because(told.event);
    Some(same.iter().fold(found, |found, same| found.because(same.told.event)))
}

#[cfg(test)]
mod tests {
    use crate::domain::tests::wordings::*;

    const CODE: &str = "copied_between_funds";

    #[test]
    fn words_with_a_figure_weigh_more() {
        let mut world = two_funds();
        world.steps(&[
            filed(FIRST, TRACKING, "7", "7 个项目未备案，扣 3 分"),
            filed(SECOND, TRACKING, "7", "7个项目未备案。扣3分"),
        ]);
        let found = world.findings(CODE);
        let told: Vec<_> =
            found.iter().map(|found| (found.fund.as_str(), <&str>::from(found.severity))).collect();
        assert_eq!(told, [(SECOND, "warning"), (FIRST, "warning")]);
        world.steps(&[
            filed(FIRST, PROCEDURES, "6", "未发现程序不规范"),
            filed(SECOND, PROCEDURES, "6", "未发现程序不规范"),
        ]);
        let notices =
            world.findings(CODE).iter().filter(|found| <&str>::from(found.severity) == "notice").count();
        assert_eq!(notices, 2);
    }

    #[test]
    fn own_words_short_ones_and_forms_of_words_are_no_copies() {
        for (first, second, expected) in [
            ("有办法和细则", "有办法和细则", 2),
            ("有办法和细则", "有办法和细则！", 2),
            ("有办法和细则", "有办法与细则", 0),
            ("有细则", "有细则", 0),
        ] {
            let mut world = two_funds();
            world.steps(&[filed(FIRST, TRACKING, "7", first), filed(SECOND, TRACKING, "7", second)]);
            assert_eq!(world.findings(CODE).len(), expected, "{first} {second}");
        }
        let mut world = two_funds();
        for at in 0..12 {
            world.steps(&[filed(&format!("other-{at}"), TRACKING, "7", "有办法和细则")]);
        }
        world.steps(&[filed(FIRST, TRACKING, "7", "有办法和细则")]);
        assert_eq!(world.findings(CODE).len(), 0);
    }

    #[test]
    fn both_are_cleared_once_one_is_told_otherwise() {
        let mut world = two_funds();
        world.steps(&[
            filed(FIRST, TRACKING, "7", "有办法和细则"),
            filed(SECOND, TRACKING, "7", "有办法和细则"),
        ]);
        assert_eq!(world.findings(CODE).len(), 2);
        world.steps(&[filed(SECOND, TRACKING, "7", "办法尚在制定")]);
        assert_eq!(world.findings(CODE).len(), 0);
    }

    #[test]
    fn reasons_why_something_fell_short_are_compared_too() {
        let mut world = two_funds();
        world.steps(&[
            missed_in(FIRST, "p", "机构改革，单位职能改变"),
            missed_in(SECOND, "q", "机构改革单位职能改变"),
        ]);
        let found = world.findings(CODE);
        let told: Vec<_> = found.iter().map(|found| (found.fund.as_str(), found.evidence.len())).collect();
        assert_eq!(told, [(SECOND, 2), (FIRST, 2)]);
    }
}
