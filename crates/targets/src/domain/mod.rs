//! What may be said of targets: pure functions over keyed states.

mod command;
mod decide;
mod evolve;
mod intake;
pub mod keys;
mod refusal;
mod state;
#[cfg(test)]
mod tests;

pub use command::{
    ExplainMiss, NewDefinition, RecordActual, RecordSelfScore, ReviseTarget, ScoreOf, SetTarget,
    TargetCommand, WithdrawTarget,
};
pub use decide::{decide, needs};
pub use evolve::{evolve, keys_of};
pub use intake::fact;
pub use refusal::TargetRefusal;
pub use state::{
    ActualDocument, Explanation, FundDocument, ProjectDocument, ScoreDocument, Standing, TargetDocument,
    TargetsState, Withdrawal,
};
