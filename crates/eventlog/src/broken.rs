//! Steps that a test can leave out, to see that the suite notices.

/// A broken variant of appender, feed, relay or rebuild. Tests run each one and expect the violation; a program never
/// sets one.
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
    /// Answers a refusal by the cache as it is, without a look at the log.
    RefusalFromStaleCache,
    /// Commits the checkpoints of a batch before what belongs to them.
    CheckpointBeforeEffect,
    /// Answers before COMMIT.
    AckBeforeCommit,
    /// A rebuild swaps its states in without what came since it last looked.
    RebuildWithoutLock,
    /// A feed gives on what was taken in already, and the log takes it in once more.
    DuplicateNotDropped,
    /// A feed gives on what comes after a gap, and the log takes it in.
    GapAccepted,
    /// Neither feed nor log compares hashes.
    HashNotCompared,
    /// A relay goes on from what it published itself, whatever the stream ends with.
    RelayTrustsOwnPosition,
}
