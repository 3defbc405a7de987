DROP TABLE sale_sign_peers;
DROP TABLE sale_signs;
DROP INDEX ceb_sales_unsigned;
ALTER TABLE ceb_sales DROP COLUMN signs;
