//! Steps that a test can leave out, to see that the suite notices.

/// A broken variant of the appender. Tests run each one and expect the violation; a program never sets one.
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
}
