import type * as z from 'zod';
import { playbookById, playbookOfAlarm } from '../catalog/playbooks/registry.ts';
import type { Ledger } from '../platform/ledger/queryable.ts';
import { idsMeant, type Short } from '../record/short-ids.ts';
import type { CommandDefinition } from './definition.ts';
import { refusal, type Refusal } from './refusal.ts';

/** Inputs that name something on record, by their key in a command's schema. */
const NAMED: Readonly<Record<string, Short>> = { run: 'run', incident: 'incident' };
/** `approve` and `refuse` name an approval; `confirm` an order, which is short as it is. */
const idOf = (value: string): Short | undefined => (value.startsWith('A-') ? 'approval' : undefined);

/** Each run's id begins with its playbook's name; typed alone it is the playbook or the alarm, and no run. */
const isName = (typed: string): boolean =>
  playbookById(typed) !== undefined || playbookOfAlarm(typed) !== undefined;

type Input = Readonly<Record<string, unknown>>;

/**
 * Puts whole ids in the place of short ones: `INC-41`, `41`, or a beginning that only one id has. What nothing on record
 * begins with stays: the command says that it is not there.
 * @returns a refusal where several are meant: nobody is to guess
 */
export async function withFullIds(
  input: unknown,
  { schema }: Pick<CommandDefinition<z.ZodObject>, 'schema'>,
  { pool, now }: { readonly pool: Ledger; readonly now: Date },
): Promise<{ readonly input: Input } | Refusal> {
  const whole: Record<string, unknown> = { ...(input as Input) };
  for (const key of Object.keys(schema.shape)) {
    const typed = whole[key];
    if (typeof typed !== 'string') continue;
    const what = key === 'id' ? idOf(typed) : NAMED[key];
    if (what === undefined || isName(typed)) continue;
    const meant = await idsMeant(pool, what, typed, now);
    if (meant.length > 1)
      return refusal(
        400,
        `"${typed}" begins several ids: ${meant.slice(0, 3).join(', ')}${meant.length > 3 ? ', …' : ''}; nothing was done. Type more of the one that you mean.`,
      );
    whole[key] = meant[0] ?? typed;
  }
  return { input: whole };
}
