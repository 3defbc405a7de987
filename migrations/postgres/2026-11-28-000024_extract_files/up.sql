-- When the files of an extract were removed, milliseconds; the row stays.
ALTER TABLE extracts ADD COLUMN files_removed_at BIGINT;
CREATE INDEX extracts_with_files ON extracts (asked_at, id) WHERE files_removed_at IS NULL;
