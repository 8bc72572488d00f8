//! A title that is cited under several numbers.

use std::collections::BTreeSet;

use jixiao_events::finding::{Severity, Subject};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::papers::names;

pub(super) const CHECK: Check = Check {
    code: "document_two_numbers",
    severity: Severity::Notice,
    title: Text { zh: "同一标题，文号不一", en: "One title, several numbers" },
    rule: Text {
        zh: "同一标题的文件，各处引用的文号应当一致；联合发文的几个文号算作一个，括号和全半角不计。年份和序号相同、只有机关代字不同的，为警告；否则也可能是同名的几份文件，为提示。",
        en: "A document of one title has one number wherever it is cited; those of a joint issue are one, brackets and widths are nothing. Where year and serial agree and the office does not, it is a warning; else it may be several documents of one name: a notice.",
    },
    example: Text {
        zh: "《资金管理办法》一处为锡政发〔2014〕139号，另一处为锡政办发〔2014〕139号。",
        en: "The rules of the fund are 锡政发〔2014〕139号 in one place, 锡政办发〔2014〕139号 in another.",
    },
    message: Text {
        zh: "文件“{title}”的文号有 {count} 种：{numbers}",
        en: "The document \"{title}\" is cited under {count} numbers: {numbers}",
    },
    looks: Looks::Document(find),
};

fn find(case: &Case<'_>, title: &str) -> Option<Found> {
    let paper = case.paper(title)?;
    let of_title = paper.citations.iter().filter(|citation| names::title(&citation.title) == title);
    // Numbers that are cited together are those of one issue.
    let mut issues: Vec<BTreeSet<String>> = Vec::new();
    let mut cited = Vec::new();
    for citation in of_title {
        let Some(printed) = &citation.number else { continue };
        cited.push(citation);
        let mut issue: BTreeSet<String> = names::numbers(printed).into_iter().collect();
        issues.retain(|other| {
            let is_apart = other.is_disjoint(&issue);
            if !is_apart {
                issue.extend(other.iter().cloned());
            }
            is_apart
        });
        issues.push(issue);
    }
    issues.retain(|issue| !issue.is_empty());
    issues.sort();
    let (Some(first), true) = (cited.first(), issues.len() > 1) else { return None };
    let serials: BTreeSet<_> = issues.iter().flatten().map(|number| names::year_and_serial(number)).collect();
    let is_one_serial = serials.len() == 1 && !serials.contains(&None);
    let numbers: Vec<String> =
        issues.iter().map(|issue| issue.iter().cloned().collect::<Vec<_>>().join("、")).collect();
    let mut found = Found::new(Subject::Document { document: title.to_owned() })
        .figure("title", &first.title)
        .figure("count", &issues.len())
        .figure("numbers", &numbers.join("；"));
    if is_one_serial {
        found = found.weighing(Severity::Warning);
    }
    Some(cited.iter().fold(found, |found, citation| found.because(&citation.event)))
}

#[cfg(test)]
mod tests {
    use jixiao_events::finding::Severity;

    use crate::domain::tests::World;
    use crate::domain::tests::papers::basis;
    use crate::domain::tests::targets::*;

    const CODE: &str = "document_two_numbers";

    fn weight(world: &World) -> Severity {
        world.findings(CODE)[0].severity
    }

    #[test]
    fn one_title_has_one_number() {
        let mut world = opened();
        world.steps(&[
            basis("锡政发[2014]139号", "资金管理办法（暂行）"),
            basis("锡政发〔2014〕139 号", "资金管理办法(暂行)"),
            basis("", "资金管理办法（暂行）"),
            basis("锡政发〔2014〕140号", "资金管理细则"),
        ]);
        assert_eq!(world.said(CODE), []);
        world.steps(&[basis("锡政办发[2014]139号", "资金管理办法（暂行）")]);
        let text = "文件“资金管理办法（暂行）”的文号有 2 种：锡政办发〔2014〕139号；锡政发〔2014〕139号";
        assert_eq!(world.said(CODE), says("document:资金管理办法（暂行）", text));
        assert_eq!(weight(&world), Severity::Warning);
        assert_eq!(world.evidence(CODE), ["registry-2", "registry-3", "registry-6"]);
    }

    #[test]
    fn several_documents_of_one_name_are_worth_a_look_and_no_more() {
        let mut world = opened();
        world
            .steps(&[basis("锡政纪〔2014〕5号", "常务会议纪要"), basis("锡政纪〔2014〕6号", "常务会议纪要")]);
        assert_eq!((world.said(CODE).len(), weight(&world)), (1, Severity::Notice));
    }

    #[test]
    fn the_numbers_of_a_joint_issue_are_one() {
        let mut world = opened();
        let joint = "甲〔2016〕31号、乙〔2016〕19号";
        world.steps(&[
            basis("乙〔2016〕19号", "细则"),
            basis("甲〔2016〕31号", "细则"),
            basis(joint, "细则"),
        ]);
        assert_eq!(world.said(CODE), []);
        world.steps(&[basis("丙〔2016〕1号", "细则")]);
        let text = "文件“细则”的文号有 2 种：丙〔2016〕1号；乙〔2016〕19号、甲〔2016〕31号";
        assert_eq!(world.said(CODE), says("document:细则", text));
    }
}
