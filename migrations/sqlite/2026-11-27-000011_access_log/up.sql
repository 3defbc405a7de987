-- On SQLite the access log is a file of its own (`access-log.db`), since the one writer of this one may be a long
-- import, and no read may wait for it. Its table is in `credit-api/src/access_log/table.sql`.

-- How many enterprises somebody asked about on a day that is over: what the habit of a role is measured by.
CREATE TABLE access_days (
    day INTEGER NOT NULL,
    who TEXT NOT NULL,
    audience TEXT NOT NULL,
    enterprises BIGINT NOT NULL,
    PRIMARY KEY (day, who)
);

CREATE INDEX access_days_by_audience ON access_days (audience, day);

-- Days on which somebody read far beyond the habit of the role, for an auditor to look into.
CREATE TABLE access_alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    day INTEGER NOT NULL,
    who TEXT NOT NULL,
    audience TEXT NOT NULL,
    organisation TEXT,
    enterprises BIGINT NOT NULL,
    habit BIGINT NOT NULL,
    raised_at BIGINT NOT NULL,
    seen_by TEXT,
    seen_at BIGINT,
    note TEXT,
    UNIQUE (day, who)
);
