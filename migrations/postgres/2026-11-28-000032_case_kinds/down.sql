DROP INDEX cases_by_state_due;
DROP INDEX cases_by_state;
DROP INDEX cases_by_open;
DROP INDEX cases_watched;
DROP INDEX cases_by_opened_for;
ALTER TABLE cases DROP COLUMN opened_for;
ALTER TABLE cases DROP COLUMN effective_day;
ALTER TABLE cases DROP COLUMN told;
