import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { AGES, businessFault } from '../../lambdas/domain/fault-age.ts';

const crossed = (figure: string, limit: string) =>
  `Threshold Crossed: 1 out of the last 1 datapoints [${figure} (23/11/26 14:31:00)] was greater than the threshold (${limit}) (minimum 1 datapoint for OK -> ALARM transition).`;
const changedAt = '2026-11-23T14:36:00.000Z';

test.each([
  ['invoice-lag', '80.068', '2026-11-20T06:31:55.000Z'],
  ['cur-freshness', '4.307458946759259', '2026-11-19T07:13:16.000Z'],
  ['budget-stale', '1.5E2', '2026-11-17T08:36:00.000Z'],
])('%s at %s: the business has had the fault since %s', (playbook, figure, began) => {
  expect(businessFault(playbook, { changedAt, reason: crossed(figure, '2.0') })).toEqual({
    began,
    age: Number(figure),
  });
});

test.each([
  ['recon-failed', crossed('100.0', '1.0')],
  ['invoice-lag', 'set by hand in a test'],
  ['invoice-lag', 'Insufficient Data: 1 datapoint was unknown.'],
])('%s with "%s" says nothing of it', (playbook, reason) => {
  expect(businessFault(playbook, { changedAt, reason })).toBeUndefined();
});

test('the playbooks whose alarms watch an age are all of those whose metric is one', () => {
  const unit = { days: 86_400, hours: 3_600 };
  const ages = playbooks.flatMap(({ id, alarms }) =>
    alarms.flatMap(({ metric }) => {
      const seconds = unit[metric.split('_').at(-1) as keyof typeof unit];
      return seconds === undefined ? [] : [[id, seconds]];
    }),
  );
  expect(AGES).toEqual(Object.fromEntries(ages));
});
