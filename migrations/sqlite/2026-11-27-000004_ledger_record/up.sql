-- What each sealed block was made of, written with the tip that covers it: with the outbox it makes a lost ledger
-- folder again. `header`: SCALE header as inside the seal; `entries`: SCALE list of causes and raw entries.
CREATE TABLE ledger_blocks (
    number INTEGER PRIMARY KEY NOT NULL,
    first_index BIGINT NOT NULL,
    header BLOB NOT NULL,
    entries BLOB NOT NULL
);

-- Who anchors, until when (milliseconds by this database's clock), and where its log is read. It spares two operators
-- of one log the trouble of meeting; it is no fence. The fence is the compare-and-swap of `ledger_tip`.
CREATE TABLE ledger_lease (
    id INTEGER PRIMARY KEY NOT NULL,
    holder TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    url TEXT NOT NULL
);
