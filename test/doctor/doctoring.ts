import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import type { Emulator } from '../../emulator/emulator.ts';
import type { Finding } from '../../lambdas/doctor/check.ts';
import type { Examined } from '../../scripts/doctor/examine.ts';
import { ROOT } from '../processes/child-sandbox.ts';
import { runScript } from '../processes/started.ts';

type Account = Pick<Emulator, 'endpoint' | 'credentials'>;

/** The command, as the account's root. */
export function doctor(
  { endpoint, credentials }: Account,
  config: object,
  { words = [], env = {} }: { words?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): ReturnType<typeof runScript> {
  const file = join(scratchDir(), 'my.json');
  writeFileSync(file, JSON.stringify(config));
  return runScript(['scripts/doctor.ts', '--responder', file, ...words], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.root.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.root.secretAccessKey,
      ...env,
    },
  });
}

/** What `--json` printed, by verdict. */
export function findingsIn<V extends Finding['verdict']>(
  out: string,
  verdict: V,
): ({ readonly id: string } & Extract<Finding, { verdict: V }>)[] {
  const { answers } = JSON.parse(out) as Examined;
  const of = (finding: Finding): finding is Extract<Finding, { verdict: V }> => finding.verdict === verdict;
  return answers.flatMap(({ id, findings }) => findings.filter(of).map((finding) => ({ id, ...finding })));
}
