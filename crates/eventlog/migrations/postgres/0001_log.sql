-- The log: its one head row, its events, the keys they belong to, and the states folded from them.
CREATE TABLE head (
    one           BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    log           TEXT    NOT NULL,
    position      BIGINT  NOT NULL,
    hash          TEXT    NOT NULL,
    recorded_time BIGINT  NOT NULL,
    generation    BIGINT  NOT NULL,
    fold_version  BIGINT  NOT NULL
);

CREATE TABLE events (
    position      BIGINT PRIMARY KEY CHECK (position > 0),
    id            TEXT   NOT NULL UNIQUE,
    keys          TEXT   NOT NULL,
    type          TEXT   NOT NULL,
    payload       TEXT   NOT NULL CHECK (octet_length(payload) <= 262144),
    causation     TEXT,
    correlation   TEXT,
    trace         TEXT,
    actor         TEXT   NOT NULL,
    approval      TEXT,
    effective     TEXT,
    recorded_time BIGINT NOT NULL,
    request_id    TEXT   NOT NULL,
    request_index BIGINT NOT NULL,
    request_hash  TEXT   NOT NULL,
    previous_hash TEXT   NOT NULL,
    hash          TEXT   NOT NULL,
    UNIQUE (request_id, request_index)
);

CREATE TABLE event_keys (
    key      TEXT COLLATE "C" NOT NULL,
    position BIGINT           NOT NULL,
    PRIMARY KEY (key, position)
);

CREATE TABLE states (
    generation BIGINT           NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    position   BIGINT           NOT NULL,
    state      TEXT             NOT NULL,
    PRIMARY KEY (generation, key)
);

-- Append only. The privileges are gone for the role itself too; the trigger also stops a superuser's slip.
CREATE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append only: corrections are new events';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON events, event_keys FROM PUBLIC, CURRENT_USER;
