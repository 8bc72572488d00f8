//! The record of an evaluation: what it is for, what it rests on, how and by whom it is made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::date::PartialDate;
use crate::names::{FundId, ProjectId};

/// An evaluation was described. A later record takes the place of an earlier one as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvaluationDescribed {
    /// The fund.
    pub fund: FundId,
    /// The project that is evaluated by itself; `None`: the fund as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The record.
    pub record: EvaluationRecord,
}

/// The record of an evaluation. What is not stated is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct EvaluationRecord {
    /// Who evaluates whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EvaluationKind>,
    /// What it is for (评价目的).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What it covers (评价范围).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The documents that it rests on (评价依据), each by number or title.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<String>,
    /// How it is made (评价方法).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<Method>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// Who made it (评价组).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub team: Vec<Member>,
    /// The date of its report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_date: Option<PartialDate>,
}

/// Who evaluates whom (财预〔2020〕10号 art. 4).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EvaluationKind {
    /// The unit evaluates itself (单位自评).
    UnitSelf,
    /// The competent agency evaluates (部门评价).
    Department,
    /// The finance bureau evaluates (财政评价).
    Finance,
}

/// A method of evaluation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Method {
    /// One that has a name of its own in the rules.
    Known {
        /// Which.
        method: KnownMethod,
    },
    /// Another one, as its users call it.
    Other {
        /// Its name.
        name: String,
    },
}

/// The methods that the rules and the reports name.
///
/// Source: 财预〔2020〕10号 names the first seven; the others are those of published reports.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum KnownMethod {
    /// Costs against benefits (成本效益分析法).
    CostBenefit,
    /// Against other periods, places or kinds (比较法).
    Comparison,
    /// What moved the results (因素分析法).
    FactorAnalysis,
    /// The least cost of the same result (最低成本法).
    LeastCost,
    /// The judgement of the public and of experts (公众评判法).
    PublicJudgement,
    /// Against the best of its kind (标杆管理法).
    Benchmarking,
    /// What was reached against what was to be (目标对比法).
    TargetComparison,
    /// A look on the spot (实地调查法).
    FieldSurvey,
    /// A questionnaire (问卷调查法).
    Questionnaire,
    /// Talks with those concerned (访谈法).
    Interview,
    /// The judgement of experts (专家评议法).
    ExpertReview,
    /// A check of documents and vouchers (资料核查法).
    DocumentCheck,
}

impl KnownMethod {
    /// All of them, in the order of the vocabulary.
    pub const ALL: [Self; 12] = [
        Self::CostBenefit,
        Self::Comparison,
        Self::FactorAnalysis,
        Self::LeastCost,
        Self::PublicJudgement,
        Self::Benchmarking,
        Self::TargetComparison,
        Self::FieldSurvey,
        Self::Questionnaire,
        Self::Interview,
        Self::ExpertReview,
        Self::DocumentCheck,
    ];

    /// What people call it, in Chinese and in English.
    pub fn names(self) -> [&'static str; 2] {
        match self {
            Self::CostBenefit => ["成本效益分析法", "cost-benefit analysis"],
            Self::Comparison => ["比较法", "comparison"],
            Self::FactorAnalysis => ["因素分析法", "factor analysis"],
            Self::LeastCost => ["最低成本法", "least cost"],
            Self::PublicJudgement => ["公众评判法", "public judgement"],
            Self::Benchmarking => ["标杆管理法", "benchmarking"],
            Self::TargetComparison => ["目标对比法", "comparison with targets"],
            Self::FieldSurvey => ["实地调查法", "field survey"],
            Self::Questionnaire => ["问卷调查法", "questionnaire"],
            Self::Interview => ["访谈法", "interviews"],
            Self::ExpertReview => ["专家评议法", "expert review"],
            Self::DocumentCheck => ["资料核查法", "check of documents"],
        }
    }
}

impl Method {
    /// A method by the word of the vocabulary or by its Chinese name, with or without 法 at its end; else as it is called.
    pub fn called(name: &str) -> Self {
        let is_it = |method: &KnownMethod| {
            let [zh, _] = method.names();
            name == <&str>::from(*method) || name == zh || Some(name) == zh.strip_suffix('法')
        };
        match KnownMethod::ALL.into_iter().find(is_it) {
            Some(method) => Self::Known { method },
            None => Self::Other { name: name.to_owned() },
        }
    }
}

/// From one date to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Period {
    /// The first.
    pub from: PartialDate,
    /// The last; `None` while it is not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PartialDate>,
}

/// A member of an evaluation's team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// The name.
    pub name: String,
    /// What they do in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// For whom they work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_known_by_word_and_by_chinese_name() {
        let known = |method| Method::Known { method };
        for (name, expected) in [
            ("目标对比法", known(KnownMethod::TargetComparison)),
            ("target_comparison", known(KnownMethod::TargetComparison)),
            ("实地调查", known(KnownMethod::FieldSurvey)),
            ("比较", known(KnownMethod::Comparison)),
            ("目标对比分析", Method::Other { name: "目标对比分析".to_owned() }),
        ] {
            assert_eq!(Method::called(name), expected, "{name}");
        }
        for method in KnownMethod::ALL {
            assert_eq!(Method::called(method.into()), known(method));
        }
        assert_eq!(KnownMethod::ALL.map(<&str>::from), KnownMethod::VARIANTS);
    }
}
