DROP TABLE access_alerts;
DROP TABLE access_days;
DROP TABLE access_looks;
