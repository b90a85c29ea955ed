-- name: has_spec
-- Whether a spec is stored already; equal content is stored once.
select count(*) from specs where hash = $1 and part = 0

-- name: insert_spec_part
-- A part of a spec; a repeated one is the same.
insert into specs (hash, part, bytes) values ($1, $2, $3) on conflict (hash, part) do nothing

-- name: read_spec
-- The parts of a spec in order.
select bytes from specs where hash = $1 order by part

-- name: latest_pipeline
-- The version that runs start from.
select version, spec_hash, jobs, labels, created from pipelines
where project = $1 and name = $2 order by version desc limit 1

-- name: read_pipeline_version
-- One version of a pipeline.
select version, spec_hash, jobs, labels, created from pipelines where project = $1 and name = $2 and version = $3

-- name: insert_pipeline
-- A new version; the one before stays.
insert into pipelines (project, name, version, spec_hash, jobs, labels, created) values ($1, $2, $3, $4, $5, $6, $7)

-- name: list_pipelines
-- A page of pipelines by name after $2, each in its latest version.
select p.name, p.version, p.spec_hash, p.jobs, p.labels, p.created from pipelines p
where p.project = $1 and p.name > $2
  and p.version = (select max(v.version) from pipelines v where v.project = p.project and v.name = p.name)
order by p.name limit $3

-- name: list_pipelines_before
-- The page before $2, backwards (the caller turns it round).
select p.name, p.version, p.spec_hash, p.jobs, p.labels, p.created from pipelines p
where p.project = $1 and p.name < $2
  and p.version = (select max(v.version) from pipelines v where v.project = p.project and v.name = p.name)
order by p.name desc limit $3
