import type { Check } from './seen.ts';

const IS = `
select episode.incident_id || '/' || episode.episode || '/' || told.severity as key,
  case when episode.closed_at is not null or episode.severity <> told.severity then 'resolved'
       when acknowledged_severity is not null then 'acknowledged' else 'triggered' end as state
from responder.told join responder.episode using (incident_id, episode)
where kind = 'call' and level = 1 group by 1, 2`;

/** Each pager that is sent events shows every incident that people were called for, as it is. */
export const pagersAgree: Check = async ({ fault, sandbox }) => {
  if (!fault.pagers) return [];
  const { pagers } = sandbox.services;
  const { rows } = await sandbox.pool.query<{ key: string; state: string }>(IS);
  const wanted = rows.flatMap(({ key, state }) =>
    ['pagerduty', 'webhook'].map((pager) => `${pager} ${key} ${state}`),
  );
  const got = pagers.alerts.all().map(({ pager, key, state }) => `${pager} ${key} ${state}`);
  const events = new Set(pagers.events.all().map(({ pager, event }) => `${pager} ${event}`));
  return [
    ...wanted.filter((one) => !got.includes(one)).map((one) => `no pager shows: ${one}`),
    ...got.filter((one) => !wanted.includes(one)).map((one) => `a pager shows: ${one}`),
    ...['pagerduty', 'webhook']
      .flatMap((pager) => ['trigger', 'acknowledge', 'resolve'].map((event) => `${pager} ${event}`))
      .filter((one) => !events.has(one))
      .map((one) => `it was not sent: ${one}`),
  ];
};
