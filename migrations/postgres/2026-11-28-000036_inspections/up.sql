-- Plans of inspection. `body` is the plan as it was anchored (JSON), never changed; the rest is filled in by the draw.
-- Times are milliseconds.
CREATE TABLE inspection_plans (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    -- The secret, hexadecimal, once it is known.
    secret TEXT,
    -- Leaves of the log, and its root hash, that the seed was made with.
    log_size BIGINT,
    log_root TEXT,
    drawn_by TEXT,
    drawn_at BIGINT
);
CREATE INDEX inspection_plans_by_time ON inspection_plans (made_at, id);

-- The enterprises that were drawn, and what the inspectors found.
CREATE TABLE inspection_tasks (
    plan_id TEXT NOT NULL,
    uscc TEXT NOT NULL,
    class TEXT NOT NULL,
    -- JSON.
    inspectors TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- Days since 1970-01-01.
    inspected_day INTEGER,
    passed INTEGER,
    note TEXT,
    entered_by TEXT,
    entered_at BIGINT,
    -- The job that takes the finding in as a record of `inspections`.
    job_id TEXT,
    PRIMARY KEY (plan_id, uscc)
);
CREATE INDEX inspection_tasks_by_enterprise ON inspection_tasks (uscc, plan_id);
