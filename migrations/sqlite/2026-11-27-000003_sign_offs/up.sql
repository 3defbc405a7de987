-- Signatures for moves of two or more grades (ruling A1): one person proposes, another approves. `seq` counts the
-- moves of an enterprise that anybody signed.
CREATE TABLE sign_offs (
    uscc TEXT NOT NULL,
    seq BIGINT NOT NULL,
    from_grade TEXT NOT NULL,
    grade TEXT NOT NULL,
    basis TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    approved_by TEXT,
    approved_at BIGINT,
    approval_reason TEXT,
    PRIMARY KEY (uscc, seq)
);

-- The sign-off that a rating rests on, as JSON; its SHA-256 is a field of the statement.
ALTER TABLE ratings ADD COLUMN sign_off TEXT;

-- The rating that says the same as the monthly row; null when the run was for a day before the rating in force.
ALTER TABLE monthly_grades ADD COLUMN seq BIGINT;

-- Somebody asked the job to stop, milliseconds; a restart must not forget it.
ALTER TABLE jobs ADD COLUMN cancel_asked_at BIGINT;

-- Kept answers are dropped by age.
CREATE INDEX idempotency_by_time ON idempotency (created_at);
