-- The board is one walk along an index, however many cases are open; with a state, and what a department was asked.
CREATE INDEX cases_board ON cases (open, due_day, id);
CREATE INDEX cases_board_newest ON cases (open, opened_at, id);
CREATE INDEX cases_board_state ON cases (state, open, due_day, id);
CREATE INDEX cases_by_asked_due ON cases (asked, kind, open, due_day, id) WHERE asked IS NOT NULL;

-- The calendar by which the day of an open case was computed; another one is at hand: it is computed again.
ALTER TABLE cases ADD COLUMN due_by TEXT;
UPDATE cases SET due_by = '' WHERE open = 1;
CREATE INDEX cases_by_calendar ON cases (due_by, id) WHERE due_by IS NOT NULL;
