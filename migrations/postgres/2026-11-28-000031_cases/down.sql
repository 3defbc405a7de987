DROP TABLE case_files;
DROP TABLE case_steps;
DROP TABLE cases;
