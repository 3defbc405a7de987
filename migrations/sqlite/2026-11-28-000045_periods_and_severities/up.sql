-- How serious an alert is: `low`, `medium`, `high`; of other cases nothing.
ALTER TABLE cases ADD COLUMN severity TEXT;
UPDATE cases SET severity = json_extract(about, '$.alert.severity') WHERE kind = 'alert';
CREATE INDEX cases_by_severity ON cases (kind, severity, open, due_day, id) WHERE severity IS NOT NULL;
CREATE INDEX cases_by_severity_newest ON cases (kind, severity, opened_at, id) WHERE severity IS NOT NULL;

-- The first and the last day of a plan of inspection, days since 1970-01-01; plans of before have none.
ALTER TABLE inspection_plans ADD COLUMN from_day INTEGER;
ALTER TABLE inspection_plans ADD COLUMN until_day INTEGER;
