import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEvent } from '../../../lambdas/intake/alarm-events/read-event.ts';
import { Alarm } from '../../../lambdas/domain/alarm.ts';
import { ENVELOPES, snsRecord } from '../../fixtures/envelopes/envelopes.ts';
import { NON_ALARMS } from '../../fixtures/envelopes/non-alarms.ts';
import { transition } from '../../fixtures/envelopes/transitions.ts';

/** What a message is, as an index says it. */
interface Sample {
  readonly kind: 'alarm' | 'cw-direct' | 'eventbridge-alarm' | 'non-alarm';
  readonly subtype: string;
  readonly alarmName: string | null;
  readonly state: string | null;
}

type Row = readonly [file: string, sample: Sample, event: unknown];

/** Every kind of alarm in every envelope, and what else comes, as it arrives: in JSON. */
const built: Row[] = [
  ...Alarm.shape.kind.options.flatMap((subtype) =>
    ENVELOPES.map(({ via, wrap }, i): Row => {
      const facts = transition({ kind: subtype });
      const sample: Sample = { kind: 'alarm', subtype, alarmName: facts.name, state: facts.state };
      return [`${subtype} by ${via} (${i + 1})`, sample, wrap(facts)];
    }),
  ),
  ...NON_ALARMS.map(({ what, message }): Row => {
    const sample: Sample = { kind: 'non-alarm', subtype: what, alarmName: null, state: null };
    return [what, sample, { Records: [snsRecord(message)] }];
  }),
];

/**
 * A folder of messages found in the wild, with an `index.json` that says what each is: a list of `Sample` with `file`.
 * They are other people's, so they stay outside of this repository; where the folder is named, they are read, too.
 */
const folder = process.env['RESPONDER_ALARM_SAMPLES'];
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder ?? '', file), 'utf8'));
const found: Row[] =
  folder === undefined
    ? []
    : (read('index.json') as (Sample & { file: string })[]).map((one) => [one.file, one, read(one.file)]);

test.each([...built, ...found])('%s', (_file, sample, event) => {
  const messages = readEvent(JSON.parse(JSON.stringify(event)));
  expect(messages.length).toBeGreaterThan(0);
  for (const message of messages) {
    if (sample.kind === 'non-alarm') {
      expect(['ignored', 'unrecognised']).toContain(message.kind);
      continue;
    }
    if (message.kind !== 'alarm') throw new Error(`not seen as an alarm: ${JSON.stringify(message)}`);
    expect(Alarm.safeParse(message.alarm).error).toBeUndefined();
    if (sample.alarmName !== null) expect(message.alarm.name).toBe(sample.alarmName);
    if (sample.state !== null) expect(message.alarm.state).toBe(sample.state);
    if (Alarm.shape.kind.safeParse(sample.subtype).success) expect(message.alarm.kind).toBe(sample.subtype);
  }
});
