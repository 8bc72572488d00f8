//! The ledger's refusals in Chinese.

use jixiao_events::Money;
use jixiao_events::ledger::EntryKind;
use jixiao_events::registry::Membership;

use crate::domain::{Holds, LedgerRefusal, OpenCommitment, resource};

/// What is wrong and what to do. Amounts are in yuan (元).
pub(crate) fn refusal(refusal: &LedgerRefusal) -> String {
    use LedgerRefusal as R;
    match refusal {
        R::AmountNotPositive(amount) => format!("金额须大于零，实为 {amount} 元"),
        R::ScopeNotFund => "年初预算以整个专项资金批复，再分配到项目或项目组".to_owned(),
        R::ScopeIsFund => "分配须指明得到资金的项目或项目组，不能是专项资金本身".to_owned(),
        R::SameAgency(agency) => format!("{agency} 不能划转给自己"),
        R::PartNotPositive { agency, amount } => format!("{agency} 分得的金额须大于零，实为 {amount} 元"),
        R::AgencyTwice(agency) => format!("{agency} 在同一拆分中出现多次"),
        R::PartsDoNotAddUp { parts, amount } => {
            format!("各部分合计 {parts} 元，与拆分前的 {amount} 元不等")
        }
        R::FundUnknown(fund) => format!("资金账尚未见到专项资金 {fund}"),
        R::ProjectUnknown { fund, project } => format!("资金账尚未见到专项资金 {fund} 的项目 {project}"),
        R::GroupUnknown { fund, group } => {
            format!("资金账尚未见到专项资金 {fund} 中属于项目组 {group} 的项目")
        }
        R::AgencyUnknown(agency) => format!("资金账尚未见到单位 {agency}"),
        R::EntryExists { entry, kind, .. } => format!("分录 {entry} 已存在，为{}", word(kind.0)),
        R::EntryUnknown { fund, entry } => format!("专项资金 {fund} 没有分录 {entry}"),
        R::NotACommitment { entry, kind, .. } => format!("{entry} 不是承诺，而是{}", word(kind.0)),
        R::NotAPaymentRequest { entry, kind, .. } => format!("{entry} 不是支付申请，而是{}", word(kind.0)),
        R::ScopeDiffers { entry, theirs, ours, .. } => format!("{entry} 是 {theirs} 的资金，不是 {ours} 的"),
        R::IsReversal { entry, .. } => format!("{entry} 是冲销，不能再冲销；请重新记账"),
        R::AlreadyReversed { entry, by, .. } => format!("{entry} 已由 {by} 冲销"),
        R::YearClosed { fund, on } => format!("专项资金 {fund} 的预算年度自 {on} 起已关闭"),
        R::BudgetAlreadyApproved { fund, entry } => {
            format!("专项资金 {fund} 的年初预算已由分录 {entry} 批复")
        }
        R::BudgetNotApproved(fund) => format!("专项资金 {fund} 尚未批复年初预算"),
        R::ProjectOutsideFund { fund, project, membership } => {
            let why = match membership {
                Membership::InFund => "在列",
                Membership::Removed => "已移出",
                Membership::NamedOnly => "仅被提及",
            };
            format!("专项资金 {fund} 不含项目 {project}（{why}），不能再得到或占用资金")
        }
        R::CommitmentDrawnOn { entry, drawn, .. } => {
            format!("支付申请已使用承诺 {entry} 的 {drawn} 元，请先冲销这些申请")
        }
        R::RequestPaid { entry, paid, .. } => {
            format!("支付申请 {entry} 已支付 {paid} 元，请先冲销这些支付")
        }
        R::HoldingExceeded { agency, holds, amount } => {
            format!("{agency} 持有 {holds} 元，不足 {amount} 元")
        }
        R::CommitmentExceeded { commitment, rest, drawn, amount, .. } => {
            format!("{amount} 元超过承诺 {commitment} 的余额 {rest} 元；其余 {drawn} 元已由支付申请占用")
        }
        R::AvailableExceeded { fund, scope, amount, available, holds } => {
            let whose = resource(fund, scope);
            format!("{amount} 元超过 {whose} 的可用额 {available} 元；{}", held(holds))
        }
        R::AppropriationCut { fund, scope, left, amount } => {
            let whose = resource(fund, scope);
            format!("调减之后 {whose} 的预算指标只余 {left} 元，不足 {amount} 元，请先冲销这些调减")
        }
    }
}

fn held(holds: &Holds) -> String {
    let mut commitments = holds.committed.to_string();
    let mut named: Vec<String> = holds
        .commitments
        .iter()
        .map(|commitment| {
            let OpenCommitment { entry, rest, .. } = commitment;
            format!("{entry}（合同 {}）{rest} 元", commitment.short_contract())
        })
        .collect();
    commitments.push_str(" 元");
    if !named.is_empty() {
        let unnamed = holds.unnamed();
        if unnamed > Money::ZERO {
            named.push(format!("其他 {unnamed} 元"));
        }
        commitments = format!("{commitments}：{}", named.join("、"));
    }
    let held: Vec<String> = [
        ("已分配", holds.allocated, None),
        ("承诺", holds.committed, Some(commitments)),
        ("支付申请", holds.requested, None),
        ("已支付", holds.paid, None),
        ("已收回", holds.refunded, None),
    ]
    .into_iter()
    .filter(|(_, amount, _)| *amount > Money::ZERO)
    .map(|(what, amount, text)| format!("{what} {}", text.unwrap_or_else(|| format!("{amount} 元"))))
    .collect();
    if held.is_empty() { "没有其他占用".to_owned() } else { format!("占用：{}", held.join("，")) }
}

fn word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::OriginalBudget => "年初预算",
        EntryKind::Increase => "调增",
        EntryKind::Decrease => "调减",
        EntryKind::Transfer => "划转",
        EntryKind::Split => "拆分",
        EntryKind::Allocation => "分配",
        EntryKind::Commitment => "承诺",
        EntryKind::Receipt => "到位",
        EntryKind::PaymentRequest => "支付申请",
        EntryKind::Payment => "支付",
        EntryKind::Refund => "收回",
        EntryKind::Reversal => "冲销",
        EntryKind::UnspentExplanation => "结余说明",
        EntryKind::Statement => "资金陈述",
    }
}
