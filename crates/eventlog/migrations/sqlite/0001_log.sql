-- The log: its one head row, its events, the keys they belong to, and the states folded from them.
CREATE TABLE head (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    log           TEXT    NOT NULL,
    position      INTEGER NOT NULL,
    hash          TEXT    NOT NULL,
    recorded_time INTEGER NOT NULL,
    generation    INTEGER NOT NULL,
    fold_version  INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
    position      INTEGER PRIMARY KEY CHECK (position > 0),
    id            TEXT    NOT NULL UNIQUE,
    keys          TEXT    NOT NULL,
    type          TEXT    NOT NULL,
    payload       TEXT    NOT NULL CHECK (length(CAST(payload AS BLOB)) <= 262144),
    causation     TEXT,
    correlation   TEXT,
    trace         TEXT,
    actor         TEXT    NOT NULL,
    approval      TEXT,
    effective     TEXT,
    recorded_time INTEGER NOT NULL,
    request_id    TEXT    NOT NULL,
    request_index INTEGER NOT NULL,
    request_hash  TEXT    NOT NULL,
    previous_hash TEXT    NOT NULL,
    hash          TEXT    NOT NULL,
    UNIQUE (request_id, request_index)
) STRICT;

CREATE TABLE event_keys (
    key      TEXT    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE states (
    generation INTEGER NOT NULL,
    key        TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    PRIMARY KEY (generation, key)
) STRICT, WITHOUT ROWID;

-- Append only.
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append only: corrections are new events'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append only: corrections are new events'); END;
CREATE TRIGGER event_keys_no_update BEFORE UPDATE ON event_keys
BEGIN SELECT RAISE(ABORT, 'events are append only: corrections are new events'); END;
CREATE TRIGGER event_keys_no_delete BEFORE DELETE ON event_keys
BEGIN SELECT RAISE(ABORT, 'events are append only: corrections are new events'); END;
