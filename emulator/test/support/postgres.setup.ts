import { briefDir } from '../../postgres/brief-dir.ts';
import { startPostgres, type Postgres } from '../../postgres/postgres.ts';

declare global {
  var testPostgres: Postgres | undefined;
}

/** One server for the whole jest run, in jest's own process; it ends with that, even if that is killed. */
export default async function setup(): Promise<void> {
  const dir = briefDir('responder-test-');
  globalThis.testPostgres = await startPostgres({ dir, tethered: true });
  process.env.TEST_POSTGRES_URL = globalThis.testPostgres.url;
  process.env.TEST_POSTGRES_DIR = dir;
  process.env.TEST_POSTGRES_RUN = dir.slice(-6).toLowerCase();
}
