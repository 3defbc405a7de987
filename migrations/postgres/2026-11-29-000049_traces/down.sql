DROP TABLE ceb_untraced;
DROP TABLE ceb_traces;
