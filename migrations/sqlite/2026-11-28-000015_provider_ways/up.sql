-- Ways to a provider and back that have ended in a session, by SHA-256: each does so once, in one process alone. They
-- are kept for as long as a way may take. Times are milliseconds.
CREATE TABLE provider_ways (
    digest TEXT NOT NULL PRIMARY KEY,
    used_at BIGINT NOT NULL
);
