//! What findings and what they are about are called: resource names and ids, the same over runs, rebuilds and machines.

use jixiao_events::FundId;
use jixiao_events::finding::{Finding, Subject};
use uuid::Uuid;

/// The namespace of findings' ids: UUIDv5 of the DNS namespace and `jixiao.findings`.
const FINDING_IDS: Uuid = Uuid::from_u128(0x61ef_f550_f185_56d2_9681_1ca0_01a1_65f0);

/// The id of a finding: a UUID of its check and what it is about.
pub fn finding_id(finding: &Finding) -> String {
    let about = subject_name(&finding.fund, &finding.subject);
    Uuid::new_v5(&FINDING_IDS, format!("{} {about}", finding.code).as_bytes()).to_string()
}

/// The resource name of what a finding is about.
pub fn subject_name(fund: &FundId, subject: &Subject) -> String {
    match subject {
        Subject::Fund => fund.resource(),
        Subject::Node { node } => format!("{}/nodes/{node}", fund.resource()),
        Subject::Quantity { quantity } => format!("{}/quantities/{quantity}", fund.resource()),
        Subject::Project { project } => fund.project(project),
        Subject::Group { group } => fund.group(group),
        Subject::Target { target } => fund.target(target),
        Subject::Indicator { indicator } => fund.indicator(indicator),
        Subject::Entry { entry } => fund.entry(entry),
        Subject::Attainment { percent } => format!("{}/attainments/{percent}", fund.resource()),
        Subject::Document { document } => format!("{}/documents/{document}", fund.resource()),
        Subject::Statement { statement } => format!("{}/statements/{statement}", fund.resource()),
    }
}
