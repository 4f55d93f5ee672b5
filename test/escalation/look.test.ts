import { EscalationMessage } from '../../lambdas/domain/escalation-message.ts';
import { lookAt } from '../../lambdas/escalation/look.ts';
import { episodeState, type MessageRecord } from '../../lambdas/record/calls.ts';
import { openRun } from '../../lambdas/record/write.ts';
import { bootLedger } from '../support/ledger.ts';
import { minute, opening } from '../support/runs.ts';

const ledger = bootLedger();
afterEach(() => jest.restoreAllMocks());

const sent = (kind: string, rest: object): MessageRecord => ({
  message: EscalationMessage.parse({ kind, ...rest }),
  recipient: 'sre',
  dueAt: minute(1),
  toldAt: minute(1),
  confirmed: 2,
  tries: 1,
  triedAt: minute(1),
  byRun: null,
  why: null,
});

async function episodeOf(run: string) {
  const { episode } = await openRun(ledger.responder, opening(run, 0, { target: { period: run } }));
  if (!episode) throw new Error(`${run} has opened no incident`);
  return episode;
}

const taken = sent('acknowledged', { severity: 'SEV-3' });
const REFUSED: readonly (readonly [string, MessageRecord])[] = [
  ['a kind that the table does not know', { ...taken, message: { kind: 'by-pigeon' } as never }],
  ['a moment that is none', { ...taken, dueAt: 'soon' }],
  ['a recipient that is missing', { ...taken, recipient: null as never }],
];

test.each(REFUSED)(
  '%s keeps no other message from the record, and is not sent again',
  async (name, refused) => {
    const error = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const episode = await episodeOf(name.replaceAll(' ', '-'));
    const world = { pool: () => ledger.responder, now: () => new Date(minute(2)) };
    const known = { state: undefined, unwritten: [refused, taken] };
    const look = await lookAt(episode, known, world, true);
    // As long as the execution runs it knows what was sent, and does not send it again.
    expect(look).toMatchObject({ onRecord: true, unfit: [refused] });
    expect(look.state.told).toEqual(expect.arrayContaining([refused, taken]));
    const { incident, episode: number } = episode;
    expect((await episodeState(ledger.responder, incident, number))?.told).toEqual([taken]);
    expect(error).toHaveBeenCalledTimes(1);
  },
);

test('a ledger that is away takes none of them, and none is refused', async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  const episode = await episodeOf('away');
  const away = { query: () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' })) };
  const world = { pool: () => away as never, now: () => new Date(minute(2)) };
  const look = await lookAt(episode, { state: undefined, unwritten: [taken] }, world, true);
  expect(look).toMatchObject({ onRecord: false, state: { told: [taken] } });
  expect(look).not.toHaveProperty('unfit');
});
