-- name: insert_feed
-- What changed in one run in one transaction.
insert into feed (at, run, body) values ($1, $2, $3)

-- name: read_feed
-- The public history after a number, in the order of commits.
select seq, at, run, body from feed where seq > $1 order by seq limit $2

-- name: read_run_feed
-- The history of one run after a number.
select seq, at, run, body from feed where run = $1 and seq > $2 order by seq limit $3

-- name: feed_bounds
-- The first and the last number that is kept.
select min(seq), max(seq) from feed

-- name: trim_feed
-- History past its retention, a few rows at a time. The newest row stays, so that readers can tell how far the
-- numbers have come.
delete from feed where seq < (select max(seq) from feed)
  and seq in (select o.seq from (select seq, at from feed order by seq limit $2) o where o.at < $1)

-- name: insert_continuation
-- What follows from a fact and was too much for its transaction.
insert into continuations (run, kind, job, start)
select b.run, b.kind, b.job, b.start from {{rows(run text, kind int, job int, start int)}} b
where true

-- name: read_continuations
-- Follow-ups in order; those of held runs wait with them.
select c.id, c.run, c.kind, c.job, c.start from continuations c
where not exists (select 1 from runs r where r.id = c.run and r.held is not null)
order by c.id limit $1

-- name: take_continuation
-- A follow-up is applied once: whoever deletes it applies it.
delete from continuations where id = $1

-- name: delete_continuations
-- With their run.
delete from continuations where run = $1
