-- name: insert_cluster
-- A cluster, before its agent first connects.
insert into clusters (name, agent, revision, epoch, session, lease, unreachable, live, offered, capacity, executor, version, labels, created)
values ($1, $2, 0, 0, '', 0, 0, 0, 0, 0, '', '', '{}', $3)

-- name: read_clusters
-- All clusters by name.
select name, agent, revision, epoch, session, lease, unreachable, live, offered, capacity, executor, version, labels, created,
       trouble, kubernetes, namespace, prune_held, prune_epoch
from clusters order by name

-- name: lock_cluster
-- The row whose lock orders a cluster's revisions and fences its sessions.
select name, agent, revision, epoch, session, lease, unreachable, live, offered, capacity, executor, version, labels, created,
       trouble, kubernetes, namespace, prune_held, prune_epoch
from clusters where name = $1 {{for_update}}

-- name: open_session
-- A new hold on the cluster: the epoch grows, so older ones are refused from now on. The revision does, too: 0 is the
-- place before a session's first pull.
update clusters
set epoch = epoch + 1, revision = revision + 1, session = $2, lease = $3, capacity = $4, executor = $5, version = $6, labels = $7, offered = 0
where name = $1

-- name: renew_session
-- The holder is alive, and says how it finds its cluster. What is held stays so until somebody confirms.
update clusters
set lease = $3, trouble = $4, kubernetes = $5, namespace = $6,
    prune_held = case when prune_epoch = epoch or $7 > prune_held then $7 else prune_held end
where name = $1 and epoch = $2

-- name: release_session
-- The holder stopped cleanly: its epoch stays, so whatever it still says is refused.
update clusters set session = '', lease = $3 where name = $1 and epoch = $2

-- name: fence_session
-- Whoever held the cluster is refused from now on. The next one still waits for the lease: the last may not know yet.
update clusters set epoch = epoch + 1, revision = revision + 1, session = 'revoked' where name = $1 and session <> ''

-- name: confirm_prune
-- What the holder left alone may go.
update clusters set prune_epoch = epoch where name = $1

-- name: delete_cluster
-- It is forgotten, with its agent.
delete from clusters where name = $1

-- name: delete_agent
-- The agent of a cluster that is forgotten.
delete from agents where cluster = $1

-- name: set_unreachable
-- Whether the attempts of this cluster can be seen.
update clusters set unreachable = $2 where name = $1

-- name: expired_clusters
-- Clusters whose hold has ended and whose attempts are not marked yet.
select name, epoch from clusters where lease < $1 and unreachable = 0 and epoch > 0

-- name: count_clusters
-- Keeps the numbers of a cluster in step with its assignments.
update clusters set revision = revision + $2, live = live + $3, offered = offered + $4 where name = $1
returning revision

-- name: insert_agent
-- An agent with the hash of its key; the key itself is shown once and not kept.
insert into agents (id, name, cluster, key_hash, created) values ($1, $2, $3, $4, $5)

-- name: find_agent
-- Who holds the key with this hash, unless it was revoked; and whether it is the former one.
select id, name, cluster, key_hash <> $1 from agents
where (key_hash = $1 or (old_key_hash = $1 and old_until > $2)) and revoked is null

-- name: lock_agent
-- The agent whose keys change.
select id, name, cluster, created, revoked from agents where name = $1 {{for_update}}

-- name: find_agent_named
-- For refusing a second agent of a name or a cluster.
select id, name, cluster from agents where name = $1 or cluster = $2

-- name: list_agents
-- All agents by name.
select id, name, cluster, created, revoked from agents order by name

-- name: replace_agent_key
-- A fresh key. The former one stays good for a while, unless the agent was revoked.
update agents
set old_key_hash = case when revoked is null then key_hash end, old_until = $3, key_hash = $2, revoked = null
where name = $1

-- name: revoke_agent
-- Neither of its keys is good any more.
update agents set revoked = coalesce(revoked, $2), old_key_hash = null, old_until = null where name = $1
