-- A month now holds what comparing the documents of sales found, and where grades moved. Months that are kept up to date
-- are made anew; older ones stay as they were published.
UPDATE statistics_months SET version = -1 WHERE month > (SELECT MAX(month) FROM statistics_months) - 24;
