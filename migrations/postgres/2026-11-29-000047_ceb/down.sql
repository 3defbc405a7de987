DROP INDEX enterprises_by_customs_code;
DROP TABLE ceb_unresolved;
DROP TABLE ceb_sales;
DROP TABLE ceb_joins;
DROP TABLE ceb_documents;
