-- Screenings of many names, each made by a job; names and results lie in the data folder under the id. Times are
-- milliseconds.
CREATE TABLE screenings (
    id TEXT NOT NULL PRIMARY KEY,
    job_id TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    audience TEXT NOT NULL,
    organisation TEXT,
    purpose TEXT,
    lang TEXT NOT NULL,
    used_for TEXT NOT NULL,
    against TEXT NOT NULL,
    include_reviewed INTEGER NOT NULL,
    asked_at BIGINT NOT NULL,
    made_at BIGINT,
    row_count BIGINT,
    matched BIGINT,
    failed BIGINT,
    files_removed_at BIGINT
);
CREATE INDEX screenings_by_job ON screenings (job_id);
CREATE INDEX screenings_with_files ON screenings (asked_at, id) WHERE files_removed_at IS NULL;

-- What officers found of pairs. `digest` covers everything that a comparison looks at; a pair is silent while it is the
-- same. Rows are only added: the newest of an owner's on a pair counts.
CREATE TABLE screening_reviews (
    id TEXT NOT NULL PRIMARY KEY,
    -- Audience and organisation whose screenings it silences.
    owner TEXT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT,
    uscc TEXT,
    -- USCC of the enterprise that the name was matched to.
    matched TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    reviewed_by TEXT NOT NULL,
    reviewed_at BIGINT NOT NULL
);
CREATE INDEX screening_reviews_by_pair ON screening_reviews (owner, digest, reviewed_at);
CREATE INDEX screening_reviews_by_owner ON screening_reviews (owner, reviewed_at, id);
