DROP TABLE statistics_months;
DROP TABLE statistics_marks;
