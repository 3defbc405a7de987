-- Cases as their last step left them; everything here can be made again from the steps. Times are milliseconds, days are
-- days since 1970-01-01.
CREATE TABLE cases (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    uscc TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- What it is about, as the first step named it: JSON.
    about TEXT NOT NULL,
    -- The audience that was asked as the source of the record.
    asked TEXT,
    opened_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- 1 while it has not come to its end.
    open INTEGER NOT NULL,
    -- The day on which the first of its running clocks ends; far away where none runs.
    due_day INTEGER NOT NULL
);
CREATE INDEX cases_by_enterprise ON cases (uscc, kind, opened_at, id);
CREATE INDEX cases_by_kind ON cases (kind, opened_at, id);
CREATE INDEX cases_by_due ON cases (kind, open, due_day, id);
CREATE INDEX cases_by_asked ON cases (asked, kind, opened_at, id) WHERE asked IS NOT NULL;

-- Steps, which never change. `step` is the whole step as JSON; `anchor_seq` the number of its outbox row.
CREATE TABLE case_steps (
    case_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    step TEXT NOT NULL,
    anchor_seq BIGINT NOT NULL,
    salt BLOB,
    PRIMARY KEY (case_id, number)
);

-- Files that steps attach; the bytes lie in the evidence folder under their digest.
CREATE TABLE case_files (
    digest TEXT NOT NULL,
    brought_by TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    brought_at BIGINT NOT NULL,
    PRIMARY KEY (digest, brought_by)
);
