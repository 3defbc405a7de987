ALTER TABLE inspection_plans DROP COLUMN until_day;
ALTER TABLE inspection_plans DROP COLUMN from_day;
DROP INDEX cases_by_severity_newest;
DROP INDEX cases_by_severity;
ALTER TABLE cases DROP COLUMN severity;
