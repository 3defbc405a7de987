-- On SQLite the access log is a file of its own (`access-log.db`), since the one writer of this one may be a long
-- import, and no read may wait for it. Its table is in `credit-api/src/access_log/table.sql`.
SELECT 1;
