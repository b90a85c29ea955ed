-- name: log_size
-- Where the stored log of an attempt ends.
select coalesce(max(start + size), 0) from log_chunks where run = $1 and job = $2 and attempt = $3

-- name: log_end
-- Whether the log of an attempt can still grow: only what is assigned can be uploaded.
select a.log_note, case when a.ended is null or exists (
    select 1 from assignments s where s.run = a.run and s.job = a.job and s.attempt = a.attempt) then 1 else 0 end
from attempts a where a.run = $1 and a.job = $2 and a.attempt = $3

-- name: insert_log_chunk
-- A piece of output; the same piece again changes nothing.
insert into log_chunks (run, job, attempt, start, size, bytes) values ($1, $2, $3, $4, $5, $6)
on conflict (run, job, attempt, start) do nothing

-- name: read_log
-- The pieces that hold bytes from $4 on, in order.
select start, size, bytes from log_chunks
where run = $1 and job = $2 and attempt = $3 and start + size > $4 order by start limit $5

-- name: note_log_end
-- The log is whole, or what is missing; nothing follows.
update attempts set log_note = $4 where run = $1 and job = $2 and attempt = $3 and log_note is null

-- name: delete_logs
-- Some pieces of a run that goes.
delete from log_chunks where run = $1 and job < $2

-- name: find_idempotency
-- The answer that was given to this key, and the request it was for.
select request_hash, status, body from idempotency where project = $1 and route = $2 and key = $3

-- name: insert_idempotency
-- Remembers a committed success.
insert into idempotency (project, route, key, request_hash, status, body, created) values ($1, $2, $3, $4, $5, $6, $7)

-- name: trim_idempotency
-- Keys past their time, a few at a time. That of a run (its id is the body) stays as long as the run goes on.
delete from idempotency where (project, route, key) in (
  select i.project, i.route, i.key from idempotency i
  where i.created < $1 and not exists (select 1 from runs r where r.id = i.body and r.finished is null)
  order by i.created limit $2)
