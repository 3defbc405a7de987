-- Entries of lists and classes that will end by a last day that stands in them and of which the feed has not said yet
-- that they end. Days are days since 1970-01-01; `last_day` is the last one on which the entry holds. A row is written
-- and taken away with the change of the entry, and taken away with the change that says that it has ended.
CREATE TABLE ends (
    source TEXT NOT NULL,
    natural_key TEXT NOT NULL,
    last_day INTEGER NOT NULL,
    PRIMARY KEY (source, natural_key)
);
CREATE INDEX ends_by_day ON ends (last_day, source, natural_key);

-- Of what is here already: what has not ended, unless its end came with a later file, which told it.
INSERT INTO ends (source, natural_key, last_day)
SELECT source, natural_key, last_day FROM (
    SELECT f.source, f.natural_key,
        LEAST(coalesce((f.payload::json->>'expires_on')::date - DATE '1970-01-01', 1000000),
            coalesce((f.payload::json->>'removed_on')::date - DATE '1970-01-01' - 1, 1000000)) AS last_day
    FROM facts f WHERE f.source = 'lists' AND f.known_to IS NULL AND NOT EXISTS (
        SELECT 1 FROM facts e
        WHERE e.uscc = f.uscc AND e.source = f.source AND e.natural_key = f.natural_key AND e.known_to IS NOT NULL
        AND (e.payload::json->>'expires_on') IS NULL AND (e.payload::json->>'removed_on') IS NULL)
    UNION ALL
    SELECT f.source, f.natural_key,
        coalesce((f.payload::json->>'valid_to')::date - DATE '1970-01-01', 1000000) AS last_day
    FROM facts f WHERE f.source = 'classes' AND f.known_to IS NULL AND NOT EXISTS (
        SELECT 1 FROM facts e
        WHERE e.uscc = f.uscc AND e.source = f.source AND e.natural_key = f.natural_key AND e.known_to IS NOT NULL
        AND (e.payload::json->>'valid_to') IS NULL)
) AS known
WHERE last_day < 1000000 AND last_day >= (now() AT TIME ZONE 'Asia/Shanghai')::date - DATE '1970-01-01';
