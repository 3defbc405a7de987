-- Rows of these tables lie in a heap here, as SQLite has them from this version on.
SELECT 1;
