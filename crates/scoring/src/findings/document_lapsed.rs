//! A document that is relied on and whose period had ended before the fund's year.

use jixiao_events::finding::{Severity, Subject};
use jixiao_events::registry::DocumentRole;

use super::{Case, Check, Found, Looks, Text};
use crate::domain::papers::{Citation, names};

pub(super) const CHECK: Check = Check {
    code: "document_lapsed",
    severity: Severity::Notice,
    title: Text { zh: "依据的文件已过期", en: "Relied on, and lapsed" },
    rule: Text {
        zh: "作为设立、管理或评价依据的文件，其有效期不应在资金年度之前已经届满；期限由登记的有效期得出，没有登记的不判断。",
        en: "A document that a fund, its management or its evaluation rests on has not lapsed before the fund's year; by the period that is recorded of it, and not at all where none is.",
    },
    example: Text {
        zh: "2019 年度资金的设立依据是 2014-2016 年的行动纲要。",
        en: "A fund of 2019 rests on a plan for 2014 to 2016.",
    },
    message: Text {
        zh: "作为依据的“{title}”有效期至 {until}，资金为 {year} 年度",
        en: "\"{title}\", which the fund rests on, held until {until}; the fund is of {year}",
    },
    looks: Looks::Document(find),
};

/// Whether the fund rests on it. What is background may be of the past, and a review is of its own time.
fn is_relied_on(citation: &Citation) -> bool {
    match citation.role {
        DocumentRole::LegalBasis | DocumentRole::ManagementRule | DocumentRole::EvaluationBasis => true,
        DocumentRole::BudgetReview | DocumentRole::Background => false,
    }
}

fn find(case: &Case<'_>, name: &str) -> Option<Found> {
    let (Some(paper), Some(of)) = (case.paper(name), case.facts()) else { return None };
    // A document with a number is told by that, else by its title; with several by the first.
    let names_it = |citation: &&Citation| match &citation.number {
        Some(number) => names::numbers(number).first().is_some_and(|first| first == name),
        None => names::title(&citation.title) == name,
    };
    let named = || paper.citations.iter().filter(names_it);
    let until = named().filter_map(|citation| citation.valid_to).max_by_key(|until| until.last_day())?;
    let mut relied_on = named().filter(|citation| is_relied_on(citation)).peekable();
    let (Some(first), true) = (relied_on.peek(), until.year() < of.fiscal_year) else { return None };
    let found = Found::new(Subject::Document { document: name.to_owned() })
        .figure("title", &first.title)
        .figure("until", &until)
        .figure("year", &of.fiscal_year);
    // Who says until when is part of it, be it relied on there or not.
    let dated = named().filter(|citation| citation.valid_to == Some(until));
    Some(relied_on.chain(dated).fold(found, |found, citation| found.because(&citation.event)))
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::DocumentRole::{Background, BudgetReview, EvaluationBasis, LegalBasis};

    use crate::domain::tests::papers::cites;
    use crate::domain::tests::targets::*;

    const CODE: &str = "document_lapsed";

    #[test]
    fn what_a_fund_rests_on_holds_in_its_year() {
        for (role, until, lapsed) in [
            (LegalBasis, Some("2016"), true),
            (EvaluationBasis, Some("2018-12-31"), true),
            (LegalBasis, Some("2019-01"), false),
            (LegalBasis, Some("2020"), false),
            (LegalBasis, None, false),
            (Background, Some("2016"), false),
            (BudgetReview, Some("2018"), false),
        ] {
            let mut world = opened();
            world.steps(&[cites(role, "锡政发〔2014〕45号", "行动纲要", until)]);
            assert_eq!(!world.said(CODE).is_empty(), lapsed, "{role:?} {until:?}");
        }
    }

    #[test]
    fn the_latest_day_that_anybody_knows_counts() {
        let mut world = opened();
        world.steps(&[
            cites(LegalBasis, "锡政发[2014]45号", "行动纲要", None),
            cites(Background, "锡政发〔2014〕45号", "行动纲要", Some("2016")),
        ]);
        let text = "作为依据的“行动纲要”有效期至 2016，资金为 2019 年度";
        assert_eq!(world.said(CODE), says("document:锡政发〔2014〕45号", text));
        assert_eq!(world.evidence(CODE), ["registry-2", "registry-3"]);
        world.steps(&[cites(LegalBasis, "锡政发〔2014〕45号", "行动纲要", Some("2020"))]);
        assert_eq!(world.said(CODE), []);
        // One without a number is told by its title.
        world.steps(&[cites(LegalBasis, "", "旧规划", Some("2015"))]);
        assert_eq!(world.said(CODE)[0].0, "document:旧规划");
    }
}
