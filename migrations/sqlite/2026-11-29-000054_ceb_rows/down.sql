ALTER TABLE ceb_documents RENAME TO ceb_documents_before;
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
    signature  TEXT,
    PRIMARY KEY (doc_key, known_from, seq)
) WITHOUT ROWID;
INSERT INTO ceb_documents
      (doc_key, known_from, known_to, seq, kind, guid, sent_at, payload, batch_id, part, line, signature)
SELECT doc_key, known_from, known_to, seq, kind, guid, sent_at, payload, batch_id, part, line, signature
FROM ceb_documents_before;
DROP TABLE ceb_documents_before;

DROP INDEX ceb_sales_of;
DROP INDEX ceb_sales_order;
DROP INDEX ceb_sales_failed;
DROP INDEX ceb_sales_unsigned;
ALTER TABLE ceb_sales RENAME TO ceb_sales_before;
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
    received      BLOB,
    judged_at     BIGINT  NOT NULL,
    signs         BIGINT
) WITHOUT ROWID;
INSERT INTO ceb_sales
      (id, platform_code, order_no, merchant_code, uscc, import, sent_at, verdicts, failed, waiting, partial, received,
       judged_at, signs)
SELECT id, platform_code, order_no, merchant_code, uscc, import, sent_at, verdicts, failed, waiting, partial, received,
       judged_at, signs
FROM ceb_sales_before;
DROP TABLE ceb_sales_before;
CREATE INDEX ceb_sales_of ON ceb_sales (uscc, sent_at, id);
CREATE INDEX ceb_sales_order ON ceb_sales (order_no, uscc);
CREATE INDEX ceb_sales_failed ON ceb_sales (uscc, sent_at, id) WHERE failed > 0;
CREATE INDEX ceb_sales_unsigned ON ceb_sales (id) WHERE signs IS NULL;
