ALTER TABLE ceb_documents DROP COLUMN signature;
