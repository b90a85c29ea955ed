-- Who this database is. `timeline` is new after a restore, so that agents can tell.
create table installation (
  one integer primary key check (one = 1),
  id text not null,
  timeline text not null,
  created bigint not null
);

-- Pipeline specs by the hash of their canonical JSON, compressed and cut into parts.
create table specs (
  hash text not null,
  part bigint not null,
  bytes {{bytes}} not null,
  primary key (hash, part)
) {{clustered}};

create table pipelines (
  project text not null,
  name text not null,
  version bigint not null check (version >= 1),
  spec_hash text not null,
  jobs bigint not null,
  labels text not null,
  created bigint not null,
  primary key (project, name, version)
) {{clustered}};

-- The header of a run. `visible` is 0 while its job rows are still being written.
create table runs (
  id text not null primary key,
  project text not null,
  pipeline text not null,
  version bigint,
  spec_hash text not null,
  visible bigint not null check (visible in (0, 1)),
  state text not null check ({{one_of(state: queued running stopping succeeded failed canceled)}}),
  held text,
  stop text not null check ({{one_of(stop: none cancel run_timed_out)}}),
  in_finally bigint not null,
  jobs bigint not null,
  open bigint not null check (open >= 0),
  open_finally bigint not null check (open_finally >= 0),
  unhandled bigint not null check (unhandled >= 0),
  pending bigint not null check (pending >= 0),
  due bigint,
  params text not null,
  labels text not null,
  origin text not null,
  created bigint not null,
  started bigint,
  finished bigint,
  check (({{one_of(state: succeeded failed canceled)}}) = (finished is not null)),
  check (finished is null or (open = 0 and open_finally = 0 and pending = 0))
) {{clustered}};
create index runs_state on runs (project, state, id);
create index runs_pipeline on runs (project, pipeline, id);
create index runs_due on runs (due) where due is not null;
create index runs_finished on runs (finished) where finished is not null;

create table run_labels (
  project text not null,
  key text not null,
  value text not null,
  run text not null,
  primary key (project, key, value, run)
) {{clustered}};
create index run_labels_run on run_labels (run);

create table payloads (
  run text not null primary key,
  content_type text not null,
  bytes {{bytes}} not null
) {{clustered}};

create table jobs (
  run text not null,
  idx bigint not null,
  name text not null,
  state text not null check ({{one_of(state: waiting queued starting running backing_off stopping succeeded failed skipped canceled)}}),
  unmet bigint not null check (unmet >= 0),
  attempt bigint not null,
  burned bigint not null,
  infra bigint not null,
  deleted bigint not null,
  created bigint not null,
  unreachable bigint not null,
  handled bigint not null,
  stop text not null check ({{one_of(stop: none cancel queue_timeout start_timeout run_timeout)}}),
  class text,
  due bigint,
  hard bigint,
  give_up bigint,
  since bigint not null,
  primary key (run, idx),
  check (due is null or {{one_of(state: queued starting running backing_off stopping)}}),
  check (handled = 0 or state = 'failed'),
  check (unmet = 0 or {{one_of(state: waiting skipped canceled)}})
) {{clustered}};
create index jobs_queue on jobs (since, run, idx) where state = 'queued';
create index jobs_due on jobs (due) where due is not null;

create table attempts (
  run text not null,
  job bigint not null,
  attempt bigint not null check (attempt >= 1),
  cluster text not null,
  state text not null check ({{one_of(state: assigned starting running stopping succeeded failed canceled)}}),
  class text,
  exit_code bigint,
  signal bigint,
  message text not null,
  outputs text,
  name text not null,
  uid text not null,
  assigned bigint not null,
  started bigint,
  ended bigint,
  late text,
  primary key (run, job, attempt),
  check (({{one_of(state: succeeded failed canceled)}}) = (ended is not null)),
  check ((class is not null) = (state = 'failed'))
) {{clustered}};

-- What belongs on which cluster now. A row goes when nothing of the attempt is left there.
create table assignments (
  run text not null,
  job bigint not null,
  attempt bigint not null,
  cluster text not null,
  revision bigint not null,
  state text not null check ({{one_of(state: assigned offered created ended)}}),
  wanted text not null check (wanted in ('present', 'gone')),
  epoch bigint not null,
  name text not null,
  uid text not null,
  primary key (run, job, attempt),
  check ((state = 'assigned') = (epoch = 0)),
  check (state <> 'created' or uid <> '')
) {{clustered}};
create unique index assignments_revision on assignments (cluster, revision);
create index assignments_unoffered on assignments (cluster, revision) where state = 'assigned';

-- `session` is the instance that holds the cluster, until `lease`. `live` and `offered` count assignments. `prune_held` objects stay
-- until somebody confirms in the epoch `prune_epoch` that they may go.
create table clusters (
  name text not null primary key,
  agent text not null,
  revision bigint not null,
  epoch bigint not null,
  session text not null,
  lease bigint not null,
  unreachable bigint not null,
  live bigint not null check (live >= 0),
  offered bigint not null check (offered >= 0),
  capacity bigint not null,
  executor text not null,
  version text not null,
  labels text not null,
  created bigint not null,
  trouble text not null default '',
  kubernetes text not null default '',
  namespace text not null default '',
  prune_held bigint not null default 0,
  prune_epoch bigint not null default 0
) {{clustered}};

-- The former key stays good until `old_until`.
create table agents (
  id text not null primary key,
  name text not null unique,
  cluster text not null unique,
  key_hash text not null unique,
  old_key_hash text,
  old_until bigint,
  created bigint not null,
  revoked bigint
) {{clustered}};
create index agents_old_key on agents (old_key_hash) where old_key_hash is not null;

-- Follow-ups of facts that touched too much for one transaction.
create table continuations (
  id {{identity}},
  run text not null,
  kind bigint not null,
  job bigint not null,
  start bigint not null
);
create index continuations_run on continuations (run);

-- The public history. On SQLite one writer makes `seq` order the order of commits.
create table feed (
  seq {{identity}},
  at bigint not null,
  run text not null,
  body text not null
);
create index feed_run on feed (run, seq);

-- The streams of an attempt's output: `size` bytes have come, of which `cut` in the middle are not kept. `note` says what became of
-- it, once nothing follows.
create table log_streams (
  run text not null,
  job bigint not null,
  attempt bigint not null,
  stream text not null,
  size bigint not null check (size >= 0),
  cut bigint not null check (cut >= 0),
  note text,
  primary key (run, job, attempt, stream),
  check (cut <= size)
) {{clustered}};

create table log_chunks (
  run text not null,
  job bigint not null,
  attempt bigint not null,
  stream text not null,
  start bigint not null,
  size bigint not null check (size > 0),
  bytes {{bytes}} not null,
  times {{bytes}} not null,
  primary key (run, job, attempt, stream, start)
) {{clustered}};

create table idempotency (
  project text not null,
  route text not null,
  key text not null,
  request_hash text not null,
  status bigint not null,
  body text not null,
  created bigint not null,
  primary key (project, route, key)
) {{clustered}};
create index idempotency_created on idempotency (created);
