-- name: begin_part
-- Starts a part of a transaction that can fail alone.
savepoint part

-- name: end_part
-- The part stays.
release savepoint part

-- name: undo_part
-- The part never happened; the transaction goes on.
rollback to savepoint part
