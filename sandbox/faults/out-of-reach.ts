import { AwsError } from '../../emulator/kernel/service.ts';
import type { Faults } from '../../emulator/kernel/faults.ts';
import type { Sandbox } from '../sandbox.ts';

/** Faults of the ways to people: a channel that is away for some calls, or for a time of the sandbox's clock. */

type Reached = Pick<Sandbox, 'clock'> & { readonly faults: Pick<Faults, 'add'> };

/** How long: so many calls, or so many minutes. */
type Spell = { readonly calls: number } | { readonly minutes: number };

const lasting = ({ clock }: Reached, spell: Spell) =>
  'calls' in spell
    ? { times: spell.calls }
    : { times: Infinity, until: new Date(clock.now().getTime() + spell.minutes * 60_000) };

/**
 * Nobody answers at Jira's address; with a `status`, its gateway does (503, or 429 of an account that asks too often).
 * @returns the fault's id, for `faults.clear`
 */
export const jiraAway = (sandbox: Reached, spell: Spell, status?: 429 | 503): string =>
  sandbox.faults.add({
    service: 'jira',
    when: 'before',
    ...lasting(sandbox, spell),
    effect: status === undefined ? 'drop-connection' : new AwsError('Unavailable', SAID[status], status),
  });

const SAID = { 429: 'Rate limit exceeded.', 503: 'Service Unavailable' } as const;

/** Jira creates the next issue (or adds the next comment), and its answer never arrives. */
export const jiraAnswerLost = (
  { faults }: Pick<Reached, 'faults'>,
  operation: 'createIssue' | 'addComment' = 'createIssue',
): string => faults.add({ service: 'jira', operation, when: 'after', times: 1, effect: 'drop-connection' });
