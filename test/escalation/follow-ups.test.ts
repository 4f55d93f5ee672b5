import { createFollowUps } from '../../lambdas/escalation/follow-ups.ts';
import { JiraError } from '../../lambdas/escalation/jira/error.ts';
import type { EpisodeState } from '../../lambdas/record/calls.ts';

const NOW = new Date('2026-11-23T14:00:00Z');
const order = { kind: 'jira', dueAt: NOW.toISOString() } as const;
const world = {
  settings: { people: { jira: {} } },
  pool: () => undefined,
  now: NOW,
} as unknown as Parameters<ReturnType<typeof createFollowUps>>[3];

/** What is on record of a try to open an issue that ended so. */
const tryOf = (error: Error) =>
  createFollowUps({
    openIssue: () => Promise.reject(error),
    comment: () => Promise.reject(error),
    draft: () => Promise.reject(error),
  })(order, {} as never, { told: [] } as unknown as EpisodeState, world);

const away = (retryAfterSeconds?: number): JiraError =>
  new JiraError('away', 'Jira is busy', { status: 429, retryAfterSeconds });

test.each([
  ['asks for half an hour', away(1_800), '2026-11-23T14:30:00.000Z'],
  ['asks for a year', away(31_536_000), '2026-11-24T14:00:00.000Z'],
  ['asks for nothing', away(), undefined],
  ['fails otherwise', new Error('no'), undefined],
])('Jira that %s', async (_what, error, notBefore) => {
  const tried = await tryOf(error);
  expect(tried).toMatchObject({
    toldAt: null,
    tries: 1,
    why: `first tried at ${NOW.toISOString()}: ${error.message}`,
  });
  expect(tried.notBefore).toBe(notBefore);
});
