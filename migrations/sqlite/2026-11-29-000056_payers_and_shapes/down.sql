DROP TABLE review_peers;
DROP TABLE review_shapes;
DROP TABLE ceb_payers;
