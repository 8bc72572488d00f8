//! Scheme files: read, checked, or refused with every fault and its place.
//!
//! A file is TOML. A parameter is a plain value or `{ value = …, basis = "stated", source = "…" }`. What a plain value
//! rests on is said by the nearest table around it that has `basis` (and `source`): the rule's, the node's, the file's.
//! The example files begin with the whole form.

mod bounds;
mod check;
mod dates;
mod monitoring;
mod node;
mod quantities;
mod read;
mod rule;
mod rules;
pub mod schema;
mod toml_reader;

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod shown_tests;
#[cfg(test)]
mod tests;

use std::fmt;

use jixiao_events::scheme::Scheme;
use strum::{IntoStaticStr, VariantNames};
use toml::de::DeTable;

use self::toml_reader::Reader;

/// The most bytes of a scheme file: it is kept whole in one event.
pub const MAX_BYTES: usize = 128 * 1024;

/// A fault of a scheme file and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeFault {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub kind: FaultKind,
    /// The same in words, with what to do.
    pub message: String,
}

impl fmt::Display for SchemeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

/// What can be wrong with a scheme file. Its name in capitals is the reason that a client gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum FaultKind {
    /// Nothing at all.
    Empty,
    /// More than an event holds.
    TooLarge,
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// The character U+0000, which no database keeps.
    NullCharacter,
    /// No TOML.
    Syntax,
    /// A key that has no meaning there.
    UnknownKey,
    /// A key that has to be there.
    MissingKey,
    /// A value of another type.
    WrongType,
    /// A text that is empty or too long, or holds a control character.
    BadText,
    /// No id.
    BadId,
    /// No exact decimal, or one out of its range.
    BadNumber,
    /// No day.
    BadDate,
    /// A last day before the first.
    DatesCrossed,
    /// A word that is not one of those allowed.
    UnknownWord,
    /// Nothing says what a parameter rests on.
    BasisMissing,
    /// More nodes than an evaluation may have.
    TooManyNodes,
    /// No node at all.
    NoNodes,
    /// Two nodes with one id.
    DuplicateNode,
    /// The id of the sum of everything.
    ReservedNode,
    /// A node whose parent does not stand before it.
    ParentMissing,
    /// A node below one that is no group.
    ParentNotGroup,
    /// A weight that is not above zero.
    WeightNotPositive,
    /// A group that its children do not fill.
    GroupNotFilled,
    /// A total that the nodes at the top do not fill.
    TotalNotFilled,
    /// Targets of one level below two nodes: each would count twice.
    LevelTwice,
    /// No such measure.
    UnknownMeasure,
    /// A rule that needs a measure without one.
    MeasureMissing,
    /// A manual rule with a measure.
    ManualWithMeasure,
    /// A measure that the rule cannot use.
    MeasureNotForRule,
    /// A rule that cannot score targets.
    RuleNotForTargets,
    /// No threshold where there has to be one, or one where there may be none.
    Threshold,
    /// A rule without a step.
    NoSteps,
    /// Steps that do not descend.
    StepsNotDescending,
    /// A factor outside 0 to 1.
    FactorOutOfRange,
    /// A rule without a band.
    NoBands,
    /// Bands that do not ascend: they overlap.
    BandsNotAscending,
    /// A last band with an end: what is beyond has no points.
    LastBandNotOpen,
    /// A band without an end that is not the last: what follows is never reached.
    OpenBandNotLast,
    /// A weight of a node below a group that is divided equally.
    WeightOfPart,
    /// Alternatives that are no such.
    BestOf,
    /// A node outside of the total below another.
    OutsideNotAtTop,
    /// A way in which points come together that those outside of the total have not.
    OutsideCombined,
    /// A month of a measure that is not counted by month.
    MonthNotForMeasure,
    /// Something that is asked twice.
    DuplicateAsk,
    /// A condition that says nothing here.
    BadCondition,
    /// A curve without an anchor.
    NoAnchors,
    /// Anchors that do not ascend.
    AnchorsNotAscending,
    /// A checklist without an item.
    NoItems,
    /// A checklist whose items do not fill the weight.
    ItemsNotFilled,
    /// A rule without a level.
    NoLevels,
    /// Levels that do not descend.
    LevelsNotDescending,
    /// A rule without a case.
    NoCases,
    /// Points below 0 or above the weight.
    PointsOutOfRange,
    /// No grade.
    NoGrades,
    /// Two grades with one id.
    DuplicateGrade,
    /// Grades that do not descend.
    GradesNotDescending,
    /// A last grade that does not begin at 0.
    LastGradeNotZero,
    /// More quantities than a scheme may declare.
    TooManyQuantities,
    /// A name that no quantity can have.
    BadQuantity,
    /// A quantity of the vocabulary declared anew.
    KnownQuantity,
    /// Two quantities with one name.
    DuplicateQuantity,
    /// A quantity that is neither in the vocabulary nor declared.
    UnknownQuantity,
    /// A quantity that is made in two ways at once.
    QuantityTwoForms,
    /// A sum of fewer than two parts, or of too many.
    QuantityParts,
    /// A quantity that is made of itself.
    QuantityCycle,
    /// More monitors than a scheme may have.
    TooManyMonitors,
    /// Two monitors with one id.
    DuplicateMonitor,
    /// A monitor whose limits are missing, double or in the wrong order.
    MonitorLimits,
    /// Checkpoints that do not follow the year.
    CheckpointsNotAscending,
    /// A text that is no day of the year.
    BadDay,
    /// A monitor of targets that the scheme does not evaluate.
    NoSuchTargets,
}

/// The text of a scheme file.
pub fn text_of(bytes: Vec<u8>) -> Result<String, SchemeFault> {
    String::from_utf8(bytes).map_err(|error| {
        let until = error.utf8_error().valid_up_to();
        let bad = error.as_bytes().get(until).copied().unwrap_or_default();
        let before = String::from_utf8_lossy(error.as_bytes().get(..until).unwrap_or_default());
        let message = format!("the byte {bad:#04x} is not UTF-8: save the file as UTF-8");
        one_fault(&before, before.len(), FaultKind::NotUtf8, message)
    })
}

fn one_fault(text: &str, at: usize, kind: FaultKind, message: String) -> SchemeFault {
    let mut reader = Reader::new(text);
    reader.fault(at, kind, message);
    reader.into_faults().remove(0)
}

/// What is wrong with a text before it is looked into.
fn refuse(text: &str) -> Option<SchemeFault> {
    let fault = |at, kind, message| Some(one_fault(text, at, kind, message));
    if text.trim().is_empty() {
        return fault(0, FaultKind::Empty, "the file is empty: it has to be a scheme".to_owned());
    }
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes, at most {MAX_BYTES} are kept", text.len());
        return fault(0, FaultKind::TooLarge, message);
    }
    let at = text.find('\0')?;
    fault(at, FaultKind::NullCharacter, "the character U+0000 cannot be kept".to_owned())
}

/// Reads a scheme file and checks it. Every fault at once, by place.
pub fn parse(text: &str) -> Result<Scheme, Vec<SchemeFault>> {
    // Some editors begin a file with a byte order mark; it has no place in the first line.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(fault) = refuse(text) {
        return Err(vec![fault]);
    }
    let mut reader = Reader::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.fault(at, FaultKind::Syntax, format!("not TOML: {}", error.message()));
    }
    // What is left of a file with broken syntax would only be blamed for what was lost.
    if errors.is_empty()
        && let Some(scheme) = read::scheme(&mut reader, document.get_ref())
        && reader.is_faultless()
    {
        return Ok(scheme);
    }
    Err(reader.into_faults())
}
