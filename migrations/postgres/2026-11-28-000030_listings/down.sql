DROP INDEX facts_of_lists;
DROP TABLE standing_days;
DROP TABLE listings;
