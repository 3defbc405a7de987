-- Interconnection with the provincial single window (ADR 41). Of a secret nothing is stored: it is made of a key file and
-- the secret's id. Times are milliseconds.
CREATE TABLE single_window_secrets (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT   NOT NULL,
    ends_at    BIGINT
);
CREATE INDEX single_window_secrets_by_user ON single_window_secrets (user_id, created_at);

-- What was pushed. A sender's webhook id stands for one batch for good.
CREATE TABLE single_window_batches (
    id          TEXT    NOT NULL PRIMARY KEY,
    user_id     TEXT    NOT NULL,
    webhook_id  TEXT    NOT NULL,
    -- SHA-256 of the signed body, hexadecimal.
    body_digest TEXT    NOT NULL,
    -- Of the archive that intake was given; no two are the same.
    file_digest TEXT    NOT NULL UNIQUE,
    job_id      TEXT    NOT NULL,
    messages    INTEGER NOT NULL,
    received_at BIGINT  NOT NULL,
    UNIQUE (user_id, webhook_id)
);

-- What became of each message, written in the transaction that took it and never changed. Numbers grow in the order of commit.
CREATE TABLE single_window_receipts (
    seq         BIGINT  NOT NULL PRIMARY KEY,
    user_id     TEXT    NOT NULL,
    batch_id    TEXT    NOT NULL,
    position    INTEGER NOT NULL,
    message_id  TEXT    NOT NULL,
    -- taken, unchanged, partly, refused.
    state       TEXT    NOT NULL,
    -- Documents of the message.
    fresh       INTEGER NOT NULL,
    superseding INTEGER NOT NULL,
    unchanged   INTEGER NOT NULL,
    refused     INTEGER NOT NULL,
    -- JSON of lines, codes and texts of what was refused, and ids of sales.
    errors      TEXT    NOT NULL,
    sales       TEXT    NOT NULL,
    known_from  BIGINT  NOT NULL,
    UNIQUE (batch_id, position)
);
CREATE INDEX single_window_receipts_by_user ON single_window_receipts (user_id, seq);
