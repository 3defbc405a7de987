-- What a job has to do, as JSON, so that a job taken before a crash is done after it.
ALTER TABLE jobs ADD COLUMN task TEXT NOT NULL DEFAULT '{}';
