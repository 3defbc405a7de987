DROP TABLE access_alerts;
DROP TABLE access_days;
