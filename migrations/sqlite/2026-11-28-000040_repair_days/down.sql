DROP TABLE repair_days;
