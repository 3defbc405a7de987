-- Business documents of customs messages, and receipts. No value of a buyer: tokens alone (ADR 39).
-- A version is closed and never changed; what is current has known_to NULL.
CREATE TABLE ceb_documents (
    doc_key    TEXT    NOT NULL,
    known_from BIGINT  NOT NULL,
    known_to   BIGINT,
    -- Counts the documents of a file, which may hold two versions of one.
    seq        BIGINT  NOT NULL,
    kind       TEXT    NOT NULL,
    guid       TEXT    NOT NULL,
    sent_at    BIGINT  NOT NULL,
    payload    TEXT    NOT NULL,
    batch_id   TEXT    NOT NULL,
    part       TEXT    NOT NULL,
    line       BIGINT  NOT NULL,
    PRIMARY KEY (doc_key, known_from, seq)
);

-- What current documents are found by: o|platform|order, n|order, w|carrier|waybill, i|declaration, c|agent|copNo, p|payer|transaction.
CREATE TABLE ceb_joins (
    join_key TEXT NOT NULL,
    doc_key  TEXT NOT NULL,
    PRIMARY KEY (join_key, doc_key)
);

-- One row for each platform code and order number.
CREATE TABLE ceb_sales (
    id            TEXT    NOT NULL PRIMARY KEY,
    platform_code TEXT    NOT NULL,
    order_no      TEXT    NOT NULL,
    merchant_code TEXT    NOT NULL,
    uscc          TEXT,
    import        INTEGER NOT NULL,
    sent_at       BIGINT  NOT NULL,
    -- A letter for each rule: P, F, W, N.
    verdicts      TEXT    NOT NULL,
    failed        INTEGER NOT NULL,
    waiting       INTEGER NOT NULL,
    -- JSON of what the documents say of the order.
    partial       TEXT    NOT NULL,
    -- The row of transactions with this key, as received.
    received      BYTEA,
    judged_at     BIGINT  NOT NULL
);
CREATE INDEX ceb_sales_of ON ceb_sales (uscc, sent_at, id);
CREATE INDEX ceb_sales_order ON ceb_sales (order_no, uscc);
CREATE INDEX ceb_sales_failed ON ceb_sales (uscc, sent_at, id) WHERE failed > 0;

-- Codes in sales that no registration knows.
CREATE TABLE ceb_unresolved (
    code TEXT NOT NULL,
    sale TEXT NOT NULL,
    PRIMARY KEY (code, sale)
);
CREATE INDEX ceb_unresolved_of ON ceb_unresolved (sale);

-- Messages name enterprises by this code.
CREATE INDEX enterprises_by_customs_code ON enterprises (customs_code) WHERE customs_code IS NOT NULL;
