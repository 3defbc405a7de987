-- Certificates that a department or an institution shows when it connects: whoever has the key of one is what its row
-- says. Nothing of a certificate is stored but its SHA-256. Times are milliseconds.
CREATE TABLE client_certificates (
    id TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    audience TEXT NOT NULL,
    organisation TEXT,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT,
    revoked_by TEXT
);
