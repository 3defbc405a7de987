-- What is kept is read by the earlier program as well, which passes over what it does not know.
UPDATE statistics_months SET version = -1 WHERE month > (SELECT MAX(month) FROM statistics_months) - 24;
