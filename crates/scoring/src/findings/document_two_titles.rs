//! A document that is cited by one number under several titles.

use std::collections::BTreeMap;

use jixiao_events::finding::{Severity, Subject};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::papers::names;

pub(super) const CHECK: Check = Check {
    code: "document_two_titles",
    severity: Severity::Warning,
    title: Text { zh: "同一文号，标题不一", en: "One number, several titles" },
    rule: Text {
        zh: "同一文号的文件，各处引用的标题应当一致；括号、引号、全半角和“关于印发……的通知”的写法不计，只引标题的一部分也不计。",
        en: "A document of one number has one title wherever it is cited, but for brackets, quotation marks and widths, for 关于印发…的通知 around it, and for a title that is cited in part.",
    },
    example: Text {
        zh: "锡政办发〔2016〕133号一处题为“十三五信息化专项规划”，另一处题为“十三五信息化规划”。",
        en: "锡政办发〔2016〕133号 is a \"special informatisation plan\" in one place, an \"informatisation plan\" in another.",
    },
    message: Text {
        zh: "文件 {number} 的标题有 {count} 种写法：{titles}",
        en: "The document {number} is cited under {count} titles: {titles}",
    },
    looks: Looks::Document(find),
};

fn find(case: &Case<'_>, number: &str) -> Option<Found> {
    let paper = case.paper(number)?;
    let is_number = |text: &String| names::numbers(text).iter().any(|one| one == number);
    let cited = paper.citations.iter().filter(|citation| citation.number.as_ref().is_some_and(is_number));
    let mut titles = BTreeMap::new();
    for citation in cited {
        titles.entry(names::title(&citation.title)).or_insert(citation);
    }
    let is_part =
        |title: &String| titles.keys().any(|other| other != title && other.contains(title.as_str()));
    let whole: Vec<_> = titles.iter().filter(|(title, _)| !is_part(title)).map(|(_, cited)| *cited).collect();
    if whole.len() < 2 {
        return None;
    }
    let printed: Vec<&str> = whole.iter().map(|citation| citation.title.as_str()).collect();
    let found = Found::new(Subject::Document { document: number.to_owned() })
        .figure("number", &number)
        .figure("count", &whole.len())
        .figure("titles", &printed.join("；"));
    Some(whole.iter().fold(found, |found, citation| found.because(&citation.event)))
}

#[cfg(test)]
mod tests {
    use crate::domain::tests::papers::basis;
    use crate::domain::tests::targets::*;

    const CODE: &str = "document_two_titles";

    #[test]
    fn one_number_has_one_title() {
        let mut world = opened();
        world.steps(&[
            basis("锡政办发〔2016〕133号", "无锡市“十三五”信息化规划"),
            // The same in another width, with another quotation mark, in another role's words, in part, by another office.
            basis("锡政办发[2016]133号", "《无锡市十三五信息化规划》"),
            basis("锡政办发（2016）１３３号", "市政府关于印发无锡市十三五信息化规划的通知"),
            basis("锡政办发〔2016〕133号", "信息化规划"),
            basis("锡委发〔2016〕133号", "别的规划"),
            basis("", "无号的规划"),
        ]);
        assert_eq!(world.said(CODE), []);
        world.steps(&[basis("锡政办发〔2016〕133号", "无锡市十三五信息化专项规划")]);
        let text = "文件 锡政办发〔2016〕133号 的标题有 2 种写法：无锡市十三五信息化专项规划；无锡市“十三五”信息化规划";
        assert_eq!(world.said(CODE), says("document:锡政办发〔2016〕133号", text));
        assert_eq!(world.evidence(CODE), ["registry-2", "registry-8"]);
    }

    #[test]
    fn of_a_joint_issue_each_number_has_the_title() {
        let mut world = opened();
        world.steps(&[basis("甲〔2016〕31号、乙〔2016〕19号", "细则"), basis("乙〔2016〕19号", "办法")]);
        let text = "文件 乙〔2016〕19号 的标题有 2 种写法：办法；细则";
        assert_eq!(world.said(CODE), says("document:乙〔2016〕19号", text));
    }
}
