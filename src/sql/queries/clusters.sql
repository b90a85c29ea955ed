-- name: insert_cluster
-- A cluster, before its agent first connects.
insert into clusters (name, agent, revision, epoch, session, lease, unreachable, live, offered, capacity, executor, version, labels, created)
values ($1, $2, 0, 0, '', 0, 0, 0, 0, 0, '', '', '{}', $3)

-- name: read_clusters
-- All clusters by name.
select name, agent, revision, epoch, session, lease, unreachable, live, offered, capacity, executor, version, labels, created
from clusters order by name

-- name: lock_cluster
-- The row whose lock orders a cluster's revisions and fences its sessions.
select name, agent, revision, epoch, session, lease, unreachable, live, offered, capacity, executor, version, labels, created
from clusters where name = $1 {{for_update}}

-- name: open_session
-- A new hold on the cluster: the epoch grows, so older ones are refused from now on. The revision does, too: 0 is the
-- place before a session's first pull.
update clusters
set epoch = epoch + 1, revision = revision + 1, session = $2, lease = $3, capacity = $4, executor = $5, version = $6, labels = $7, offered = 0
where name = $1

-- name: renew_session
-- The holder is alive.
update clusters set lease = $3 where name = $1 and epoch = $2

-- name: release_session
-- The holder stopped cleanly: its epoch stays, so whatever it still says is refused.
update clusters set session = '', lease = $3 where name = $1 and epoch = $2

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
-- Who holds the key with this hash, unless it was revoked.
select id, name, cluster from agents where key_hash = $1 and revoked is null

-- name: find_agent_named
-- For refusing a second agent of a name or a cluster.
select id, name, cluster from agents where name = $1 or cluster = $2

-- name: list_agents
-- All agents by name.
select id, name, cluster, created, revoked from agents order by name

-- name: replace_agent_key
-- The embedded agent gets a fresh key at each start.
update agents set key_hash = $2, revoked = null where name = $1
