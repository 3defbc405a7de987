DROP TABLE single_window_receipts;
DROP TABLE single_window_batches;
DROP TABLE single_window_secrets;
