//! What an indicator measures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

/// What an indicator measures.
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
pub enum Measure {
    /// (ups + downs) / original, in percent (财预〔2013〕53号).
    #[serde(rename = "budget.adjustment_rate.gross")]
    #[strum(serialize = "budget.adjustment_rate.gross")]
    AdjustmentRateGross,
    /// |adjusted − original| / original, in percent.
    #[serde(rename = "budget.adjustment_rate.net")]
    #[strum(serialize = "budget.adjustment_rate.net")]
    AdjustmentRateNet,
    /// (adjusted − original) / original, in percent, below zero for a cut.
    #[serde(rename = "budget.adjustment_rate.signed_net")]
    #[strum(serialize = "budget.adjustment_rate.signed_net")]
    AdjustmentRateSignedNet,
    /// downs / original, in percent.
    #[serde(rename = "budget.adjustment_rate.cuts_only")]
    #[strum(serialize = "budget.adjustment_rate.cuts_only")]
    AdjustmentRateCutsOnly,
    /// paid / original, in percent.
    #[serde(rename = "budget.execution_rate.original")]
    #[strum(serialize = "budget.execution_rate.original")]
    ExecutionRateOriginal,
    /// paid / adjusted, in percent.
    #[serde(rename = "budget.execution_rate.adjusted")]
    #[strum(serialize = "budget.execution_rate.adjusted")]
    ExecutionRateAdjusted,
    /// paid / received, in percent.
    #[serde(rename = "budget.execution_rate.received")]
    #[strum(serialize = "budget.execution_rate.received")]
    ExecutionRateReceived,
    /// Projects whose contract is not filed.
    #[serde(rename = "filings.contract_filing.not_filed")]
    #[strum(serialize = "filings.contract_filing.not_filed")]
    ContractsNotFiled,
    /// Projects that are not accepted though they had to be.
    #[serde(rename = "filings.acceptance.not_filed")]
    #[strum(serialize = "filings.acceptance.not_filed")]
    AcceptancesNotFiled,
    /// received / adjusted, in percent (资金到位率).
    #[serde(rename = "budget.receipt_rate")]
    #[strum(serialize = "budget.receipt_rate")]
    ReceiptRate,
    /// (adjusted − paid) / adjusted, in percent (成本节约率).
    #[serde(rename = "budget.saving_rate")]
    #[strum(serialize = "budget.saving_rate")]
    SavingRate,
    /// How often the budget was adjusted (预算调整次数).
    #[serde(rename = "budget.adjustments")]
    #[strum(serialize = "budget.adjustments")]
    Adjustments,
    /// What a person answered to the first of what the indicator asks, as a number: yes is 1, no 0, a date its day.
    #[serde(rename = "answer")]
    #[strum(serialize = "answer")]
    Answer,
    /// Actual by target of the targets of one name over all projects, in percent: values add up first; a value that is a
    /// percentage is weighed by its project's money.
    #[serde(rename = "targets.over_projects")]
    #[strum(serialize = "targets.over_projects")]
    OverProjects,
}
