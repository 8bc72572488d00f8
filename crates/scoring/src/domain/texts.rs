//! Criteria, actuals and answers as texts that need no language.

use jixiao_events::scheme::Answer;
use jixiao_events::targets::{Criterion, Measured};

/// When a target is met, in signs that need no language.
pub fn criterion(criterion: &Criterion) -> String {
    match criterion {
        Criterion::AtLeast { value } => format!("≥ {value}"),
        Criterion::AtMost { value } => format!("≤ {value}"),
        Criterion::Equal { value } => format!("= {value}"),
        Criterion::Between { min, max } => format!("{min} … {max}"),
        Criterion::ByDate { by } => format!("≤ {by}"),
        Criterion::YesNo { expected } => yes_no(*expected).to_owned(),
        Criterion::Qualitative { expected } => expected.clone(),
    }
}

/// An actual as text.
pub fn measured_text(value: &Measured) -> String {
    match value {
        Measured::Number { value } => value.to_string(),
        Measured::Date { done } => done.to_string(),
        Measured::YesNo { yes } => yes_no(*yes).to_owned(),
        Measured::Level { level } => level.clone(),
    }
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// An answer as text.
pub fn answer_text(answer: &Answer) -> String {
    match answer {
        Answer::Number { value } => value.to_string(),
        Answer::Date { date } => date.to_string(),
        Answer::YesNo { yes } => yes_no(*yes).to_owned(),
        Answer::Survey { counts } => {
            let counts = counts.iter().map(|(choice, count)| format!("{choice} {count}"));
            counts.collect::<Vec<_>>().join(", ")
        }
    }
}
