DROP INDEX idempotency_by_time;
ALTER TABLE jobs DROP COLUMN cancel_asked_at;
ALTER TABLE monthly_grades DROP COLUMN seq;
ALTER TABLE ratings DROP COLUMN sign_off;
DROP TABLE sign_offs;
