import * as z from 'zod';
import { newestShadows, type Shadow } from '../../record/shadows.ts';
import { EVERYBODY, command } from '../definition.ts';
import { PlaybookId } from './orders.ts';

type Row = Shadow<{ job: string; period: string | null; tenant: string | null }>;

const SAID = {
  same: 'people did the same',
  different: 'people did something else',
  nothing: 'people did nothing, and it went over',
} as const;

const told = ({ run, openedAt, why, verdict, done }: Row): string[] => [
  `${openedAt.toISOString()}  ${run}: ${verdict ? SAID[verdict] : 'not over yet'}`,
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
  may: EVERYBODY,
  async answer({ input, pool }) {
    const rows: Row[] = await newestShadows(pool, input.playbook);
    const over = rows.filter(({ verdict }) => verdict !== null);
    const same = over.filter(({ verdict }) => verdict === 'same').length;
    const head = `${rows.length} rehearsals, ${over.length} over; in ${same} of them people did what the machine would have done.`;
    return { ok: true, text: [head, ...rows.flatMap(told)].join('\n'), data: rows };
  },
});
