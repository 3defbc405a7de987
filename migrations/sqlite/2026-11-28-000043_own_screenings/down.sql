DROP INDEX screenings_by_organisation;
DROP INDEX screenings_by_asker;
