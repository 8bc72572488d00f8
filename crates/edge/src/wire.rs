//! Values of the published language, for the wire.

use jixiao_events::{Approval, Money, Names};
use jixiao_proto::google::r#type::Money as PbMoney;
use jixiao_proto::jixiao::types::v1 as pb;

/// Money in CNY. A sum beyond what the wire's 64-bit yuan hold is given as the nearest that they do.
pub fn pb_money(money: Money) -> PbMoney {
    let nearest = if money.is_negative() { i64::MIN } else { i64::MAX };
    let (units, nanos) = money.parts().unwrap_or((nearest, 0));
    PbMoney { currency_code: "CNY".to_owned(), units, nanos }
}

/// Names; an English one that is not there is empty.
pub fn pb_names(names: &Names) -> pb::Names {
    pb::Names { zh: names.zh.clone(), en: names.en.clone().unwrap_or_default() }
}

/// An approval; what is not stated is named.
pub fn pb_approval(approval: &Approval) -> pb::Approval {
    let mut not_stated = Vec::new();
    let mut part = |part: pb::ApprovalPart, text: Option<String>| {
        if text.is_none() {
            not_stated.push(part.into());
        }
        text.unwrap_or_default()
    };
    pb::Approval {
        approver: part(pb::ApprovalPart::Approver, approval.approver.clone()),
        approved_on: part(pb::ApprovalPart::ApprovedOn, approval.approved_on.map(|date| date.to_string())),
        reason: part(pb::ApprovalPart::Reason, approval.reason.clone()),
        not_stated,
    }
}
