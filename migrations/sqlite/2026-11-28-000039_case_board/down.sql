DROP INDEX cases_by_calendar;
ALTER TABLE cases DROP COLUMN due_by;
DROP INDEX cases_by_asked_due;
DROP INDEX cases_board_state;
DROP INDEX cases_board_newest;
DROP INDEX cases_board;
