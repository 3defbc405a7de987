-- Each entry to and exit from a mirrored list, as it was anchored; the last one of an enterprise and a list says where it
-- stands. `list` is the list's number on the ledger, `day` the day on which it was so, `statement` what the commitment
-- is to (SCALE). Nothing is deleted.
CREATE TABLE listings (
    uscc TEXT NOT NULL,
    -- Counts the enterprise's rows, from 1.
    seq BIGINT NOT NULL,
    list INTEGER NOT NULL,
    -- 1 entered, 0 left.
    listed INTEGER NOT NULL,
    day INTEGER NOT NULL,
    recorded_at BIGINT NOT NULL,
    statement BYTEA NOT NULL,
    salt BYTEA,
    PRIMARY KEY (uscc, seq)
);

-- The next day on which an entry of a list or a class of an enterprise begins or has ended, though nothing is received.
-- Days since 1970-01-01.
CREATE TABLE standing_days (
    uscc TEXT NOT NULL PRIMARY KEY,
    day INTEGER NOT NULL
);
CREATE INDEX standing_days_by_day ON standing_days (day);

-- Who was listed when, read in the order of the key.
CREATE INDEX facts_of_lists ON facts (uscc, natural_key, known_from) WHERE source = 'lists';
