DROP INDEX registrations_by_end;
DROP INDEX facts_by_end;
DROP INDEX facts_by_batch;
CREATE INDEX facts_by_batch ON facts (batch_id);
DROP TABLE changes;
