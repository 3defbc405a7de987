-- Somebody's own screenings, the newest first.
CREATE INDEX screenings_by_asker ON screenings (asked_by, asked_at, id);
CREATE INDEX screenings_by_organisation ON screenings (organisation, audience, asked_at, id);
