-- name: list_migrations
-- What was applied, oldest first.
select version, hash from migrations order by version

-- name: insert_migration
-- Records a step together with its effect, in one transaction.
insert into migrations (version, name, hash, min_server, applied) values ($1, $2, $3, $4, $5)

-- name: read_installation
-- The identity of this database.
select id, timeline from installation where one = 1

-- name: insert_installation
-- Names a new database, once.
insert into installation (one, id, timeline, created) values (1, $1, $2, $3)

-- name: ping
-- Shows that the database answers; for readiness.
select count(*) from installation
