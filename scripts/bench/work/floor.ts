import { Pool } from 'pg';
import type { Given, Worker } from './contender.ts';
import { NEWEST, PERIOD, tenantOf, VERIFIED } from './tables.ts';

const OUTCOME = `
with outcome as (insert into bench.outcome (alarm, outcome, why) values ($1, 'resolved', $2) on conflict do nothing returning alarm)
insert into bench.step (alarm, number, name, said)
select alarm, number, name, said from outcome, unnest($3::text[], $4::text[]) with ordinality as step(name, said, number)`;

/**
 * The work as a person writes it by hand, with nothing beside it: no evidence, no audit, no guard.
 * `claim first` takes no alarm twice, and forgets those on which it was killed; `no claim` does them again.
 */
export function handWritten({ contender, url, services }: Given): Worker {
  const pool = new Pool({ connectionString: url, max: 20 });
  pool.on('error', () => undefined);
  const claims = contender !== 'no claim';
  const post = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(`${services}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    await answer.text();
  };
  return {
    async handle(alarm) {
      if (claims) {
        const claim = await pool.query('insert into bench.claim (alarm) values ($1) on conflict do nothing', [
          alarm,
        ]);
        if (claim.rowCount === 0) return;
      }
      const tenant = tenantOf(alarm);
      const copy = await pool.query<{ newest: Date }>(NEWEST, [tenant]);
      const period = await pool.query<{ state: string }>(PERIOD, [tenant]);
      const stale = (copy.rows[0]?.newest.getTime() ?? 0) < Date.now() - 2 * 86_400_000;
      if (!stale || period.rows[0]?.state !== 'open') return;
      await post('/job', { run: alarm });
      const after = await pool.query<{ copies: number }>(VERIFIED, [tenant]);
      const why = `${after.rows[0]?.copies ?? 0} copy is there`;
      await pool.query(OUTCOME, [
        alarm,
        why,
        ['copy', 'period', 'decide', 'job', 'verify'],
        ['4 days old', 'open', 'load it again', 'started', why],
      ]);
      await post('/notify', { alarm, outcome: 'resolved', why });
    },
    resume: async () => undefined,
  };
}
