-- The access log on SQLite: the columns of migrations/postgres/…_access_log, in the order in which rows came.
CREATE TABLE IF NOT EXISTS access_looks (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
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
    status INTEGER NOT NULL
);

CREATE INDEX IF NOT EXISTS access_looks_by_enterprise ON access_looks (uscc, id);
CREATE INDEX IF NOT EXISTS access_looks_by_who ON access_looks (who, id);
CREATE INDEX IF NOT EXISTS access_looks_by_organisation ON access_looks (organisation, id);
CREATE INDEX IF NOT EXISTS access_looks_by_day ON access_looks (day, id);
