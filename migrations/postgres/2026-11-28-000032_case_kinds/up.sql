-- 1 once the enterprise may know of the case: of an entry of the watch list from its notice, of an alert once it is closed.
ALTER TABLE cases ADD COLUMN told INTEGER NOT NULL DEFAULT 1;
-- The day on which an entry of the watch list took effect.
ALTER TABLE cases ADD COLUMN effective_day INTEGER;
-- What the service opened the case for: the same is not opened twice.
ALTER TABLE cases ADD COLUMN opened_for TEXT;
CREATE UNIQUE INDEX cases_by_opened_for ON cases (kind, opened_for) WHERE opened_for IS NOT NULL;
CREATE INDEX cases_watched ON cases (uscc, id) WHERE effective_day IS NOT NULL;
-- A list of a kind, of a state or of the open ones, by either order.
CREATE INDEX cases_by_open ON cases (kind, open, opened_at, id);
CREATE INDEX cases_by_state ON cases (kind, state, opened_at, id);
CREATE INDEX cases_by_state_due ON cases (kind, state, due_day, id);
