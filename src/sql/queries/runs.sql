-- name: insert_run
-- A new run. Its id was chosen before the transaction: meeting it again means this is a rerun.
insert into runs (id, project, pipeline, version, spec_hash, visible, state, stop, in_finally, jobs, open, open_finally,
                  unhandled, pending, due, params, labels, origin, created, finished)
values ($1, $2, $3, $4, $5, $6, $7, 'none', $8, $9, $10, $11, 0, $12, $13, $14, $15, $16, $17, $18)

-- name: show_run
-- All job rows are written: the run becomes visible. Only once.
update runs set visible = 1 where id = $1 and visible = 0

-- name: lock_run
-- The header that facts change. A run that is not visible has no facts yet.
select state, held, stop, in_finally, open, open_finally, unhandled, pending, due, started, finished, spec_hash, project,
       pipeline
from runs where id = $1 {{for_update}}

-- name: update_run
-- Stores the header after facts were applied.
update runs
set state = $2, stop = $3, in_finally = $4, open = $5, open_finally = $6, unhandled = $7, pending = $8, due = $9,
    started = $10, finished = $11
where id = $1

-- name: hold_run
-- An invariant broke: nothing is applied to this run any more, its evidence stays.
update runs set held = $2, due = null where id = $1 and held is null

-- name: due_runs
-- Runs whose own timeout may have come; one indexed read when there are none.
select id from runs where due <= $1 and held is null order by due limit $2

-- name: insert_run_labels
-- Labels as rows, so that lists can be filtered by them.
insert into run_labels (project, key, value, run)
select b.project, b.key, b.value, b.run from {{rows(project text, key text, value text, run text)}} b

-- name: insert_payload
-- The bytes a run was started with.
insert into payloads (run, content_type, bytes) values ($1, $2, $3)

-- name: read_payload
-- The bytes a run was started with.
select content_type, bytes from payloads where run = $1

-- name: read_run
-- One visible run of a project.
select id, project, pipeline, version, spec_hash, state, held, stop, in_finally, jobs, open, open_finally, unhandled,
       params, labels, origin, created, started, finished
from runs where project = $1 and id = $2 and visible = 1

-- name: list_runs_after
-- A page of runs, newest first, older than $2 and not older than $3. Empty filters match all.
select id, project, pipeline, version, spec_hash, state, held, stop, in_finally, jobs, open, open_finally, unhandled,
       params, labels, origin, created, started, finished
from runs
where project = $1 and id < $2 and id >= $3 and visible = 1
  and ($4 = '' or state = $4) and ($5 = '' or pipeline = $5)
  and ($6 = '' or exists (select 1 from run_labels l
                          where l.project = runs.project and l.key = $6 and l.value = $7 and l.run = runs.id))
order by id desc limit $8

-- name: list_runs_before
-- The page before: newer than $2 and older than $3, oldest first (the caller turns it round).
select id, project, pipeline, version, spec_hash, state, held, stop, in_finally, jobs, open, open_finally, unhandled,
       params, labels, origin, created, started, finished
from runs
where project = $1 and id > $2 and id < $3 and visible = 1
  and ($4 = '' or state = $4) and ($5 = '' or pipeline = $5)
  and ($6 = '' or exists (select 1 from run_labels l
                          where l.project = runs.project and l.key = $6 and l.value = $7 and l.run = runs.id))
order by id asc limit $8

-- name: invisible_runs
-- Runs whose submit was cut off before it ended; nobody was told of them.
select id from runs where visible = 0 and id < $1 limit $2

-- name: old_runs
-- Finished runs past their retention, oldest first. One that still has something on a cluster stays.
select id from runs where finished < $1 and not exists (select 1 from assignments a where a.run = runs.id)
order by finished limit $2

-- name: delete_run
-- The last row of a run to go.
delete from runs where id = $1

-- name: delete_run_labels
-- With its run.
delete from run_labels where run = $1

-- name: has_payload
-- Whether a run has one, without reading it.
select 1 from payloads where run = $1

-- name: delete_payload
-- With its run.
delete from payloads where run = $1
