//! Steps that a test can leave out, to see that the suite notices.

/// A broken variant of the appender or of a rebuild. Tests run each one and expect the violation; a program never sets one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Does not read the events after the cache's position under the lock.
    NoCatchUp,
    /// Keeps the cache after a commit that failed.
    KeepCacheAfterFailedCommit,
    /// Does not look up request ids.
    NoRequestLookup,
    /// Folds an event into a state that reflects it already.
    NoRowPositions,
    /// Answers a refusal before the transaction has ended.
    EarlyRefusal,
    /// Commits the checkpoints of a batch before what belongs to them.
    CheckpointBeforeEffect,
    /// Answers before COMMIT.
    AckBeforeCommit,
    /// Takes an event in although events before it were not.
    GapAccepted,
    /// Takes an event in whatever the history that it continues.
    HashNotCompared,
    /// A rebuild swaps its states in without what came since it last looked.
    RebuildWithoutLock,
}
