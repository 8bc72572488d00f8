//! An annex that is referred to and is not there.

use jixiao_events::finding::{Severity, Subject};

use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "annex_missing",
    severity: Severity::Warning,
    title: Text { zh: "提到的附件没有附上", en: "Annex missing" },
    rule: Text {
        zh: "报告提到的附表、附件应当附上；是否附上由登记得出，没有登记的不判断。",
        en: "An annex that a report refers to is attached to it; by what is recorded, and not at all where nothing is.",
    },
    example: Text {
        zh: "报告写“详见附表1”，但没有附表1。",
        en: "\"See table 1\", says the report, and table 1 is not there.",
    },
    message: Text {
        zh: "报告提到“{annex}”，但没有附上",
        en: "The report refers to \"{annex}\", which is not attached",
    },
    looks: Looks::Document(find),
};

fn find(case: &Case<'_>, name: &str) -> Option<Found> {
    let annex = case.paper(name).and_then(|paper| paper.annex.as_ref())?;
    let attached = annex.attached.as_ref().filter(|attached| !attached.is)?;
    let found = Found::new(Subject::Document { document: name.to_owned() }).figure("annex", &annex.name);
    Some(found.because(&annex.event).because(&attached.event))
}

#[cfg(test)]
mod tests {
    use crate::domain::tests::papers::annex;
    use crate::domain::tests::targets::*;

    const CODE: &str = "annex_missing";

    #[test]
    fn an_annex_is_missing_where_somebody_says_so_until_it_is_there() {
        let mut world = opened();
        world.steps(&[annex("a", "附表１", None)]);
        assert_eq!(world.said(CODE), [], "not known");
        world.steps(&[annex("b", "附表 1", Some(false)), annex("c", "附表2", Some(true))]);
        assert_eq!(world.said(CODE), says("document:附表1", "报告提到“附表１”，但没有附上"));
        assert_eq!(world.evidence(CODE), ["registry-2", "registry-3"]);
        world.steps(&[annex("d", "附表1", None)]);
        assert_eq!(world.said(CODE).len(), 1);
        world.steps(&[annex("e", "附表1", Some(true))]);
        assert_eq!(world.said(CODE), []);
        world.steps(&[annex("f", &"长".repeat(101), Some(false))]);
        assert_eq!(world.said(CODE), [], "that is no name");
    }
}
