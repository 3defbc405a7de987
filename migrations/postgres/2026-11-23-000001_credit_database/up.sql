-- The credit database. Every table that grows carries `uscc` first in its key, so that it can be sharded by
-- enterprise. Times are milliseconds since 1970 (UTC), days are days since 1970-01-01 (Asia/Shanghai dates).

-- One row per file received. A file is one transaction: its rows, its quarantine and this row commit together.
CREATE TABLE batches (
    id TEXT PRIMARY KEY NOT NULL,
    source TEXT NOT NULL,
    dialect TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_digest TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    rows_total BIGINT NOT NULL,
    rows_new BIGINT NOT NULL,
    rows_superseding BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    extra_columns TEXT NOT NULL,
    refused TEXT
);
CREATE INDEX batches_by_digest ON batches (file_digest);
CREATE INDEX batches_by_time ON batches (received_at);

-- The quarantine: rows that could not be taken, one row per error.
CREATE TABLE rejects (
    batch_id TEXT NOT NULL REFERENCES batches (id),
    position BIGINT NOT NULL,
    line BIGINT NOT NULL,
    column_name TEXT NOT NULL,
    code TEXT NOT NULL,
    found TEXT NOT NULL,
    expected TEXT NOT NULL,
    raw TEXT NOT NULL,
    PRIMARY KEY (batch_id, position)
);

-- Market-entity registrations, every version; `known_to` null is what is known now.
CREATE TABLE registrations (
    uscc TEXT NOT NULL,
    record_source TEXT NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT,
    legal_representative TEXT NOT NULL,
    phone TEXT,
    address TEXT,
    payload TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    PRIMARY KEY (uscc, record_source, known_from, line)
);
CREATE UNIQUE INDEX registrations_now ON registrations (uscc, record_source) WHERE known_to IS NULL;
CREATE INDEX registrations_by_representative ON registrations (legal_representative);
CREATE INDEX registrations_by_phone ON registrations (phone);
CREATE INDEX registrations_by_batch ON registrations (batch_id);

-- What the search and the lists read: one row per enterprise, kept by intake and evaluation.
CREATE TABLE enterprises (
    uscc TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    roles TEXT NOT NULL,
    status TEXT NOT NULL,
    region_code TEXT NOT NULL,
    customs_code TEXT,
    established_day INTEGER NOT NULL,
    search_text TEXT NOT NULL,
    grade TEXT,
    score INTEGER,
    -- Coverage of the rating, in hundredths of a percent.
    coverage INTEGER,
    listed INTEGER NOT NULL
);
CREATE INDEX enterprises_by_name ON enterprises (name);
CREATE INDEX enterprises_by_grade ON enterprises (grade, score);
-- Whoever is more than a merchant: few, and asked for by every evaluation (M9).
CREATE INDEX enterprises_with_roles ON enterprises (uscc) WHERE roles <> 'E1';

-- Records of the slow sources (penalties, permits, lists, classes, …, complaints), every version.
CREATE TABLE facts (
    uscc TEXT NOT NULL,
    source TEXT NOT NULL,
    natural_key TEXT NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT,
    occurred_day INTEGER NOT NULL,
    event_id TEXT,
    payload TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    PRIMARY KEY (uscc, source, natural_key, known_from, line)
);
CREATE UNIQUE INDEX facts_now ON facts (source, natural_key) WHERE known_to IS NULL;
CREATE INDEX facts_by_batch ON facts (batch_id);

-- Orders as known now, one merchant's together and by day, as every window reads them. `payload` is the whole order
-- in SCALE; the columns beside it are those that SQL selects by. `last_event_day` is the last day on which anything
-- of the order happens or is promised. `marks` is what the merchant's other orders say about this one (quota,
-- waybill, burst) with everything known; intake keeps it.
-- `quota_group` (buyer and year of an import) and `waybill_group` (carrier and number) are digests; with the two times
-- (`used_at`: shipped, else ordered) they find the orders that decide each other's marks.
CREATE TABLE orders (
    uscc TEXT NOT NULL,
    order_no TEXT NOT NULL,
    ordered_day INTEGER NOT NULL,
    last_event_day INTEGER NOT NULL,
    ordered_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    quota_group BYTEA,
    waybill_group BYTEA,
    event_id TEXT,
    marks INTEGER NOT NULL,
    payload BYTEA NOT NULL,
    known_from BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    PRIMARY KEY (uscc, ordered_day, order_no)
);
-- The natural key, order number first: reviews name an order without its merchant.
CREATE UNIQUE INDEX orders_by_order_no ON orders (order_no, uscc);
CREATE INDEX orders_by_event ON orders (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX orders_by_quota_group ON orders (uscc, quota_group, ordered_at) WHERE quota_group IS NOT NULL;
CREATE INDEX orders_by_waybill_group ON orders (uscc, waybill_group, used_at) WHERE waybill_group IS NOT NULL;

-- Earlier versions of orders: what was known from `known_from` until `known_to`.
CREATE TABLE order_versions (
    uscc TEXT NOT NULL,
    order_no TEXT NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    ordered_day INTEGER NOT NULL,
    last_event_day INTEGER NOT NULL,
    payload BYTEA NOT NULL,
    batch_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    PRIMARY KEY (uscc, order_no, known_from, line)
);

-- Rollups (docs/adr/0005-rollups.md). Intake renews them in the transaction of the file, with everything known now.
-- A merchant's day: sums of the orders placed on it, and of the parcels shipped on it or promised for it, in SCALE,
-- by the enterprises that stand in them. `last_event_day`: from that day on the sums are right; before, the orders
-- in flight are read again, and they lie between the two ordered days.
CREATE TABLE trade_days (
    uscc TEXT NOT NULL,
    day INTEGER NOT NULL,
    last_event_day INTEGER NOT NULL,
    first_ordered_day INTEGER NOT NULL,
    last_ordered_day INTEGER NOT NULL,
    sums BYTEA NOT NULL,
    PRIMARY KEY (uscc, day)
);
-- Whose orders and reviews a platform, carrier or service enterprise stands in.
CREATE TABLE dealings (
    party TEXT NOT NULL,
    uscc TEXT NOT NULL,
    last_day INTEGER NOT NULL,
    PRIMARY KEY (party, uscc)
);
-- Who trades which goods: the zone's medians of an enterprise's goods are found without reading the zone.
CREATE TABLE traded_goods (
    hs2 TEXT NOT NULL,
    hs_code TEXT NOT NULL,
    country TEXT NOT NULL,
    direction TEXT NOT NULL,
    uscc TEXT NOT NULL,
    last_day INTEGER NOT NULL,
    PRIMARY KEY (hs2, hs_code, country, direction, uscc)
);

-- Reviews as known now, and earlier versions.
CREATE TABLE reviews (
    uscc TEXT NOT NULL,
    platform_uscc TEXT NOT NULL,
    review_id TEXT NOT NULL,
    created_day INTEGER NOT NULL,
    buyer_token TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    payload BYTEA NOT NULL,
    known_from BIGINT NOT NULL,
    batch_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    PRIMARY KEY (platform_uscc, review_id)
);
CREATE INDEX reviews_by_day ON reviews (uscc, created_day);
CREATE INDEX reviews_by_buyer ON reviews (buyer_token, created_day, uscc) WHERE deleted = 0;
CREATE TABLE review_versions (
    uscc TEXT NOT NULL,
    platform_uscc TEXT NOT NULL,
    review_id TEXT NOT NULL,
    known_from BIGINT NOT NULL,
    known_to BIGINT NOT NULL,
    created_day INTEGER NOT NULL,
    payload BYTEA NOT NULL,
    batch_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    PRIMARY KEY (platform_uscc, review_id, known_from, line)
);
-- Rollups of reviews: by reviewed enterprise, and for the whole zone (one row a day, whatever its size).
CREATE TABLE review_days (
    uscc TEXT NOT NULL,
    day INTEGER NOT NULL,
    platform_uscc TEXT NOT NULL,
    reviews BIGINT NOT NULL,
    verified BIGINT NOT NULL,
    stars BIGINT NOT NULL,
    low BIGINT NOT NULL,
    PRIMARY KEY (uscc, day, platform_uscc)
);
CREATE TABLE zone_review_days (
    day INTEGER PRIMARY KEY NOT NULL,
    reviews BIGINT NOT NULL,
    verified BIGINT NOT NULL,
    stars BIGINT NOT NULL,
    low BIGINT NOT NULL
);

-- Enterprises whose facts changed since their last evaluation.
CREATE TABLE dirty (
    uscc TEXT PRIMARY KEY NOT NULL,
    since BIGINT NOT NULL
);

-- Monthly runs (`evaluate --all`): what hysteresis compares with (ruling A1).
CREATE TABLE runs (
    id TEXT PRIMARY KEY NOT NULL,
    as_of_day INTEGER NOT NULL,
    known_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    evaluated BIGINT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE TABLE monthly_grades (
    uscc TEXT NOT NULL,
    as_of_day INTEGER NOT NULL,
    known_at BIGINT NOT NULL,
    grade TEXT NOT NULL,
    grade_by_score TEXT NOT NULL,
    score INTEGER NOT NULL,
    vetoes TEXT NOT NULL,
    caps TEXT NOT NULL,
    PRIMARY KEY (uscc, as_of_day, known_at)
);

-- Rating changes: history and current rating (the highest `seq`). `statement` is the SCALE field list behind the
-- commitment; `salt` opens it and is the only thing an erasure destroys.
CREATE TABLE ratings (
    uscc TEXT NOT NULL,
    seq BIGINT NOT NULL,
    as_of_day INTEGER NOT NULL,
    known_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    grade TEXT NOT NULL,
    previous_grade TEXT,
    score INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    statement BYTEA NOT NULL,
    salt BYTEA,
    commitment TEXT NOT NULL,
    PRIMARY KEY (uscc, seq)
);
CREATE INDEX ratings_by_time ON ratings (recorded_at);

-- What must reach the ledger, written in the transaction of what it anchors. `state`: pending, sequenced.
CREATE TABLE outbox (
    id BIGSERIAL PRIMARY KEY,
    kind TEXT NOT NULL,
    uscc TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    body BYTEA NOT NULL,
    cause TEXT,
    leaf_index BIGINT,
    leaf_hash TEXT,
    block BIGINT
);
CREATE INDEX outbox_pending ON outbox (id) WHERE leaf_index IS NULL;
CREATE UNIQUE INDEX outbox_by_subject ON outbox (kind, uscc, seq);

-- The tip of the published log; the compare-and-swap on it is the fence between two operators.
CREATE TABLE ledger_tip (
    id INTEGER PRIMARY KEY NOT NULL,
    size BIGINT NOT NULL,
    root TEXT NOT NULL,
    epoch BIGINT NOT NULL
);

-- Answers kept for the Idempotency-Key header, 24 hours.
CREATE TABLE idempotency (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    location TEXT,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (principal, key)
);

-- Long work: progress in rows.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    batch_id TEXT,
    error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
