// Measures one queue on PostgreSQL: node measure.mjs graphile-worker|pg-boss CONNECTION SECONDS.
// Prints JSON: single submits a second by 64 clients, and jobs a second enqueued, claimed and
// completed in batches.
import pg from 'pg';

const clients = 64;
const batch = 1000;
const jobs = 20_000;

class Graphile {
  constructor(connection, pool) {
    Object.assign(this, {connection, pool});
  }

  async start() {
    this.lib = await import('graphile-worker');
    this.logger = new this.lib.Logger(() => () => {});
    this.utils = await this.lib.makeWorkerUtils({pgPool: this.pool, logger: this.logger});
    await this.utils.migrate();
  }

  submit(i) {
    return this.utils.addJob('work', {i});
  }

  enqueue(count) {
    return this.pool.query(
      `select count(*) from graphile_worker.add_jobs(array(
         select json_populate_record(null::graphile_worker.job_spec,
                                     json_build_object('identifier', 'work', 'payload',
                                                       json_build_object('i', i)))
         from generate_series(1, $1::int) i))`, [count]);
  }

  clear() {
    return this.pool.query('delete from graphile_worker._private_jobs');
  }

  // Its documentation measures with a concurrency of 24; it claims and completes one at a time.
  async drain(count) {
    let done = 0;
    let finish;
    const all = new Promise((resolve) => (finish = resolve));
    const runner = await this.lib.run({
      pgPool: this.pool, logger: this.logger, concurrency: 24, noHandleSignals: true,
      taskList: {work: () => void (++done === count && finish())},
    });
    await all;
    await runner.stop();
  }

  stop() {
    return this.utils.release();
  }
}

class Boss {
  constructor(connection, pool) {
    Object.assign(this, {connection, pool});
  }

  async start() {
    const {default: PgBoss} = await import('pg-boss');
    this.boss = new PgBoss({connectionString: this.connection, max: clients, noSupervisor: true,
      noScheduling: true});
    this.boss.on('error', (error) => console.error(error));
    await this.boss.start();
  }

  submit(i) {
    return this.boss.send('work', {i});
  }

  enqueue(count) {
    return this.boss.insert(Array.from({length: count}, (_, i) => ({name: 'work', data: {i}})));
  }

  clear() {
    return this.boss.clearStorage();
  }

  async drain() {
    for (;;) {
      const some = await this.boss.fetch('work', batch);
      if (!some) return;
      await this.boss.complete(some.map((job) => job.id));
    }
  }

  stop() {
    return this.boss.stop({graceful: false});
  }
}

async function submits(queue, seconds) {
  const took = [];
  let until = performance.now() + 1000;
  const client = async () => {
    while (performance.now() < until) {
      const began = performance.now();
      await queue.submit(1);
      took.push(performance.now() - began);
    }
  };
  const all = () => Promise.all(Array.from({length: clients}, client));
  await all(); // to warm up
  took.length = 0;
  until = performance.now() + seconds * 1000;
  await all();
  took.sort((a, b) => a - b);
  return {per_second: took.length / seconds, p50_ms: took[took.length >> 1],
    p99_ms: took[Math.floor(took.length * 0.99)]};
}

async function through(queue) {
  await queue.clear();
  const began = performance.now();
  for (let sent = 0; sent < jobs; sent += batch) await queue.enqueue(batch);
  await queue.drain(jobs);
  return jobs / ((performance.now() - began) / 1000);
}

const [name, connection, seconds] = process.argv.slice(2);
const pool = new pg.Pool({connectionString: connection, max: clients});
const queue = new (name === 'pg-boss' ? Boss : Graphile)(connection, pool);
await queue.start();
const cpu = process.cpuUsage();
const single = await submits(queue, Number(seconds));
const used = process.cpuUsage(cpu);
single.cpu = (used.user + used.system) / 1e6 / Number(seconds);
const batches = await through(queue);
await queue.stop();
console.log(JSON.stringify({single, batches_per_second: batches}));
process.exit(0);
