DROP TABLE access_looks;
