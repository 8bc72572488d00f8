//! What is asked of scoring, and why it is refused.

use std::sync::Arc;

use jiff::civil::Date;
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{EvaluationRecord, Fact, Judgement};
use jixiao_events::{
    Evaluated, FundId, IndicatorId, Number, PartialDate, ProjectId, SchemeId, SchemeSubject, SourceEvent,
};

use super::MAX_SCHEME_BYTES;
use super::answer::{AnswerFinding, AnswerRefusal};
use super::given::Scored;
use super::life::{ApprovedBy, Wanted};

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
        /// On what it is approved at once; `None`: it is a draft.
        approved: Option<ApprovedBy>,
    },
    /// Have a fund or a project evaluated by a scheme.
    OpenEvaluation {
        /// The fund or project.
        of: Evaluated,
        /// By what.
        wanted: Wanted,
    },
    /// Have a draft of a scheme be used from now on.
    ApproveScheme {
        /// The scheme.
        scheme: SchemeId,
        /// The version.
        version: u32,
        /// On what.
        approved: ApprovedBy,
    },
    /// Have a version of a scheme not be used any more.
    WithdrawScheme {
        /// The scheme.
        scheme: SchemeId,
        /// The version.
        version: u32,
        /// Why.
        reason: String,
        /// When.
        on: PartialDate,
    },
    /// Say what an evaluation is for, what it rests on and who makes it.
    DescribeEvaluation {
        /// The fund or project.
        of: Evaluated,
        /// All of that.
        record: EvaluationRecord,
    },
    /// Record a reviewer's or the finance bureau's score of an indicator.
    RecordScore(Scored),
    /// Compute a fund's evaluation anew from its facts, some of which are gone. The log itself asks for it.
    Recompute {
        /// The fund.
        fund: FundId,
        /// The log that they came from.
        log: String,
        /// The id of the event that voids them.
        voided: String,
    },
    /// Check anew what is said in one wording, some of which is gone. The log itself asks for it.
    RecheckWording {
        /// The key of the wording's places.
        wording: String,
        /// The log that what is gone came from.
        log: String,
        /// The id of the event that voids it.
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
        /// The fund or project.
        of: Evaluated,
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
        /// The fund or project.
        of: Evaluated,
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
    /// The scheme is for something else than what is to be evaluated.
    #[error(
        "version {version} of scheme {scheme} is for {}, {} is of {}: name another scheme",
        of_scheme.names()[1],
        of.in_words(),
        subject.names()[1]
    )]
    SubjectDiffers {
        /// What is to be evaluated.
        of: Evaluated,
        /// What that is.
        subject: SchemeSubject,
        /// The scheme.
        scheme: SchemeId,
        /// Its version.
        version: u32,
        /// What it is for.
        of_scheme: SchemeSubject,
    },
    /// The version is a draft.
    #[error("version {version} of scheme {scheme} is a draft: approve it first (ApproveScheme)")]
    SchemeNotApproved {
        /// The scheme.
        scheme: SchemeId,
        /// The version.
        version: u32,
    },
    /// The version is approved already.
    #[error("version {version} of scheme {scheme} is approved already and never changes: load a new one")]
    SchemeApproved {
        /// The scheme.
        scheme: SchemeId,
        /// The version.
        version: u32,
    },
    /// The version was withdrawn.
    #[error("version {version} of scheme {scheme} was withdrawn: use another one, or load a new one")]
    SchemeWithdrawn {
        /// The scheme.
        scheme: SchemeId,
        /// The version.
        version: u32,
    },
    /// The version has dates, and the evaluation has none.
    #[error(
        "version {version} of scheme {scheme} is in effect for a time only: give the evaluation's date in `on`"
    )]
    EvaluationDateMissing {
        /// The scheme.
        scheme: SchemeId,
        /// The version.
        version: u32,
    },
    /// The version is not in effect on the evaluation's date.
    #[error("version {version} of scheme {scheme} is in effect {}, not on {on}", period(*from, *to))]
    SchemeNotInEffect {
        /// The scheme.
        scheme: SchemeId,
        /// The version.
        version: u32,
        /// The evaluation's date.
        on: PartialDate,
        /// The first day that it is in effect.
        from: Option<PartialDate>,
        /// The last.
        to: Option<PartialDate>,
    },
    /// No scheme was named, and none fits.
    #[error(
        "no approved scheme for {} fits the year {year}{}{}: {}",
        subject.names()[1],
        region.as_ref().map(|region| format!(", the region {region}")).unwrap_or_default(),
        on.map(|on| format!(" and the day {on}")).unwrap_or_default(),
        if approved.is_empty() {
            "none of that year is approved; load and approve one, or name one".to_owned()
        } else {
            format!("approved of that year: {}", versions(approved))
        }
    )]
    NoSchemeFits {
        /// The fund's year.
        year: i16,
        /// What is to be evaluated.
        subject: SchemeSubject,
        /// The region asked for.
        region: Option<String>,
        /// The evaluation's date.
        on: Option<PartialDate>,
        /// The approved schemes of that year, each in its newest version.
        approved: Vec<(SchemeId, u32)>,
    },
    /// No scheme was named, and more than one fits.
    #[error(
        "more than one approved scheme for {} fits the year {year}, name one: {}",
        subject.names()[1],
        versions(schemes)
    )]
    SeveralSchemesFit {
        /// The fund's year.
        year: i16,
        /// What is to be evaluated.
        subject: SchemeSubject,
        /// Those that fit, each in its newest version.
        schemes: Vec<(SchemeId, u32)>,
    },
    /// No such project was taken in from the registry.
    #[error("project {project} of fund {fund} is not known here: register it in the registry first")]
    ProjectNotFound {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
    },
    /// The fund does not carry the project.
    #[error(
        "fund {fund} does not carry project {project}: evaluate it below the fund that does, or register it there"
    )]
    ProjectNotInFund {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
    },
    /// It is evaluated by just this already.
    #[error("{} is evaluated by version {version} of scheme {scheme} already", .of.in_words())]
    EvaluationUnchanged {
        /// The fund or project.
        of: Evaluated,
        /// The scheme.
        scheme: SchemeId,
        /// The version.
        version: u32,
    },
    /// The evaluation is described just so already.
    #[error("the record of the evaluation of {} says just this already", .0.in_words())]
    RecordUnchanged(Evaluated),
    /// The fund or project has no evaluation.
    #[error("{} has no evaluation: open one first", .0.in_words())]
    EvaluationNotOpen(Evaluated),
    /// The evaluation has no such indicator.
    #[error("the evaluation of {} has no indicator {indicator}", .of.in_words())]
    IndicatorNotFound {
        /// The fund or project.
        of: Evaluated,
        /// The indicator.
        indicator: IndicatorId,
    },
    /// A rule computes it.
    #[error("indicator {indicator} is computed by its rule, it is not for a person to judge")]
    IndicatorComputed {
        /// The fund or project.
        of: Evaluated,
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
    #[error("indicator {indicator} of {} has no level yet: give the level with its points", .of.in_words())]
    LevelMissing {
        /// The fund or project.
        of: Evaluated,
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

/// The most schemes that a refusal names.
const NAMED: usize = 10;

/// Versions of schemes, as a refusal names them.
pub(crate) fn versions(schemes: &[(SchemeId, u32)]) -> String {
    let named = schemes.iter().take(NAMED).map(|(scheme, version)| format!("{scheme} ({version})"));
    let mut named: Vec<String> = named.collect();
    if schemes.len() > NAMED {
        named.push("…".to_owned());
    }
    named.join(", ")
}

fn period(from: Option<PartialDate>, to: Option<PartialDate>) -> String {
    let from = from.map(|from| format!("from {from}"));
    let to = to.map(|to| format!("until {to}"));
    from.into_iter().chain(to).collect::<Vec<_>>().join(" ")
}
