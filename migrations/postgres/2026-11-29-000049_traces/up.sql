-- By what a line of goods of a sale is found: w|logistics number, g|record number, item number or bar code, h|HS code.
-- `uscc` is the merchant, empty for one that no registration knows; `gnum` is 0 for a sale without lines.
CREATE TABLE ceb_traces (
    trace_key TEXT   NOT NULL,
    uscc      TEXT   NOT NULL,
    sent_at   BIGINT NOT NULL,
    sale      TEXT   NOT NULL,
    gnum      BIGINT NOT NULL,
    PRIMARY KEY (trace_key, uscc, sent_at, sale, gnum)
);
CREATE INDEX ceb_traces_of ON ceb_traces (sale);

-- Sales kept before there were traces; the worker makes theirs.
CREATE TABLE ceb_untraced (
    sale TEXT NOT NULL PRIMARY KEY
);
INSERT INTO ceb_untraced (sale) SELECT id FROM ceb_sales;
