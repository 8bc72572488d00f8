//! A paper about a fund that says it is of another year.

use jixiao_events::finding::{Severity, Subject};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::papers::year_key;
use crate::domain::state::ScoringState;

pub(super) const CHECK: Check = Check {
    code: "year_not_funds",
    severity: Severity::Error,
    title: Text { zh: "年度与资金不符", en: "Another year than the fund's" },
    rule: Text {
        zh: "报告所称的资金年度，应为该资金的年度。",
        en: "The year that a report says a fund is of is the fund's year.",
    },
    example: Text {
        zh: "2019 年度报告的“主要成效”写作“2018 年度”资金。",
        en: "The achievements of a report about 2019 speak of the fund of 2018.",
    },
    message: Text {
        zh: "“{text}”为 {stated} 年，资金为 {year} 年度",
        en: "\"{text}\" is of {stated}, the fund is of {year}",
    },
    looks: Looks::Statement(find),
};

fn find(case: &Case<'_>, statement: &str) -> Option<Found> {
    let stated = case.view.get(&year_key(case.fund, statement)).and_then(ScoringState::as_year_stated)?;
    let year = case.facts()?.fiscal_year;
    let read = year_of(&stated.value).filter(|read| *read != year)?;
    let subject = Subject::Statement { statement: statement.to_owned() };
    Some(
        Found::new(subject)
            .figure("text", &stated.text)
            .figure("stated", &read)
            .figure("year", &year)
            .because(&stated.event),
    )
}

/// The year that a text is: 2018, 2018年, 2018 年度. Nothing for anything else, such as a span of years.
fn year_of(text: &str) -> Option<i16> {
    let text = text.trim();
    let digits = ["年度", "年"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text).trim();
    (digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::StatementKind;

    use super::*;
    use crate::domain::tests::papers::{said, states};
    use crate::domain::tests::targets::*;

    #[test]
    fn a_year_is_read_from_what_is_one() {
        for (text, year) in [
            ("2018", Some(2018)),
            (" 2018年 ", Some(2018)),
            ("2018 年度", Some(2018)),
            ("2018-2020", None),
            ("2018年3月", None),
            ("18", None),
            ("两千", None),
            ("", None),
        ] {
            assert_eq!(year_of(text), year, "{text}");
        }
    }

    #[test]
    fn a_report_is_of_its_funds_year() {
        let mut world = opened();
        let year =
            |statement: &str, value: &str| states(said(StatementKind::Year, statement, "主要成效", value));
        world.steps(&[year("a", "2019年度"), year("b", "2019-2021"), year("c", "2018")]);
        let text = "“主要成效”为 2018 年，资金为 2019 年度";
        assert_eq!(world.said(CHECK.code), says("statement:c", text));
        assert_eq!(world.evidence(CHECK.code), ["registry-4"]);
        // A year of something else is no statement of this kind.
        world.steps(&[states(said(StatementKind::Other, "d", "始于", "2014"))]);
        assert_eq!(world.said(CHECK.code).len(), 1);
    }
}
