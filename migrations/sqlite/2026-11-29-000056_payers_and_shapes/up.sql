-- Who paid for an import that is another's, by tokens alone: one row for each payer of a sale who is not its buyer.
CREATE TABLE ceb_payers (
    sale  TEXT    NOT NULL,
    payer TEXT    NOT NULL,
    buyer TEXT    NOT NULL,
    uscc  TEXT    NOT NULL,
    day   INTEGER NOT NULL,
    PRIMARY KEY (sale, payer)
) WITHOUT ROWID;
CREATE INDEX ceb_payers_of ON ceb_payers (uscc, day, payer, buyer);
CREATE INDEX ceb_payers_by ON ceb_payers (payer, day, uscc, buyer);

-- The tokens are in the documents: sales whose payer is another (bit 4) are looked at again by the service.
DELETE FROM sale_signs WHERE (signs & 4) <> 0;
UPDATE ceb_sales SET signs = NULL WHERE (signs & 4) <> 0;

-- What the reviews of an enterprise looked like when it was evaluated last, by the chapter of the goods ('': the low
-- ones of all, found are those deleted; else those with neither one star nor five).
CREATE TABLE review_shapes (
    uscc    TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    chapter TEXT    NOT NULL,
    reviews BIGINT  NOT NULL,
    found   BIGINT  NOT NULL,
    day     INTEGER NOT NULL,
    PRIMARY KEY (uscc, kind, chapter)
) WITHOUT ROWID;

-- The medians of those, in 1/10 000, made at most once an hour; a row without a kind says that they were made.
CREATE TABLE review_peers (
    kind    TEXT    NOT NULL,
    chapter TEXT    NOT NULL,
    share   BIGINT  NOT NULL,
    peers   BIGINT  NOT NULL,
    day     INTEGER NOT NULL,
    made_at BIGINT  NOT NULL,
    PRIMARY KEY (kind, chapter)
) WITHOUT ROWID;
