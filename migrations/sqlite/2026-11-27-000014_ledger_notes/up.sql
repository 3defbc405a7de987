-- Signed checkpoints as they were published, by size. A ledger folder that is made again takes from here the lines of
-- log keys that are no longer at hand. Written after they were published: the newest may be missing for a moment.
CREATE TABLE ledger_notes (
    size INTEGER PRIMARY KEY NOT NULL,
    note TEXT NOT NULL
);
