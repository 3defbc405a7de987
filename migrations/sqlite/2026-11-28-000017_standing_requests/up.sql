-- What a department asked to take from here as a standing matter, and how it was answered. Nothing is deleted: a request
-- that has ended still says why somebody took what it took. Times are milliseconds, days are days since 1970-01-01.
CREATE TABLE standing_requests (
    id TEXT NOT NULL PRIMARY KEY,
    audience TEXT NOT NULL,
    organisation TEXT NOT NULL,
    purpose TEXT NOT NULL,
    blocks TEXT NOT NULL,
    basis TEXT NOT NULL,
    cycle TEXT NOT NULL,
    until_day INTEGER NOT NULL,
    -- The request whose place it takes once it is granted.
    corrects TEXT,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    -- The last day for the answer.
    due_day INTEGER NOT NULL,
    decision TEXT,
    granted TEXT,
    reason TEXT,
    decided_by TEXT,
    decided_at BIGINT,
    -- withdrawn, revoked, corrected
    ended_why TEXT,
    ended_by TEXT,
    ended_at BIGINT,
    end_reason TEXT,
    version BIGINT NOT NULL,
    salt BLOB
);
CREATE INDEX standing_requests_by_department ON standing_requests (audience, organisation, asked_at, id);
CREATE INDEX standing_requests_by_time ON standing_requests (asked_at, id);
CREATE INDEX standing_requests_by_corrected ON standing_requests (corrects) WHERE corrects IS NOT NULL;

-- Extracts made under a standing request; the files lie in the data folder under the id. `as_of` is the number of the
-- last change that they hold.
CREATE TABLE extracts (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    organisation TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    job_id TEXT NOT NULL,
    made_at BIGINT,
    as_of BIGINT,
    enterprises BIGINT
);
CREATE INDEX extracts_by_request ON extracts (request_id, asked_at);
