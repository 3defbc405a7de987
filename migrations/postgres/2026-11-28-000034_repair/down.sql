DROP TABLE dispute_rows;
DROP TABLE repair_certificates;
