-- How far the records of a day have been looked at for those whose least publicity is over: one row.
CREATE TABLE repair_days (
    id INTEGER NOT NULL PRIMARY KEY,
    day INTEGER NOT NULL,
    -- The last enterprise that was looked at; none: all were.
    after TEXT
);
INSERT INTO repair_days (id, day, after) VALUES (1, 0, NULL);
