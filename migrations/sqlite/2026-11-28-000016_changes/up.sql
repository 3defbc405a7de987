-- What changed, in the order in which it was committed: written in the transaction of the change itself, the last thing
-- that it does. `block` is the row of the disclosure matrix that the change belongs to, `since` from when on a
-- corrected value was known, `what` the values, as JSON. Times are milliseconds.
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    uscc TEXT NOT NULL,
    at BIGINT NOT NULL,
    block TEXT NOT NULL,
    since BIGINT,
    what TEXT NOT NULL,
    cause TEXT NOT NULL
);
CREATE INDEX changes_by_enterprise ON changes (uscc, kind, seq);

-- What a file brought, in its order, and what it superseded.
DROP INDEX facts_by_batch;
CREATE INDEX facts_by_batch ON facts (batch_id, line);
CREATE INDEX facts_by_end ON facts (known_to, natural_key) WHERE known_to IS NOT NULL;
CREATE INDEX registrations_by_end ON registrations (known_to, uscc, record_source) WHERE known_to IS NOT NULL;
