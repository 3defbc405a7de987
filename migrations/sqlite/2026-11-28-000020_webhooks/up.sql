-- Who is sent the changes of the feed, and how far each has been sent them. Of a secret nothing is stored: it is made of
-- a key file and the secret's id. Times are milliseconds.
CREATE TABLE subscriptions (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    audience TEXT NOT NULL,
    -- Of a department or an institution; null for an agent, whose letters decide at each delivery.
    organisation TEXT,
    user_id TEXT,
    uscc TEXT,
    purpose TEXT NOT NULL,
    -- Codes of kinds, separated by `;`; empty: all.
    kinds TEXT NOT NULL,
    -- active, disabled, deleted.
    state TEXT NOT NULL,
    reason TEXT,
    -- The last change of the feed that was delivered, or was not for this subscription.
    cursor BIGINT NOT NULL,
    -- Of the change after the cursor: how often it was tried without success, since when, when it is tried again.
    attempts INTEGER NOT NULL,
    failing_since BIGINT,
    next_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX subscriptions_due ON subscriptions (state, next_at);
CREATE INDEX subscriptions_by_owner ON subscriptions (audience, organisation, created_at, id);

CREATE TABLE webhook_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    subscription_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ends_at BIGINT
);
CREATE INDEX webhook_secrets_by_subscription ON webhook_secrets (subscription_id, created_at);

-- One row for each change that was sent to a subscription, with what came of the last attempt.
CREATE TABLE webhook_deliveries (
    subscription_id TEXT NOT NULL,
    -- The change's number in the feed.
    seq BIGINT NOT NULL,
    uscc TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- waiting, delivered, withheld; again: somebody asked for another attempt.
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    status INTEGER,
    latency_ms BIGINT,
    answer TEXT NOT NULL,
    trouble TEXT,
    PRIMARY KEY (subscription_id, seq)
);
CREATE INDEX webhook_deliveries_again ON webhook_deliveries (subscription_id) WHERE state = 'again';
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (last_at);
