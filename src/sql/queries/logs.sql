-- name: growing_log
-- What is stored of a stream, if this cluster may add to it: only what is assigned there can be uploaded. No size: nothing yet.
select s.size, s.cut, s.note from assignments a left join log_streams s
  on s.run = a.run and s.job = a.job and s.attempt = a.attempt and s.stream = $5
where a.run = $1 and a.job = $2 and a.attempt = $3 and a.cluster = $4

-- name: put_log_stream
-- Where a stream ends now, and whether it will grow.
insert into log_streams (run, job, attempt, stream, size, cut, note) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (run, job, attempt, stream) do update set size = excluded.size, cut = excluded.cut, note = excluded.note

-- name: insert_log_streams
-- Streams that an attempt has, before anything of them came.
insert into log_streams (run, job, attempt, stream, size, cut)
select b.run, b.job, b.attempt, b.stream, 0, 0 from {{rows(run text, job int, attempt int, stream text)}} b
where true
on conflict (run, job, attempt, stream) do nothing

-- name: close_log_streams
-- Nothing follows of any stream; an attempt without one gets its first.
insert into log_streams (run, job, attempt, stream, size, cut, note)
select a.run, a.job, a.attempt, coalesce(s.stream, ''), 0, 0, $4 from attempts a left join log_streams s
  on s.run = a.run and s.job = a.job and s.attempt = a.attempt
where a.run = $1 and a.job = $2 and a.attempt = $3 and s.note is null
on conflict (run, job, attempt, stream) do update set note = excluded.note

-- name: log_streams
-- The streams of an attempt.
select attempt, stream, size, cut, note from log_streams where run = $1 and job = $2 and attempt = $3 order by stream

-- name: job_log_streams
-- The streams of all attempts of a job.
select attempt, stream, size, cut, note from log_streams where run = $1 and job = $2 order by attempt, stream

-- name: count_log_streams
-- How many streams an attempt has, for the bound on them.
select count(*) from log_streams where run = $1 and job = $2 and attempt = $3

-- name: may_write_logs
-- Whether output of an attempt may still come, as far as it itself tells: it has not ended, or is not off its cluster yet.
select case when a.ended is null then 1 else 0 end, case when exists (
    select 1 from assignments s where s.run = a.run and s.job = a.job and s.attempt = a.attempt) then 1 else 0 end
from attempts a where a.run = $1 and a.job = $2 and a.attempt = $3

-- name: insert_log_chunk
-- A piece of output; the same piece again changes nothing.
insert into log_chunks (run, job, attempt, stream, start, size, bytes, times) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (run, job, attempt, stream, start) do nothing

-- name: cut_log
-- Takes the pieces out of a log that lie between $5 and $6.
delete from log_chunks where run = $1 and job = $2 and attempt = $3 and stream = $4
  and start >= $5 and start < $6 and start + size <= $6
returning size

-- name: read_log
-- The pieces that hold bytes from $5 on, in order: from the last one that begins before it.
select start, size, bytes, times from log_chunks
where run = $1 and job = $2 and attempt = $3 and stream = $4 and start + size > $5 and start >= coalesce((
    select max(c.start) from log_chunks c
    where c.run = $1 and c.job = $2 and c.attempt = $3 and c.stream = $4 and c.start <= $5), 0)
order by start limit $6

-- name: edges_of_log
-- When lines of the first and of the last piece of a stream were written, where that is known.
select times from log_chunks c where run = $1 and job = $2 and attempt = $3 and stream = $4 and (start = 0 or start = (
    select max(l.start) from log_chunks l
    where l.run = $1 and l.job = $2 and l.attempt = $3 and l.stream = $4 and length(l.times) > 0)) order by start

-- name: delete_logs
-- Some pieces of a run that goes.
delete from log_chunks where run = $1 and job < $2

-- name: delete_log_streams
-- And what was known of them.
delete from log_streams where run = $1 and job < $2

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
