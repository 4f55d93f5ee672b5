import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEvent } from '../../../lambdas/intake/alarm-events/read-event.ts';
import { Alarm } from '../../../lambdas/domain/alarm.ts';

/**
 * A folder of messages found in the wild, with an `index.json` that says what each is:
 * `[{"file", "kind": "alarm" | "cw-direct" | "eventbridge-alarm" | "non-alarm", "subtype", "alarmName", "state"}]`.
 * They are other people's, so they stay outside of this repository.
 */
const folder = process.env['RESPONDER_ALARM_SAMPLES'] ?? '';
const index = join(folder, 'index.json');

interface Sample {
  readonly file: string;
  readonly kind: string;
  readonly subtype: string;
  readonly alarmName: string | null;
  readonly state: string | null;
}

const samples =
  folder !== '' && existsSync(index) ? (JSON.parse(readFileSync(index, 'utf8')) as Sample[]) : [];

(samples.length > 0 ? describe : describe.skip)(
  'messages found in the wild (RESPONDER_ALARM_SAMPLES)',
  () => {
    it.each(samples.map((sample) => [sample.file, sample] as const))('%s', (_file, sample) => {
      const messages = readEvent(JSON.parse(readFileSync(join(folder, sample.file), 'utf8')));
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
        if (Alarm.shape.kind.safeParse(sample.subtype).success)
          expect(message.alarm.kind).toBe(sample.subtype);
      }
    });

    // jest wants one test in a skipped suite, too.
    if (samples.length === 0) it('needs the folder', () => undefined);
  },
);
