-- name: insert_jobs
-- The rows of a new run's jobs, in their first state.
insert into jobs (run, idx, name, state, unmet, attempt, burned, infra, deleted, created, unreachable, handled, stop, since)
select b.run, b.idx, b.name, 'waiting', b.unmet, 0, 0, 0, 0, 0, 0, 0, 'none', b.since
from {{rows(run text, idx int, name text, unmet int, since int)}} b
where true

-- name: insert_settled_jobs
-- The rows of a small new run, as its first facts left them: written once.
insert into jobs (run, idx, state, unmet, attempt, burned, infra, deleted, created, unreachable, handled, stop, class, due,
                  hard, give_up, since, name)
select b.run, b.idx, b.state, b.unmet, b.attempt, b.burned, b.infra, b.deleted, b.created, b.unreachable, b.handled, b.stop,
       b.class, b.due, b.hard, b.give_up, b.since, b.name
from {{rows(run text, idx int, state text, unmet int, attempt int, burned int, infra int, deleted int, created int,
            unreachable int, handled int, stop text, class text, due int, hard int, give_up int, since int, name text)}} b
where true

-- name: read_jobs
-- The rows that a fact touches.
select j.idx, j.state, j.unmet, j.attempt, j.burned, j.infra, j.deleted, j.created, j.unreachable, j.handled, j.stop,
       j.class, j.due, j.hard, j.give_up, j.since
from {{rows(run text, idx int)}} b join jobs j on j.run = b.run and j.idx = b.idx

-- name: update_jobs
-- Stores the rows that facts changed.
update jobs
set state = b.state, unmet = b.unmet, attempt = b.attempt, burned = b.burned, infra = b.infra, deleted = b.deleted,
    created = b.created, unreachable = b.unreachable, handled = b.handled, stop = b.stop, class = b.class, due = b.due,
    hard = b.hard, give_up = b.give_up, since = b.since
from {{rows(run text, idx int, state text, unmet int, attempt int, burned int, infra int, deleted int, created int,
            unreachable int, handled int, stop text, class text, due int, hard int, give_up int, since int)}} b
where jobs.run = b.run and jobs.idx = b.idx

-- name: queue_heads
-- The jobs that have waited longest for a cluster, after a place in the queue. A queued job row is the launch queue;
-- what a held or stopping run still has in it is not launched.
select j.run, j.idx, j.attempt, j.name, j.since, r.spec_hash from jobs j join runs r on r.id = j.run
where j.state = 'queued' and (j.since, j.run, j.idx) > ($2, $3, $4)
  and r.held is null and (r.stop = 'none' or r.in_finally = 1)
order by j.since, j.run, j.idx limit $1

-- name: due_jobs
-- Jobs whose present state may end by itself; one indexed read when there are none.
select j.run, j.idx from jobs j where j.due <= $1 and not exists (select 1 from runs r where r.id = j.run and r.held is not null)
order by j.due limit $2

-- name: list_jobs
-- A page of a run's jobs in the order of their pipeline, after $2.
select idx, name, state, attempt, class, handled, since, unmet, due, unreachable, stop
from jobs where run = $1 and idx > $2 and ($3 = '' or state = $3) order by idx limit $4

-- name: list_jobs_before
-- The page before $2, backwards (the caller turns it round).
select idx, name, state, attempt, class, handled, since, unmet, due, unreachable, stop
from jobs where run = $1 and idx < $2 and ($3 = '' or state = $3) order by idx desc limit $4

-- name: count_jobs
-- How many jobs of a run are in each state.
select state, count(*) from jobs where run = $1 group by state

-- name: queue_length
-- How many jobs wait for a cluster, and since when the first does.
select count(*), min(since) from jobs where state = 'queued'

-- name: delete_jobs
-- Some rows of a run that goes.
delete from jobs where run = $1 and idx < $2

-- name: job_rows
-- How far a run's job rows go; for deleting them in steps.
select coalesce(max(idx) + 1, 0) from jobs where run = $1
