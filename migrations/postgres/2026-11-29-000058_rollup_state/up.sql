-- Which state the orders are in: grows with each pack of rows that changes them, in the same transaction. What was
-- computed of all orders (the zone's medians) is good while it is the same.
CREATE TABLE rollup_state (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    orders BIGINT  NOT NULL
);
INSERT INTO rollup_state (id, orders) VALUES (1, 0);
