-- Measures of graded supervision as their last step left them; everything but `live` can be made again from the steps.
-- Times are milliseconds.
CREATE TABLE measures (
    id TEXT NOT NULL PRIMARY KEY,
    uscc TEXT NOT NULL,
    code TEXT NOT NULL,
    -- Id of the catalogue that it was due under.
    catalogue TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- Why it is due: JSON.
    cause TEXT NOT NULL,
    -- The agency that a recommendation is told.
    agency TEXT,
    -- Where a stayed one stood.
    stood TEXT,
    -- The person who confirmed it first.
    confirmed_by TEXT,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- 1 while something may become of it, and while one that a person refused or lifted is still due.
    live INTEGER NOT NULL
);
CREATE INDEX measures_by_enterprise ON measures (uscc, live, code);
CREATE INDEX measures_by_state ON measures (state, made_at, id);
CREATE INDEX measures_by_agency ON measures (agency, made_at, id) WHERE agency IS NOT NULL;

-- Steps, which never change. `step` is the whole step (SCALE); `act` and `place` say where it stands in what was anchored.
CREATE TABLE measure_steps (
    measure_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    step BYTEA NOT NULL,
    uscc TEXT NOT NULL,
    act BIGINT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (measure_id, number)
);
CREATE INDEX measure_steps_by_act ON measure_steps (uscc, act, place);

-- The steps of one enterprise that were taken in one transaction, as they were anchored: the salt of the commitment.
CREATE TABLE measure_acts (
    uscc TEXT NOT NULL,
    -- Counts the enterprise's acts, from 1.
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    salt BYTEA,
    PRIMARY KEY (uscc, seq)
);
