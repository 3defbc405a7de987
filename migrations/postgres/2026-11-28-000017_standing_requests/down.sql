DROP TABLE extracts;
DROP TABLE standing_requests;
