import * as z from 'zod';
import { answeringMistakes, readPayload } from '../../lambdas/platform/payload.ts';

const shape = { date: z.iso.date().optional() };
const read = (event: unknown) => readPayload(shape, event, { date: '2026-11-23' });

test.each([
  ['nothing', undefined],
  ['null', null],
  ['an empty object', {}],
  ["a schedule's event", { 'detail-type': 'Scheduled Event', source: 'aws.scheduler', detail: {} }],
])('%s asks nothing in particular', (_what, event) => {
  expect(read(event)).toEqual({});
});

test('a payload is read', () => {
  expect(read({ date: '2026-02-28' })).toEqual({ date: '2026-02-28' });
});

test.each([
  ['a mistyped key', { day: '2026-11-22' }, /"day"; correct its spelling or remove it/],
  ['a day that there is not', { date: '2026-13-45' }, /got "2026-13-45"/],
  ['a text', 'yesterday', /got "yesterday"/],
  ['a list', [], /got an array/],
  ['a number', 7, /got 7/],
])('%s is refused with what is wrong and a payload to copy', (_what, event, says) => {
  expect(() => read(event)).toThrow(says);
  expect(() => read(event)).toThrow(/nothing was done. One is {"date":"2026-11-23"}/);
});

test('a mistake is an answer, so that no alarm calls people for it; any other failure stays one', async () => {
  const handler = answeringMistakes(async (event) => {
    const { date } = read(event);
    if (date !== undefined) throw new Error('the ledger is away');
    return 'made';
  });
  expect(await handler({ day: '2026-11-22' })).toEqual({
    ok: false,
    text: expect.stringMatching(/nothing was done.*"day"/s) as string,
  });
  expect(await handler({})).toBe('made');
  await expect(handler({ date: '2026-11-22' })).rejects.toThrow('the ledger is away');
});
