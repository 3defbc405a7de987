-- Certificates of repairs: what was committed to on the ledger when the source's row said that a record was repaired.
-- `seq` is the number of the outbox row, `statement` SCALE of the fields.
CREATE TABLE repair_certificates (
    case_id TEXT NOT NULL PRIMARY KEY,
    uscc TEXT NOT NULL,
    seq BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    statement BLOB NOT NULL,
    salt BLOB
);
CREATE INDEX repair_certificates_by_enterprise ON repair_certificates (uscc, seq);

-- Disputes that the zone itself mediates, as rows of `complaints`: what is to be received, and the file it came in.
CREATE TABLE dispute_rows (
    case_id TEXT NOT NULL PRIMARY KEY,
    -- The row as JSON.
    content TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    -- The file in which this content was received; none while it waits.
    batch_id TEXT
);
CREATE INDEX dispute_rows_waiting ON dispute_rows (made_at, case_id) WHERE batch_id IS NULL;
