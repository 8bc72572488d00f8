//! What is asked of scoring, and why it is refused.

use std::sync::Arc;

use jiff::civil::Date;
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{Fact, Judgement};
use jixiao_events::{FundId, IndicatorId, Number, PartialDate, SchemeId, SourceEvent};

use super::MAX_SCHEME_BYTES;
use super::answer::{AnswerFinding, AnswerRefusal};

/// What is asked of scoring.
#[derive(Debug, Clone, PartialEq)]
pub enum ScoringCommand {
    /// Take in an event of another service.
    TakeIn {
        /// The event.
        source: SourceEvent,
        /// Its type.
        event_type: String,
        /// What is used of it.
        facts: Vec<Fact>,
    },
    /// Load a scheme that was read and checked.
    LoadScheme {
        /// The rules.
        scheme: Arc<Scheme>,
        /// The file that they were read from.
        text: String,
    },
    /// Have a fund evaluated by a scheme.
    OpenEvaluation {
        /// The fund.
        fund: FundId,
        /// The scheme.
        scheme: SchemeId,
        /// Its version; `None` means the newest.
        version: Option<u32>,
    },
    /// Compute a fund's evaluation anew from its facts, some of which are gone. The log itself asks for it.
    Recompute {
        /// The fund.
        fund: FundId,
        /// The log that they came from.
        log: String,
        /// The id of the event that voids them.
        voided: String,
    },
    /// Note that a day has come for a fund: the clock says so.
    ReachDate {
        /// The fund.
        fund: FundId,
        /// The day, in the fund's own time zone.
        on: Date,
    },
    /// Record a person's judgement.
    SetManualScore {
        /// The fund.
        fund: FundId,
        /// The indicator.
        indicator: IndicatorId,
        /// The points.
        score: Number,
        /// Why.
        reason: String,
        /// When it was judged.
        on: PartialDate,
        /// What proves it.
        evidence: Vec<String>,
    },
    /// Record what a person says of an indicator, other than points.
    JudgeIndicator {
        /// The fund.
        fund: FundId,
        /// The indicator.
        indicator: IndicatorId,
        /// What is said.
        judgement: Judgement,
        /// Why.
        reason: String,
        /// When it was judged.
        on: PartialDate,
        /// What proves it.
        evidence: Vec<String>,
    },
    /// Record a stated figure.
    StateFigure {
        /// The fund.
        fund: FundId,
        /// What quantity.
        quantity: String,
        /// The figure.
        value: Number,
        /// The figure as written.
        stated: String,
        /// Its unit.
        unit: Option<String>,
        /// Stated or derived.
        basis: String,
        /// Where it is stated.
        place: String,
    },
    /// Record an answer to a finding.
    AnswerFinding(AnswerFinding),
}

/// Why a command is refused, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScoringRefusal {
    /// The scheme does not fit one event.
    #[error("the scheme has {bytes} bytes as stored, at most {MAX_SCHEME_BYTES} fit")]
    SchemeTooLarge {
        /// Its bytes.
        bytes: usize,
    },
    /// The newest version is the same, to the letter.
    #[error("version {version} of scheme {scheme} has just this text already")]
    SchemeUnchanged {
        /// The scheme.
        scheme: SchemeId,
        /// Its newest version.
        version: u32,
    },
    /// No such fund was taken in from the registry.
    #[error("fund {0} is not known here")]
    FundNotFound(FundId),
    /// The day is none that the fund's clock may come to.
    #[error("{on} is no day of fund {fund}: its clock runs from {first} to {last}")]
    DateOutsideYear {
        /// The fund.
        fund: FundId,
        /// The day.
        on: Date,
        /// The first day.
        first: Date,
        /// The last day.
        last: Date,
    },
    /// The fund's clock has come as far already: it never goes back.
    #[error("the clock of fund {fund} has come to {reached} already: {on} is not later")]
    DateNotLater {
        /// The fund.
        fund: FundId,
        /// The day.
        on: Date,
        /// The day that it has come to.
        reached: Date,
    },
    /// No such scheme was loaded.
    #[error("scheme {0} is not loaded")]
    SchemeNotFound(SchemeId),
    /// The scheme has no such version.
    #[error("scheme {scheme} has no version {version}, its newest is {newest}")]
    SchemeVersionNotFound {
        /// The scheme.
        scheme: SchemeId,
        /// The version asked for.
        version: u32,
        /// Its newest version.
        newest: u32,
    },
    /// The scheme is for another year than the fund.
    #[error("scheme {scheme} is for {scheme_year}, fund {fund} is of {fund_year}")]
    FiscalYearDiffers {
        /// The fund.
        fund: FundId,
        /// Its year.
        fund_year: i16,
        /// The scheme.
        scheme: SchemeId,
        /// Its year.
        scheme_year: i16,
    },
    /// The fund is evaluated by just this already.
    #[error("fund {fund} is evaluated by version {version} of scheme {scheme} already")]
    EvaluationUnchanged {
        /// The fund.
        fund: FundId,
        /// The scheme.
        scheme: SchemeId,
        /// The version.
        version: u32,
    },
    /// The fund has no evaluation.
    #[error("fund {0} has no evaluation: open one first")]
    EvaluationNotOpen(FundId),
    /// The evaluation has no such indicator.
    #[error("the evaluation of fund {fund} has no indicator {indicator}")]
    IndicatorNotFound {
        /// The fund.
        fund: FundId,
        /// The indicator.
        indicator: IndicatorId,
    },
    /// A rule computes it.
    #[error("indicator {indicator} is computed by its rule, it is not for a person to judge")]
    IndicatorComputed {
        /// The fund.
        fund: FundId,
        /// The indicator.
        indicator: IndicatorId,
    },
    /// A person may say that, but not of this indicator.
    #[error("indicator {indicator} is not judged by {by}: give {instead}")]
    NotJudgedSo {
        /// The indicator.
        indicator: IndicatorId,
        /// What was given.
        by: &'static str,
        /// What is asked for.
        instead: &'static str,
    },
    /// The scheme does not let it be left out.
    #[error("indicator {indicator} is not optional in its scheme: it cannot be left out as not applicable")]
    NotOptional {
        /// The indicator.
        indicator: IndicatorId,
    },
    /// The indicator does not ask for it.
    #[error("indicator {indicator} does not ask for {ask}; it asks for: {}", .asks.join(", "))]
    NotAsked {
        /// The indicator.
        indicator: IndicatorId,
        /// What was answered.
        ask: String,
        /// What is asked for.
        asks: Vec<String>,
    },
    /// The answer is not of the kind that is asked for.
    #[error("the answer to {ask} has to be {wanted}")]
    AnswerDoesNotFit {
        /// What was answered.
        ask: String,
        /// What is asked for.
        wanted: String,
    },
    /// The rule has no such level.
    #[error("there is no level {level}; there are: {}", .levels.join(", "))]
    LevelNotFound {
        /// What was given.
        level: String,
        /// What there is.
        levels: Vec<String>,
    },
    /// Points without the level that they are within.
    #[error("indicator {indicator} of fund {fund} has no level yet: give the level with its points")]
    LevelMissing {
        /// The fund.
        fund: FundId,
        /// The indicator.
        indicator: IndicatorId,
    },
    /// The level allows several points, and none were given.
    #[error("level {level} allows more than one value: give points within it")]
    PointsMissing {
        /// The level.
        level: String,
    },
    /// The points, or the coefficient, are not within what is allowed.
    #[error("{score} is not from {least} to {most}")]
    ScoreOutOfRange {
        /// What was given.
        score: Number,
        /// The least that is allowed.
        least: Number,
        /// The most that is allowed.
        most: Number,
    },
    /// The scheme asks for evidence, and none is named.
    #[error("indicator {indicator} is judged with evidence: name what proves it")]
    EvidenceMissing {
        /// The indicator.
        indicator: IndicatorId,
    },
    /// An answer to a finding.
    #[error(transparent)]
    Answer(#[from] AnswerRefusal),
}
