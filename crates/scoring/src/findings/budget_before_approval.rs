//! Budget that was moved to a project before it was approved.

use jixiao_events::ProjectId;
use jixiao_events::finding::{Evidence, Severity, Subject};
use jixiao_events::scoring::DatedKind;

use super::payment_before_contract::sum;
use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "budget_before_approval",
    severity: Severity::Warning,
    title: Text { zh: "立项前已调增预算", en: "Budget moved before approval" },
    rule: Text {
        zh: "项目立项之后才能为其调增预算：为项目调增的日期早于其立项之日的，予以指出。日期只到月或年的，只在无论哪一天都更早时指出。",
        en: "A project gets more budget once it is approved: an increase for it is not dated before the day of its approval. Of a date that is only known to the month or year, only where every day of it is earlier.",
    },
    example: Text {
        zh: "11 月调增 45 万元，项目 12 月才立项。",
        en: "45 on top in November for a project that was approved in December.",
    },
    message: Text {
        zh: "项目“{name}”于 {approved_on} 立项，此前（最早 {first_on}）已为其调增预算 {increase}",
        en: "Project \"{name}\" was approved on {approved_on}; before that (first on {first_on}) its budget was raised by {increase}",
    },
    looks: Looks::Project(find),
};

fn find(case: &Case<'_>, project: &ProjectId) -> Vec<Found> {
    let found = || {
        let (known, life) = (case.project(project)?, case.life(project)?);
        let approved = life.approved.as_ref()?;
        let mut early = life.booked(|kind| kind == DatedKind::Increase);
        early.retain(|entry| entry.on.is_before(approved.on));
        let first = early.first()?;
        let found = Found::new(Subject::Project { project: project.clone() })
            .figure("name", &known.name.zh)
            .figure("approved_on", &approved.on)
            .figure("first_on", &first.on)
            .yuan("increase", sum(&early))
            .by(Evidence::Event(approved.event.clone()));
        Some(found.entries(&early))
    };
    found().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::dated::{approved_project, came_to, increased_on, taken_back};
    use crate::domain::tests::{project, targets::*};

    const CODE: &str = "budget_before_approval";

    #[test]
    fn forty_five_in_november_for_an_approval_in_december() {
        let increase = increased_on("p", "more", "45", "2019-11");
        let told = approved_project("p", ProjectState::NotStarted, "2019-12");
        for order in [[increase.clone(), told.clone()], [told, increase]] {
            let mut world = opened();
            world.steps(&order);
            let text = "项目“p”于 2019-12 立项，此前（最早 2019-11）已为其调增预算 45 万元";
            assert_eq!(world.said(CODE), says("project:p", text));
            assert_eq!(world.evidence(CODE), ["ledger-1", "registry-2"]);
            world.steps(&[taken_back("p", "more", "45", true)]);
            assert_eq!(world.said(CODE), []);
        }
    }

    #[test]
    fn approved_in_time_or_on_a_day_that_is_not_told() {
        for on in [Some("2019-11-30"), Some("2019"), None] {
            let mut world = opened();
            world.steps(&[project("p", Membership::InFund, ProjectState::Proposed)]);
            world.steps(&[
                came_to("p", ProjectState::Approved, on),
                increased_on("p", "more", "45", "2019-11"),
            ]);
            assert_eq!(world.said(CODE), [], "{on:?}");
        }
    }
}
