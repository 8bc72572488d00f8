//! A place in a log, as it goes over the wire: opaque there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::event::{GENESIS, StoredEvent};

/// The most bytes of a log's name.
const LOG_NAME: usize = 64;

/// A place in a log: after the event with this position and hash. Position 0 is the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The log's name.
    pub log: String,
    /// The position of the last event before this place.
    pub position: u64,
    /// The hash of that event.
    pub hash: String,
}

/// Why a text is no position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a position that this system gave out")]
pub struct PositionError;

impl Position {
    /// The beginning of a log.
    pub fn beginning(log: &str) -> Self {
        Self { log: log.to_owned(), position: 0, hash: GENESIS.to_owned() }
    }

    /// The place after an event.
    pub fn after(event: &StoredEvent) -> Self {
        Self { log: event.log.clone(), position: event.position, hash: event.hash.clone() }
    }

    /// Written for the wire.
    pub fn to_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}@{}@{}", self.log, self.position, self.hash))
    }

    /// Read back from the wire.
    pub fn from_token(token: &str) -> Result<Self, PositionError> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| PositionError)?;
        let text = String::from_utf8(bytes).map_err(|_| PositionError)?;
        let mut parts = text.splitn(3, '@');
        let (Some(log), Some(position), Some(hash)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(PositionError);
        };
        let position: u64 = position.parse().map_err(|_| PositionError)?;
        let hex = hash.len() == 64
            && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        // Databases count in signed integers; the beginning has only one hash.
        let named = (1..=LOG_NAME).contains(&log.len())
            && log.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !named || !hex || i64::try_from(position).is_err() || (position == 0 && hash != GENESIS) {
            return Err(PositionError);
        }
        Ok(Self { log: log.to_owned(), position, hash: hash.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_back() {
        let position = Position { log: "ledger".into(), position: 7, hash: "ab".repeat(32) };
        assert_eq!(Position::from_token(&position.to_token()), Ok(position));
        let named = |log: &str| URL_SAFE_NO_PAD.encode(format!("{log}@1@{}", "ab".repeat(32)));
        assert!(Position::from_token(&named("l")).is_ok());
        for bad in [
            "",
            "x",
            "bGVkZ2Vy",
            &URL_SAFE_NO_PAD.encode("ledger@-1@00"),
            &named("l\0"),
            &named(&"l".repeat(65)),
            &URL_SAFE_NO_PAD.encode("a@0@b@c"),
        ] {
            assert_eq!(Position::from_token(bad), Err(PositionError), "{bad}");
        }
    }
}
