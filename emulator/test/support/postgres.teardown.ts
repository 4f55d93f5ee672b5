import { rmSync } from 'node:fs';
import { Client } from 'pg';

/** Stops the server, and fails the run if a test file left a database behind. */
export default async function teardown(): Promise<void> {
  const client = new Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await client.connect();
  const { rows } = await client.query<{ datname: string; owner: string | null }>(
    `select datname, shobj_description(oid, 'pg_database') as owner from pg_database
     where datname like 't\\_' || $1 || '\\_%' order by datname`,
    [process.env.TEST_POSTGRES_RUN],
  );
  const left = rows.filter(({ owner }) => !owner?.startsWith('template'));
  // On a server that is not ours (POSTGRES_URL) nothing may stay behind.
  for (const { datname } of rows) {
    await client.query(`alter database "${datname}" is_template false`);
    await client.query(`drop database "${datname}" with (force)`);
  }
  await client.end();
  await globalThis.testPostgres?.stop();
  if (process.env.TEST_POSTGRES_DIR) rmSync(process.env.TEST_POSTGRES_DIR, { recursive: true, force: true });
  if (left.length > 0) {
    throw new Error(
      `Databases that their tests did not drop: ${left.map(({ datname, owner }) => `${datname} (${owner ?? '?'})`).join(', ')}. ` +
        `Call drop() of freshDatabase() in afterAll or afterEach.`,
    );
  }
}
