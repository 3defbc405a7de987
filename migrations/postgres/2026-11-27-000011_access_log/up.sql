-- Who looked at what that is not public, or was refused it. Rows are added and never changed; a partition a month
-- (the service makes them ahead), so that one can be dropped as a whole when it has been kept long enough. `day`
-- counts days of Asia/Shanghai since 1970-01-01.
CREATE TABLE access_looks (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    day INTEGER NOT NULL,
    at_ms BIGINT NOT NULL,
    request TEXT NOT NULL,
    who TEXT NOT NULL,
    audience TEXT NOT NULL,
    organisation TEXT,
    uscc TEXT,
    purpose TEXT,
    consent TEXT,
    shown TEXT NOT NULL,
    refused TEXT NOT NULL,
    result TEXT,
    status INTEGER NOT NULL,
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);

-- What no month was made for; a row is never lost for want of a partition.
CREATE TABLE access_looks_rest PARTITION OF access_looks DEFAULT;

CREATE INDEX access_looks_by_enterprise ON access_looks (uscc, id);
CREATE INDEX access_looks_by_who ON access_looks (who, id);
CREATE INDEX access_looks_by_organisation ON access_looks (organisation, id);

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
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
