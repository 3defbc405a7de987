DROP INDEX extracts_with_files;
ALTER TABLE extracts DROP COLUMN files_removed_at;
