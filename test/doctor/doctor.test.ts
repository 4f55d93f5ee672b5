import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import { SANDBOX_CONFIG } from '../../sandbox/settings-here.ts';
import { ROOT } from '../processes/child-sandbox.ts';
import { runScript } from '../processes/started.ts';
import { bootWorld } from '../support/world.ts';

const world = bootWorld({ settled: true, schedules: 'off' });

const doctor = (config: object, more: NodeJS.ProcessEnv = {}, words: readonly string[] = []) => {
  const file = join(scratchDir(), 'my.json');
  writeFileSync(file, JSON.stringify(config));
  return runScript(['scripts/doctor.ts', '--responder', file, ...words], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: world.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: world.rootKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: world.rootKey.secretAccessKey,
      ...more,
    },
  });
};

test('of a right sandbox it says so', async () => {
  const { code, out, err } = await doctor(SANDBOX_CONFIG);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^0 wrong, 0 unknown, 0 later, \d+ ok: all is right$/m);
});
