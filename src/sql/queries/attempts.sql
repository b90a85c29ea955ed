-- name: insert_attempts
-- A try of a job, given to a cluster.
insert into attempts (run, job, attempt, cluster, state, message, name, uid, assigned)
select b.run, b.job, b.attempt, b.cluster, 'assigned', '', b.name, '', b.assigned
from {{rows(run text, job int, attempt int, cluster text, name text, assigned int)}} b
where true

-- name: update_attempts
-- What became of a try. Final is final: a row that has ended stays as it is.
update attempts
set state = b.state, class = b.class, exit_code = b.exit_code, signal = b.signal, message = b.message,
    outputs = b.outputs, started = coalesce(attempts.started, b.started), ended = b.ended
from {{rows(run text, job int, attempt int, state text, class text, exit_code int, signal int, message text,
            outputs text, started int, ended int)}} b
where attempts.run = b.run and attempts.job = b.job and attempts.attempt = b.attempt and attempts.ended is null

-- name: note_late
-- Evidence that came after the end; it is kept and changes nothing.
update attempts set late = $4 where run = $1 and job = $2 and attempt = $3 and late is null

-- name: note_uid
-- The first report of an object pins its uid.
update attempts set uid = $4 where run = $1 and job = $2 and attempt = $3 and uid = ''

-- name: note_waiting
-- Why an attempt is not created yet, in words.
update attempts set message = $4 where run = $1 and job = $2 and attempt = $3 and ended is null and message <> $4

-- name: list_attempts
-- All tries of a job, oldest first.
select attempt, cluster, state, class, exit_code, signal, message, name, uid, assigned, started, ended, late, outputs
from attempts where run = $1 and job = $2 order by attempt limit $3

-- name: delete_attempts
-- Some rows of a run that goes.
delete from attempts where run = $1 and job < $2
