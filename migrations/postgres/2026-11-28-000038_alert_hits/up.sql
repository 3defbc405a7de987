-- What the rules of alerts found, a row for each finding, written in the transaction of the evaluation; the case that it
-- is opened as follows. Days are days since 1970-01-01, times are milliseconds.
CREATE TABLE alert_hits (
    uscc TEXT NOT NULL,
    -- The rule, and the record that it looked at: the same within the rule's window is one finding.
    hit_key TEXT NOT NULL,
    day INTEGER NOT NULL,
    rule TEXT NOT NULL,
    -- 1 low, 2 medium, 3 high
    severity INTEGER NOT NULL,
    -- Version of the rules, what was looked at, and what an officer may propose: JSON.
    evidence TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    case_id TEXT,
    -- Why no case could be opened.
    failed TEXT,
    PRIMARY KEY (uscc, hit_key, day)
);
CREATE INDEX alert_hits_pending ON alert_hits (found_at, uscc, hit_key) WHERE case_id IS NULL AND failed IS NULL;
