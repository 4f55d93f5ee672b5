import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printedIn } from '../../scripts/runbook/by-hand.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';
import { describeWithCli, withCli } from './aws-cli.ts';

/** Every command that the runbook prints, typed into a shell as it is printed. */
const { commands } = printedIn();

/** The only completions: where the account is, a file for the answer, the payload's format, and a real ARN for `...`. */
const completed = (command: string): string =>
  command
    .replace(/^aws lambda invoke .*$/, '$& --cli-binary-format raw-in-base64-out answer.json')
    .replace('arn:aws:sns:...:', 'arn:aws:sns:us-east-1:012345678901:')
    .replace(/^aws /, 'aws --endpoint-url "$ENDPOINT" ');

/** What a person would look for in what it prints; by what the command begins with. */
const PRINTS: readonly (readonly [RegExp, RegExp])[] = [
  [/^aws s3 ls /, /Manifest\.json/],
  [/^aws logs tail /, /^$|^\d{4}-\d\d-\d\dT/],
  [/^aws glue start-job-run /, /"JobRunId": "jr_/],
  [/^aws lambda invoke /, /"StatusCode": 200/],
  [
    /^aws sns list-subscriptions-by-topic /,
    /"SubscriptionArn": "arn:aws:sns:us-east-1:012345678901:tenant-budget-alerts:/,
  ],
  [/^aws cloudwatch get-metric-statistics /, /"Average": \d/],
  [/^aws lambda update-function-configuration /, /"RESTART": "true"/],
];

describeWithCli('the AWS CLI, as the runbook prints it', () => {
  // The shell reckons "ten minutes ago" by the machine's clock: so does this sandbox.
  const world = bootWorld({ now: new Date(), settled: true }, withCli);

  /** AWS delivers a month's first costs hours after it has begun. */
  const nothingDeliveredOfThisMonth = async (): Promise<boolean> =>
    (await world.ask(`select count(*) from fact_cost_raw where line_item_usage_start_date >= $1`, [
      `${world.clock.now().toISOString().slice(0, 7)}-01Z`,
    ])) === '0';

  test('prints sixteen commands', () => expect(commands).toHaveLength(16));

  test.each(commands)('%s', async (command) => {
    const printed = await world.cli.shell(completed(command));
    const [, expected] = PRINTS.find(([begins]) => begins.test(command)) ?? [];
    expect(printed).toMatch(expected ?? /there is nothing to look for/);
    if (!command.startsWith('aws lambda invoke')) return;
    const answer: unknown = JSON.parse(readFileSync(join(world.cli.home, 'answer.json'), 'utf8'));
    if (command.includes('recon_runner') && (await nothingDeliveredOfThisMonth())) {
      expect(answer).toMatchObject({ errorMessage: matching(/^there is nothing to reconcile in \S+: /) });
      return;
    }
    expect(printed).not.toContain('FunctionError');
    expect(answer).toEqual(expect.any(Object));
  });
});
