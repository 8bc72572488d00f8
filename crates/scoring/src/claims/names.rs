//! What people call a quantity.

use jixiao_events::Names;
use jixiao_events::budget::{Denominator, Reading as Rate};
use jixiao_events::scoring::{CountQuantity, MoneyQuantity};
use jixiao_events::targets::TargetLevel;

use super::quantity::{Part, Projects, Quantity, ScopeKind, ScopeMoney};
use crate::domain::state::TOTAL;

/// The names of a quantity; `None` for what the vocabulary does not have. `node` knows those of a scheme's nodes.
pub fn names(quantity: &str, node: &dyn Fn(&str) -> Option<Names>) -> Option<Names> {
    let both = |zh: &str, en: &str| Names { zh: zh.to_owned(), en: Some(en.to_owned()) };
    let of_node = |path: String, zh: &str, en: &str| {
        let known = node(&path);
        let of_zh = known.as_ref().map_or(path.as_str(), |known| known.zh.as_str());
        let of_en = known.as_ref().and_then(|known| known.en.as_deref()).unwrap_or(path.as_str());
        Names { zh: format!("“{of_zh}”{zh}"), en: Some(format!("{en} of {of_en}")) }
    };
    Some(match Quantity::parse(quantity)? {
        Quantity::Money(money) => {
            let (zh, en) = fund_money(money);
            both(zh, en)
        }
        Quantity::Adjusted => both("调整后预算", "adjusted budget"),
        Quantity::Unspent => both("未使用资金", "unspent money"),
        Quantity::AdjustmentRate(by) => {
            let (zh, en) = match by {
                None => ("", ""),
                Some(Rate::Gross) => ("（调增加调减，比年初预算）", ": ups and downs / original"),
                Some(Rate::Net) => ("（净调整额，比年初预算）", ": net change / original"),
                Some(Rate::SignedNet) => ("（净调整额，带正负号）", ": net change with its sign / original"),
                Some(Rate::CutsOnly) => ("（调减，比年初预算）", ": downs / original"),
            };
            both(&format!("预算调整率{zh}"), &format!("adjustment rate{en}"))
        }
        Quantity::ExecutionRate(of) => {
            let (zh, en) = match of {
                None => ("", ""),
                Some(Denominator::Original) => ("（比年初预算）", " of the original budget"),
                Some(Denominator::Adjusted) => ("（比调整后预算）", " of the adjusted budget"),
                Some(Denominator::Received) => ("（比到位资金）", " of what was received"),
            };
            both(&format!("预算执行率{zh}"), &format!("execution rate{en}"))
        }
        Quantity::Scope(money) => scope_money(&money),
        Quantity::Projects(projects) => {
            let (zh, en) = match projects {
                Projects::Total => ("项目总数", "projects"),
                Projects::StartOfYear => ("年初项目数", "projects at the start of the year"),
                Projects::Own => ("年初自有项目数", "own projects since the start of the year"),
                Projects::TakenOver => ("接收项目数", "projects taken over"),
                Projects::New => ("新增项目数", "new projects"),
                Projects::OtherAgencies => ("其他部门项目数", "projects of other agencies"),
                Projects::Removed => ("退出项目数", "projects that left"),
            };
            both(zh, en)
        }
        Quantity::NotFiled(count) => {
            let (zh, en) = match count {
                CountQuantity::Projects => ("项目总数", "projects"),
                CountQuantity::ContractsNotFiled => ("合同未备案项目数", "projects without contract filing"),
                CountQuantity::AcceptancesNotFiled => ("未验收项目数", "projects without acceptance"),
                CountQuantity::Adjustments => ("预算调整次数", "adjustments of the budget"),
            };
            both(zh, en)
        }
        Quantity::Targets(level, part) => {
            let (zh, en) = match level {
                None => ("", ""),
                Some(TargetLevel::Overall) => ("总体", "overall "),
                Some(TargetLevel::Detail) => ("明细", "detail "),
            };
            match part {
                Part::Total => both(&format!("{zh}绩效目标数"), &format!("{en}targets")),
                Part::Attained => both(&format!("完成的{zh}绩效目标数"), &format!("{en}targets attained")),
                Part::Rate => {
                    both(&format!("{zh}绩效目标完成率"), &format!("attainment rate of {en}targets"))
                }
            }
        }
        Quantity::OnlyUnmet(target) => both(
            &format!("未完成的总体目标数（仅“{target}”）"),
            &format!("unmet overall targets, \"{target}\" alone"),
        ),
        Quantity::Actual(target) => {
            both(&format!("“{target}”实际完成值"), &format!("actual of \"{target}\""))
        }
        Quantity::Score(path) if path == TOTAL => both("总分", "total score"),
        Quantity::Weight(path) if path == TOTAL => both("总权重", "total weight"),
        Quantity::Deduction(path) if path == TOTAL => both("总扣分", "total deduction"),
        Quantity::Score(path) => of_node(path, "得分", "score"),
        Quantity::Weight(path) => of_node(path, "权重", "weight"),
        Quantity::Deduction(path) => of_node(path, "扣分", "deduction"),
    })
}

fn fund_money(money: MoneyQuantity) -> (&'static str, &'static str) {
    match money {
        MoneyQuantity::Original => ("年初预算", "original budget"),
        MoneyQuantity::Increase => ("预算调增", "increases"),
        MoneyQuantity::Decrease => ("预算调减", "decreases"),
        MoneyQuantity::Received => ("到位资金", "money received"),
        MoneyQuantity::Paid => ("支出", "expenditure"),
        MoneyQuantity::Refunded => ("收回资金", "money refunded"),
        MoneyQuantity::UnspentExplained => ("已说明原因的未使用资金", "unspent money explained"),
    }
}

fn scope_money(money: &ScopeMoney) -> Names {
    let (what, id) = money.scope.split_once(':').unwrap_or(("", money.scope.as_str()));
    let (of_zh, of_en) = if what == "group" { ("项目组", "group") } else { ("项目", "project") };
    let (zh, en) = match money.kind {
        ScopeKind::Arranged => ("安排资金", "arranged"),
        ScopeKind::Paid => ("支出", "paid"),
        ScopeKind::Unspent => ("未使用资金", "unspent"),
        ScopeKind::UnspentExplained => ("已说明原因的未使用资金", "unspent and explained"),
        ScopeKind::AdjustmentIncrease => ("预算调增", "increases"),
        ScopeKind::AdjustmentDecrease => ("预算调减", "decreases"),
        ScopeKind::BeforeSplit => ("拆分前资金", "before its split"),
        ScopeKind::Split => ("拆分所得资金", "got by its split"),
    };
    let (to_zh, to_en) = match &money.agency {
        None => (String::new(), String::new()),
        Some(agency) => (format!("（{agency}）"), format!(", {agency}")),
    };
    Names { zh: format!("{of_zh} {id} {zh}{to_zh}"), en: Some(format!("{of_en} {id}: {en}{to_en}")) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::claims::quantity::VOCABULARY;
    use crate::claims::quantity::tests::named;

    #[test]
    fn every_term_has_a_name_of_its_own() {
        let mut found = BTreeSet::new();
        for term in VOCABULARY {
            let name = names(&named(term), &|_| None).unwrap();
            assert!(name.en.is_some());
            // What is missing are the contracts, where nothing else is said.
            let is_new = found.insert(name.clone().zh) && found.insert(name.en.clone().unwrap());
            assert!(is_new || *term == "filings.contract_filing.not_filed", "{term}: {name:?}");
        }
    }

    #[test]
    fn nodes_have_the_names_of_their_scheme() {
        let funds = Names { zh: "资金使用情况".to_owned(), en: Some("Use of funds".to_owned()) };
        let node = |path: &str| (path == "management.funds_use").then(|| funds.clone());
        for (quantity, zh, en) in [
            ("score.total", "总分", "total score"),
            ("score.management.funds_use", "“资金使用情况”得分", "score of Use of funds"),
            ("weight.targets", "“targets”权重", "weight of targets"),
            ("targets.detail.attainment_rate", "明细绩效目标完成率", "attainment rate of detail targets"),
            ("budget.split.project:p1:a1", "项目 p1 拆分所得资金（a1）", "project p1: got by its split, a1"),
        ] {
            let found = names(quantity, &node).unwrap();
            assert_eq!((found.zh.as_str(), found.en.as_deref()), (zh, Some(en)), "{quantity}");
        }
        assert_eq!(names("data.records_total", &node), None);
    }
}
