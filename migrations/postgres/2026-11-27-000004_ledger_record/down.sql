DROP TABLE ledger_lease;
DROP TABLE ledger_blocks;
