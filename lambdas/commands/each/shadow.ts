import * as z from 'zod';
import { command } from '../definition.ts';
import { PlaybookId } from './orders.ts';

interface Row {
  readonly run: string;
  readonly playbook: string;
  readonly at: Date;
  readonly why: string;
  readonly verdict: 'same' | 'different' | 'nothing' | null;
  readonly done: readonly { job: string; period: string | null; tenant: string | null }[] | null;
}

const SHADOWS = `
select run.run_id as run, playbook, opened_at as at, why, verdict, done
from responder.run left join responder.shadow on shadow.run_id = run.run_id
where mode = 'live' and outcome = 'rehearsed' and ($1::text is null or playbook = $1)
order by opened_at desc limit 50`;

const SAID = {
  same: 'people did the same',
  different: 'people did something else',
  nothing: 'people did nothing, and it went over',
} as const;

const told = ({ run, at, why, verdict, done }: Row): string[] => [
  `${at.toISOString()}  ${run}: ${verdict ? SAID[verdict] : 'not over yet'}`,
  `    it     ${why}`,
  ...(done ?? []).map(
    ({ job, period, tenant }) =>
      `    people ran ${[job, period, tenant].filter((part) => part !== null).join(' ')}`,
  ),
];

export const shadow = command({
  about: 'rehearsals beside people, each compared with what they then did',
  usage: 'shadow [playbook]',
  schema: z.strictObject({ playbook: PlaybookId.optional() }),
  identity: false,
  async answer({ input, pool }) {
    const { rows } = await pool.query<Row>(SHADOWS, [input.playbook ?? null]);
    const over = rows.filter(({ verdict }) => verdict !== null);
    const same = over.filter(({ verdict }) => verdict === 'same').length;
    const head = `${rows.length} rehearsals, ${over.length} over; in ${same} of them people did what the machine would have done.`;
    return { ok: true, text: [head, ...rows.flatMap(told)].join('\n'), data: rows };
  },
});
