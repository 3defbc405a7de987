-- What the documents of a sale show of trade that did not happen as it is told (credit_core::signals). NULL: judged
-- before signs were looked for; the service makes up for it.
ALTER TABLE ceb_sales ADD COLUMN signs BIGINT;
CREATE INDEX ceb_sales_unsigned ON ceb_sales (id) WHERE signs IS NULL;

-- Sales of an enterprise by the day of the order and what they show.
CREATE TABLE sale_signs (
    uscc  TEXT    NOT NULL,
    day   INTEGER NOT NULL,
    signs BIGINT  NOT NULL,
    sales BIGINT  NOT NULL,
    PRIMARY KEY (uscc, day, signs)
);
CREATE INDEX sale_signs_days ON sale_signs (day);

-- What is usual in the zone, of the newest day looked at, in 1/10 000.
CREATE TABLE sale_sign_peers (
    sign    TEXT   NOT NULL PRIMARY KEY,
    day     INTEGER NOT NULL,
    made_at BIGINT NOT NULL,
    share   BIGINT NOT NULL
);
