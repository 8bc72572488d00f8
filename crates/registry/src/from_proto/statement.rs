//! What a statement is held against: targets, and whether an annex is there. Each belongs to one kind of statement.

use jixiao_edge::Fields;
use jixiao_events::registry::{Coverage, StatementKind};
use jixiao_events::{FundId, TargetId};
use jixiao_proto::jixiao::registry::v1 as pb;

use super::{at_most, same_fund};

/// The most targets that a universal statement leaves out.
const MAX_EXCEPTED: usize = 200;

/// What a statement is held against.
pub(super) struct Held {
    pub(super) target: Option<TargetId>,
    pub(super) excepted: Vec<TargetId>,
    pub(super) covers: Option<Coverage>,
    pub(super) attached: Option<bool>,
}

/// Reads it; what does not belong to the statement's kind is refused rather than kept without effect.
pub(super) fn held(
    fields: &mut Fields,
    request: &pb::RecordStatementRequest,
    kind: Option<StatementKind>,
    fund: Option<&FundId>,
) -> Held {
    let mut of_kind = |field: &str, is_given: bool, wanted: StatementKind| {
        if is_given && kind.is_some_and(|kind| kind != wanted) {
            let wanted = <&str>::from(wanted).to_uppercase();
            fields.violation(field, "NOT_OF_THIS_KIND", format!("belongs to a statement of kind {wanted}"));
        }
    };
    of_kind("target", !request.target.is_empty(), StatementKind::Achievement);
    of_kind("excepted", !request.excepted.is_empty(), StatementKind::Universal);
    of_kind("covers", request.covers != 0, StatementKind::Universal);
    of_kind("attached", request.attached.is_some(), StatementKind::Annex);
    at_most(fields, "excepted", request.excepted.len(), MAX_EXCEPTED);
    let mut target_of = |field: &str, name: &String| {
        let (of, target) = fields.target(field, name)?;
        same_fund(fields, field, &of, fund);
        Some(target)
    };
    let target =
        Some(&request.target).filter(|name| !name.is_empty()).and_then(|name| target_of("target", name));
    let named = request.excepted.iter().take(MAX_EXCEPTED).enumerate();
    let excepted = named.filter_map(|(at, name)| target_of(&format!("excepted[{at}]"), name)).collect();
    let covers = match request.covers {
        0 => None,
        covers => fields.choice("covers", covers, |covers| match covers {
            pb::Coverage::Unspecified => None,
            pb::Coverage::Targets => Some(Coverage::Targets),
            pb::Coverage::OverallTargets => Some(Coverage::OverallTargets),
            pb::Coverage::DetailTargets => Some(Coverage::DetailTargets),
        }),
    };
    Held { target, excepted, covers, attached: request.attached }
}
