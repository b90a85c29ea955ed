-- name: insert_assignments
-- This attempt belongs on that cluster. Offered at once when the cluster's session has room for it.
insert into assignments (run, job, attempt, cluster, revision, state, wanted, epoch, name, uid)
select b.run, b.job, b.attempt, b.cluster, b.revision, b.state, 'present', b.epoch, b.name, ''
from {{rows(run text, job int, attempt int, cluster text, revision int, state text, epoch int, name text)}} b
where true

-- name: lock_assignment
-- The row that a report or a stop is about.
select cluster, revision, state, wanted, epoch, name, uid from assignments
where run = $1 and job = $2 and attempt = $3 {{for_update}}

-- name: is_assigned
-- Whether an attempt is on this cluster.
select 1 from assignments where run = $1 and job = $2 and attempt = $3 and cluster = $4

-- name: update_assignment
-- Moves an assignment on; a new revision shows it to the agent again.
update assignments set state = $4, wanted = $5, epoch = $6, uid = $7, revision = $8
where run = $1 and job = $2 and attempt = $3

-- name: delete_assignment
-- Nothing of the attempt is left on its cluster.
delete from assignments where run = $1 and job = $2 and attempt = $3

-- name: pull_assignments
-- What changed on a cluster since a revision, in its order. Rows not offered yet are not shown.
select run, job, attempt, revision, state, wanted, epoch, name, uid from assignments
where cluster = $1 and revision > $2 and state <> 'assigned' order by revision limit $3

-- name: unoffered_assignments
-- What waits to be offered, oldest first.
select run, job, attempt from assignments where cluster = $1 and state = 'assigned' order by revision limit $2

-- name: reachable_assignments
-- Attempts of a cluster that may be alive and are not marked unreachable yet.
select a.run, a.job, a.attempt from assignments a
where a.cluster = $1 and a.state in ('offered', 'created')
  and exists (select 1 from jobs j join runs r on r.id = j.run
              where j.run = a.run and j.idx = a.job and j.attempt = a.attempt and j.unreachable = 0
                and j.state in ('starting', 'running', 'stopping') and r.held is null)
order by a.revision limit $2

-- name: cluster_assignments
-- All that a cluster has; for forgetting it.
select run, job, attempt from assignments where cluster = $1 order by revision limit $2

-- name: count_assignments
-- What a run still has on clusters.
select count(*) from assignments where run = $1
