//! Differences of numbers of projects.

use std::collections::BTreeMap;

use jixiao_events::registry::Membership;

use super::{Facts, Kind, Said, Trial, parts};
use crate::claims::exact::Exact;

/// The numbers of the projects that the fund carries by state, origin and group, and of those that it does not carry.
pub(super) fn counts(trial: &mut Trial<'_>, facts: &Facts<'_>) {
    let mut subsets: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for project in &facts.projects {
        let membership: &str = project.facts.membership.into();
        let of: Vec<String> = match project.facts.membership {
            Membership::InFund => parts(project.facts).collect(),
            Membership::Removed | Membership::NamedOnly => vec![format!("membership:{membership}")],
        };
        for part in of {
            subsets.entry(part).or_default().push(project.id);
        }
    }
    let one = Exact::from(1);
    for (part, projects) in subsets {
        let count = Exact::from(u32::try_from(projects.len()).unwrap_or(u32::MAX));
        let parts = projects.iter().map(|id| trial.part(&format!("project:{id}"), &one)).collect();
        trial.value(&count, || Said {
            kind: Kind::Subset,
            words: [format!("{part} 的项目数"), format!("the number of projects of {part}")],
            about: part,
            measure: "projects".to_owned(),
            parts,
        });
    }
}
