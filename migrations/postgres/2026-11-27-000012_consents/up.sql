-- What a financier asked to see of an enterprise, the exact text that was shown, and what the enterprise decided.
-- Nothing is deleted: a consent that has ended still says why somebody was allowed to look. Times are milliseconds,
-- days are days since 1970-01-01.
CREATE TABLE consents (
    id TEXT NOT NULL PRIMARY KEY,
    uscc TEXT NOT NULL,
    financier TEXT NOT NULL,
    purpose TEXT NOT NULL,
    blocks TEXT NOT NULL,
    product TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_day INTEGER NOT NULL,
    until_day INTEGER NOT NULL,
    text_zh TEXT NOT NULL,
    text_en TEXT NOT NULL,
    text_digest TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    decision TEXT,
    decided_by TEXT,
    decided_at BIGINT,
    revoked_by TEXT,
    revoked_at BIGINT,
    read_day INTEGER,
    version BIGINT NOT NULL,
    salt BYTEA
);

CREATE INDEX consents_by_enterprise ON consents (uscc, asked_at, id);
CREATE INDEX consents_by_financier ON consents (financier, uscc, asked_at, id);
