DROP TABLE inspection_tasks;
DROP TABLE inspection_plans;
