import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UNMEASURED } from '../../lambdas/domain/metrics.ts';
import { Prices } from '../../lambdas/domain/prices.ts';
import { Pace } from '../../lambdas/platform/settings.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { signals } from '../../lambdas/catalog/signals/registry.ts';
import { templateFor } from '../../sandbox/template.ts';
import { ASSUMED, idleMonth, networkMonth, oneRun, TARGET_USD, totalOf } from '../../scripts/cost/cost.ts';
import { PRICES } from '../../scripts/cost/list-prices.ts';
import { callsAMonth, countTemplate, type Template } from '../../scripts/cost/template-counts.ts';
import { ROOT } from '../processes/child-sandbox.ts';

/** The example that everyone copies. */
const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
  context: { responder: Record<string, unknown> };
};
let template: Template;
beforeAll(async () => {
  template = (await templateFor({ config: context.responder })).template as Template;
});
const slowSeconds = Pace.parse({}).slowSignals;
const usd = (what: string, lines = idleMonth(countTemplate(template), slowSeconds)): number =>
  lines.find((line) => line.what === what)?.usd ?? NaN;

test('what is published as a metric is what alarms watch: no more, no less', () => {
  const published = [...signals.map(({ metric }) => metric), UNMEASURED].map(
    (metric) => `CommercialOps ${metric}`,
  );
  expect(countTemplate(template).customMetrics).toEqual(published.sort());
});

test('the figures are those of the template', () => {
  const ofType = (type: string) =>
    Object.values(template.Resources).filter(({ Type }) => Type === type).length;
  const { alarms, fineAlarms, keys, secrets, schedules, customMetrics } = countTemplate(template);
  const declared = playbooks.flatMap((playbook) => playbook.alarms).length;
  expect(alarms + fineAlarms).toBe(ofType('AWS::CloudWatch::Alarm'));
  expect(alarms).toBeGreaterThan(declared);
  expect([keys, secrets]).toEqual([ofType('AWS::KMS::Key'), ofType('AWS::SecretsManager::Secret')]);
  expect(schedules.map((one) => [one.function, Math.round(one.callsAMonth)]).sort()).toEqual([
    ['responder-report', 122],
    ['responder-signals', 8_760],
    ['responder-sweep', 4_380],
  ]);
  expect(schedules).toHaveLength(ofType('AWS::Scheduler::Schedule'));
  expect(usd('Metrics')).toBeCloseTo(customMetrics.length * 0.3);
  expect(usd('Alarms')).toBeCloseTo(alarms * 0.1);
});

test('an idle month costs less than the target, without network and ledger; a run costs cents', () => {
  expect(totalOf(idleMonth(countTemplate(template), slowSeconds))).toBeLessThan(TARGET_USD);
  expect(totalOf(idleMonth(countTemplate(template), slowSeconds))).toBeGreaterThan(5);
  expect(totalOf(oneRun())).toBeLessThan(0.05);
  expect(networkMonth(countTemplate(template))).toEqual([]);
});

test('the daily report takes the fixed part of it for granted, unless a configuration says another', () => {
  const fixed = ['Metrics', 'Alarms', 'Keys', 'Secrets', 'Schedules'].map((what) => usd(what));
  expect(fixed.reduce((sum, one) => sum + one)).toBeCloseTo(Number(Prices.parse({}).fixedPerMonth), 0);
});

test('what costs more is seen: a metric, an alarm, an endpoint, a schedule, a query', () => {
  const own = countTemplate(template);
  const month = (change: object) => totalOf(idleMonth({ ...own, ...change }, slowSeconds));
  expect(month({ customMetrics: [...own.customMetrics, 'one more'] }) - month({})).toBeCloseTo(0.3);
  expect(month({ alarms: own.alarms + 1 }) - month({})).toBeCloseTo(0.1);
  expect(month({ schedules: [...own.schedules, ...own.schedules] })).toBeGreaterThan(month({}));
  const hourly = usd('Athena');
  expect(usd('Athena', idleMonth(own, 300))).toBeCloseTo(hourly * 12);
  // A query is charged for ten megabytes at least.
  const least = (scannedMb: number) => usd('Athena', idleMonth(own, slowSeconds, { ...ASSUMED, scannedMb }));
  expect(least(0)).toBeCloseTo((730 * 10 * 2 ** 20 * PRICES.athenaTb) / 2 ** 40);
  const endpoint = {
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: { VpcEndpointType: 'Interface', SubnetIds: ['a', 'b'] },
  };
  const placed = countTemplate({ Resources: { ...template.Resources, endpoint } });
  expect(totalOf(networkMonth(placed))).toBeCloseTo(2 * 7.3);
});

test('a kind of resource without a price is refused, with the remedy', () => {
  const more = { Resources: { ...template.Resources, nat: { Type: 'AWS::EC2::NatGateway' } } };
  expect(() => countTemplate(more)).toThrow(
    'the template has AWS::EC2::NatGateway, whose price is unknown; add it to scripts/cost/template-counts.ts',
  );
});

test.each([
  ['rate(1 minute)', 43_800],
  ['rate(2 hours)', 365],
  ['rate(1 day)', 30],
  ['cron(0 7,8,9,10 * * ? *)', 122],
])('%s is %i calls a month', (expression, calls) => {
  expect(Math.round(callsAMonth(expression))).toBe(calls);
});

test('a schedule that cannot be counted is no schedule without calls', () => {
  expect(() => callsAMonth('cron(0 7 ? * MON-FRI *)')).toThrow(/wanted a rate, or a cron/);
});
