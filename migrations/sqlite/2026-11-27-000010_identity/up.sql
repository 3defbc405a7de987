-- Who asks: people with passwords or of an OpenID provider, the letters that let an agent speak for an enterprise,
-- sessions, API keys. No secret is stored: of a password its argon2id, of a session and a key the SHA-256 of a random
-- text. Times are milliseconds.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    audience TEXT NOT NULL,
    organisation TEXT,
    state TEXT NOT NULL,
    password TEXT,
    password_at BIGINT,
    must_change INTEGER NOT NULL,
    -- 0: no second factor; 1: begun; 2: asked for at every sign-in. The seed numbers the secrets made so far.
    totp_state INTEGER NOT NULL,
    totp_seed BIGINT NOT NULL,
    -- The last step of 30 seconds whose code was used.
    totp_step BIGINT NOT NULL,
    issuer TEXT,
    subject TEXT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    disabled_at BIGINT
);
CREATE UNIQUE INDEX users_by_subject ON users (issuer, subject);

-- A letter of authorisation; the file lies in the evidence folder under its digest. Two persons bind an agent.
CREATE TABLE letters (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    uscc TEXT NOT NULL,
    file_digest TEXT NOT NULL,
    file_name TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    -- Calendar dates, both included.
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    decision_reason TEXT,
    revoked_by TEXT,
    revoked_at BIGINT,
    revocation_reason TEXT
);
CREATE INDEX letters_by_user ON letters (user_id);
CREATE INDEX letters_by_uscc ON letters (uscc);

CREATE TABLE sessions (
    digest TEXT NOT NULL PRIMARY KEY,
    -- Null: whoever had the administrator's token.
    user_id TEXT,
    -- How it was opened, and for a token which one.
    method TEXT NOT NULL,
    credential TEXT,
    address TEXT,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (ends_at);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Null: a key of a department, an institution or a source, and of no person.
    user_id TEXT,
    audience TEXT NOT NULL,
    organisation TEXT,
    scopes TEXT NOT NULL,
    per_second BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    rotated_to TEXT,
    revoked_at BIGINT,
    revoked_by TEXT
);
CREATE INDEX api_keys_by_user ON api_keys (user_id);

-- Wrong sign-ins, by account (as SHA-256 of what was typed) and by address.
CREATE TABLE sign_in_attempts (
    subject TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (last_at);

-- Counts what ends or changes an identity: a process that remembers who a key is looks here whether it may.
CREATE TABLE identity_epoch (
    id INTEGER NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL
);
INSERT INTO identity_epoch (id, epoch) VALUES (1, 0);

-- Who did what to which identity.
CREATE TABLE identity_events (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    event TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX identity_events_by_time ON identity_events (at);
