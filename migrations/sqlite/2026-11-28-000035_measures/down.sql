DROP TABLE measure_acts;
DROP TABLE measure_steps;
DROP TABLE measures;
