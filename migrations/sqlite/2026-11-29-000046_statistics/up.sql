-- How often the facts that a month's statistics rest on have changed: `orders` of orders placed in the month, `ratings`
-- of ratings as of a day of it, which count for every month from then on. A month is 12 * year + month - 1.
CREATE TABLE statistics_marks (
    what TEXT NOT NULL,
    month INTEGER NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (what, month)
);
-- The statistics of a finished month as they are published, with the sum of versions that they were made at. What is
-- withheld is not in them.
CREATE TABLE statistics_months (
    month INTEGER NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
-- What was received before is in every month.
INSERT INTO statistics_marks (what, month, version)
SELECT 'ratings', 0, 1 WHERE EXISTS (SELECT 1 FROM trade_days) OR EXISTS (SELECT 1 FROM ratings);
