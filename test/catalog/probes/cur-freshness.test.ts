import { createHash } from 'node:crypto';
import type { ProbeDefinition } from '../../../lambdas/catalog/probes/definition.ts';
import type { Evidence } from '../../../lambdas/domain/evidence.ts';
import { athenaCopy, ledgerCopy } from '../../../lambdas/catalog/probes/cost-copies.ts';
import { curDelivery } from '../../../lambdas/catalog/probes/cur-delivery.ts';
import { ingestionLog } from '../../../lambdas/catalog/probes/error-logs.ts';
import { ingestionPermissions } from '../../../lambdas/catalog/probes/ingestion-permissions.ts';
import { ingestionRuns } from '../../../lambdas/catalog/probes/ingestion-runs.ts';
import { monthCosts, openMonthsCosts } from '../../../lambdas/catalog/probes/month-costs.ts';
import { periodState } from '../../../lambdas/catalog/probes/period-state.ts';
import { unhealthyMonths } from '../../../lambdas/catalog/playbooks/cur-freshness-months.ts';
import { CostNames } from '../../../lambdas/platform/cost-names.ts';
import { as } from '../../support/as-role.ts';
import { bootWorld, NOW } from '../../support/world.ts';

const world = bootWorld({}, as('responder-runner'));
/** The probes look with the rights that they declare, and no others. */

const BUCKET = 'cur-bucket';
const look = <V>(probe: ProbeDefinition<{ period: string }, V>, period = '2026-11', now = NOW) =>
  probe.run({ target: { period }, now, settings: world.role.settings, tools: world.role.tools });
const queriesOf = ({ evidence }: { evidence: readonly Evidence[] }) => evidence.map(({ query }) => query);
const put = (key: string, text = '') => world.services.s3.put(BUCKET, `cur-prefix/${key}`, Buffer.from(text));
const manifest = (reportKeys: string[], extra = {}) => JSON.stringify({ reportKeys, ...extra });

describe('the delivery', () => {
  test('of a healthy month is complete, and its digest is that of its manifest', async () => {
    const { value, evidence } = await look(curDelivery);
    const key = 'cur-prefix/2026-11/commercial-ops-cur-Manifest.json';
    const bytes = await world.services.s3.get(BUCKET, key);
    expect(value).toMatchObject({
      manifest: true,
      missingCount: 0,
      missing: [],
      prefix: 's3://cur-bucket/cur-prefix/2026-11/',
    });
    expect(value.objects).toBeGreaterThan(0);
    expect(value.bytes).toBeGreaterThan(10_000);
    expect(value.digest).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(
      evidence.map(({ query, parameters }) => [query, parameters['Prefix'] ?? parameters['Key']]),
    ).toEqual([
      ['s3:ListObjectsV2', 'cur-prefix/2026-11/'],
      ['s3:GetObject', key],
    ]);
  });

  test('of a month that is not there is no file, and of an empty folder neither', async () => {
    const nothing = { objects: 0, bytes: 0, newest: null, manifest: false, digest: null };
    expect((await look(curDelivery, '2031-01')).value).toMatchObject(nothing);
    await put('2031-02/');
    expect((await look(curDelivery, '2031-02')).value).toMatchObject(nothing);
  });

  test.each([
    ['', /is empty$/],
    ['<html>Service Unavailable</html>', /is no JSON with the list "reportKeys"$/],
    ['{"reportKeys": "a.parquet"}', /is no JSON with the list "reportKeys"$/],
  ])(
    'whose manifest says "%s" is one without a manifest, and the reason names the file',
    async (text, why) => {
      await put('2031-03/a.parquet', 'data');
      await put('2031-03/cur-Manifest.json', text);
      const { value } = await look(curDelivery, '2031-03');
      expect(value).toMatchObject({ manifest: false, digest: null, missingCount: 0 });
      expect(value.unreadable).toMatch(
        /^its manifest s3:\/\/cur-bucket\/cur-prefix\/2031-03\/cur-Manifest\.json /,
      );
      expect(value.unreadable).toMatch(why);
    },
  );

  test('of more files than a page holds is counted to the end, and says which are missing', async () => {
    const keys = Array.from(
      { length: 1_203 },
      (_, i) => `2031-04/part-${String(i).padStart(5, '0')}.parquet`,
    );
    await Promise.all(keys.map((key) => put(key, 'x')));
    const lost = Array.from(
      { length: 25 },
      (_, i) => `cur-prefix/2031-04/zz-${String(i).padStart(2, '0')}.parquet`,
    );
    await put('2031-04/cur-Manifest.json', manifest([...keys.map((key) => `cur-prefix/${key}`), ...lost]));
    const { value, evidence } = await look(curDelivery, '2031-04');
    expect(value).toMatchObject({
      objects: 1_203,
      bytes: 1_203,
      missingCount: 25,
      missing: lost.slice(0, 20),
    });
    expect(evidence[0]?.rows).toHaveLength(1_204);
  });

  test('with two manifests is judged by the newer one', async () => {
    await put('2031-05/new.parquet', 'x');
    await put('2031-05/z-Manifest.json', manifest(['cur-prefix/2031-05/old.parquet']));
    await world.clock.advanceTo(new Date(world.clock.now().getTime() + 5_000));
    const newer = manifest(['cur-prefix/2031-05/new.parquet']);
    await put('2031-05/a-Manifest.json', newer);
    const { value } = await look(curDelivery, '2031-05');
    expect(value).toMatchObject({ objects: 1, manifest: true, missingCount: 0 });
    expect(value.digest).toBe(createHash('sha256').update(newer).digest('hex'));
  });
});

describe('the months that are not closed', () => {
  const unhealthy = async (period?: string, now = NOW) => {
    const [athena, ledger] = [await look(athenaCopy, period, now), await look(ledgerCopy, period, now)];
    const months = (await look(openMonthsCosts, period, now)).value;
    const costs = { athena: athena.value, ledger: ledger.value, months };
    return unhealthyMonths(costs, now).map((month) => month.period);
  };
  const stale = new Date(NOW.getTime() - 100 * 3_600_000);
  let loads = 0;
  const load = (period: string) =>
    world.services.glue.job('cur_ingest_prod').work({
      id: `jr_${period}`,
      startedAt: NOW,
      arguments: { '--period': period, '--run_id': `other-${(loads += 1)}` },
    });

  test('are named when either copy does not hold their complete delivery', async () => {
    const { commercialOps } = world.services;
    expect(await unhealthy()).toEqual([]);
    for (const copy of ['athena', 'ledger'] as const) {
      await commercialOps.setIngested(stale, [copy], ['2026-10']);
      expect([copy, await unhealthy()]).toEqual([copy, ['2026-10']]);
      await load('2026-10');
      expect([copy, await unhealthy()]).toEqual([copy, []]);
    }
    await commercialOps.setIngested(stale, undefined, ['2026-10']);
    await commercialOps.setPeriodState('2026-10', 'closed');
    expect(await unhealthy()).toEqual([]);
    await commercialOps.setPeriodState('2026-10', 'closing');
    expect(await unhealthy()).toEqual(['2026-10']);
    await commercialOps.delivery.makeIncomplete('2026-10');
    expect(await unhealthy()).toEqual(['2026-10']);
    // What AWS keeps no more need not be loaded again, as long as both copies have it.
    await commercialOps.delivery.remove('2026-10');
    expect(await unhealthy()).toEqual([]);
    await commercialOps.setIngested(stale, ['athena'], ['2026-10']);
    expect(await unhealthy()).toEqual([]);
    await commercialOps.deliver('2026-10');
    await load('2026-10');
  });

  test('are the months after, too, once they have begun', async () => {
    await world.services.commercialOps.setIngested(stale, ['athena'], ['2026-11']);
    const asked = async (now: Date) =>
      (await look(openMonthsCosts, '2026-10', now)).value.map((one) => one.period);
    expect(await asked(NOW)).toEqual(['2026-10', '2026-11']);
    expect(await asked(new Date('2026-10-31T23:59:59Z'))).toEqual(['2026-10']);
    await load('2026-11');
    expect(await unhealthy()).toEqual([]);
  });

  const some = (where: string) => `(source_file, source_row) in (
    select source_file, source_row from fact_cost_raw
    where bill_billing_period_start_date = '2026-10-01Z' and ${where} order by 1, 2 limit 1)
    and bill_billing_period_start_date = '2026-10-01Z'`;
  const EC2 = some(
    `product_servicecode = 'AmazonEC2' and line_item_unblended_cost > 0 and resource_tags_user_tenant_id is not null`,
  );
  const columns = `identity_line_item_id, line_item_line_item_type, bill_billing_period_start_date, line_item_usage_end_date,
    product_servicecode, line_item_unblended_cost, resource_tags_user_tenant_id, ingested_at`;
  const kinds: Record<string, string> = {
    lost: `delete from fact_cost_raw where ${EC2}`,
    'all lost': `delete from fact_cost_raw where bill_billing_period_start_date = '2026-10-01Z'`,
    doubled: `insert into fact_cost_raw (${columns}, source_digest, source_file, source_row)
      select ${columns}, source_digest, 'again', 1 from fact_cost_raw where ${EC2}`,
    'of another delivery': `update fact_cost_raw set source_digest = 'another' where ${EC2}`,
    zeroed: `update fact_cost_raw set line_item_unblended_cost = 0 where ${EC2}`,
    nullified: `update fact_cost_raw set line_item_unblended_cost = null where ${EC2}`,
    'changed by its last digit': `update fact_cost_raw set line_item_unblended_cost = line_item_unblended_cost + 0.000000000000001 where ${EC2}`,
    negated: `update fact_cost_raw set line_item_unblended_cost = -line_item_unblended_cost where ${EC2}`,
    'moved to another service': `update fact_cost_raw set product_servicecode = 'AmazonS3' where ${EC2}`,
    'moved to no service': `update fact_cost_raw set product_servicecode = null where ${EC2}`,
    'of another type': `update fact_cost_raw set line_item_line_item_type = 'Tax' where ${EC2}`,
    'moved to another tenant': `update fact_cost_raw set resource_tags_user_tenant_id = (
        select min(tenant_id) from tenant_master other where other.tenant_id <> resource_tags_user_tenant_id) where ${EC2}`,
    'moved to a month that is over': `update fact_cost_raw set bill_billing_period_start_date = '2025-09-01Z', source_file = 'moved' where ${EC2}`,
  };

  const counted = /lost|doubled|another delivery|a month/;
  const differences = async () =>
    (await look(monthCosts, '2026-10')).value.map((month) => month.differences.length > 0);

  test('are unhealthy where a line of either copy is not as delivered, of any kind', async () => {
    const { commercialOps } = world.services;
    const kept = `bill_billing_period_start_date = '2026-10-01Z'`;
    await world.pool.query(`create table kept as select * from fact_cost_raw where ${kept}`);
    for (const [kind, sql] of Object.entries(kinds)) {
      await world.pool.query(sql);
      expect(['ledger', kind, await differences()]).toEqual(['ledger', kind, [true]]);
      await world.pool.query(`delete from fact_cost_raw where ${kept} or source_file = 'moved'`);
      await world.pool.query('insert into fact_cost_raw select * from kept');
      await commercialOps.copyToAthena('2026-10', [sql]);
      expect(['athena', kind, await differences()]).toEqual(['athena', kind, [true]]);
      await commercialOps.copyToAthena('2026-10');
    }
    expect(await differences()).toEqual([false]);
    await world.pool.query('drop table kept');
  });

  test('are unhealthy where both copies say the same, and the log of their load another number of lines', async () => {
    const { commercialOps } = world.services;
    for (const [kind, sql] of Object.entries(kinds).filter(([kind]) => counted.test(kind))) {
      await world.pool.query(sql);
      await commercialOps.copyToAthena('2026-10');
      expect([kind, await unhealthy()]).toEqual([kind, ['2026-10']]);
      await load('2026-10');
      await world.pool.query(`delete from fact_cost_raw where source_file = 'moved'`);
    }
    expect(await unhealthy()).toEqual([]);
  });

  test('agree although tags were copied onto untagged lines, or lost', async () => {
    const { commercialOps } = world.services;
    const untag = `update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null where ${EC2}`;
    await commercialOps.copyToAthena('2026-10', [untag]);
    expect(await differences()).toEqual([false]);
    await commercialOps.copyToAthena('2026-10');
    await world.pool.query(untag);
    expect(await differences()).toEqual([false]);
    await load('2026-10');
  });
});

describe('the copies of the costs', () => {
  /** Section 1 of the runbook, character by character. */
  const PRINTED = 'SELECT MAX(line_item_usage_end_date) FROM fact_cost_raw;';

  test('after an ingestion both hold the delivery, by its digest, and are as fresh as it is', async () => {
    const { commercialOps, glue } = world.services;
    await commercialOps.setIngested(new Date(NOW.getTime() - 100 * 3_600_000));
    const delivery = (await look(curDelivery)).value;
    for (const probe of [athenaCopy, ledgerCopy]) {
      const { value } = await look(probe);
      expect(value.digest).not.toBe(delivery.digest);
      expect(value.days).toBeGreaterThan(4);
    }
    await glue.job('cur_ingest_prod').work({
      id: 'jr_probe',
      startedAt: NOW,
      arguments: { '--period': '2026-11', '--run_id': 'probe' },
    });
    const [athena, ledger] = [await look(athenaCopy), await look(ledgerCopy)];
    expect([athena.value.digest, ledger.value.digest]).toEqual([delivery.digest, delivery.digest]);
    expect(athena.value).toEqual(ledger.value);
    expect(athena.value.days).toBeLessThan(2);
  });

  test('the evidence holds the runbook’s own statement as printed, and the complete one beside it', async () => {
    for (const probe of [athenaCopy, ledgerCopy]) {
      const found = await look(probe);
      expect(queriesOf(found)).toContain(PRINTED);
      expect(
        queriesOf(found).filter((query) => query.includes("line_item_line_item_type = 'Usage'")),
      ).toHaveLength(1);
      const printed = found.evidence.find(({ query }) => query === PRINTED);
      expect(printed?.rows).toHaveLength(1);
    }
  });

  test('the printed statement counts Tax lines that end in the future; the decision’s figure does not', async () => {
    const { evidence, value } = await look(ledgerCopy);
    const printed = evidence.find(({ query }) => query === PRINTED)?.rows[0] as { max: Date };
    expect(printed.max.getTime()).toBeGreaterThan(NOW.getTime());
    expect(Date.parse(value.newest ?? '')).toBeLessThan(NOW.getTime());
  });

  test('lines of the future are none yet: an earlier now makes the copies fresher, never negative', async () => {
    const earlier = new Date('2026-11-15T12:00:00Z');
    for (const probe of [athenaCopy, ledgerCopy]) {
      const { days } = (await look(probe, '2026-11', earlier)).value;
      expect(days).toBeGreaterThanOrEqual(0);
      expect(days).toBeLessThan(0.1);
    }
  });

  test('a period that neither has', async () => {
    for (const probe of [athenaCopy, ledgerCopy]) {
      const { value } = await look(probe, '2031-01');
      expect(value.digest).toBeNull();
      expect(value.days).toBeLessThan(2);
    }
  });

  test('are the same where a deployment’s tables name their columns otherwise', async () => {
    const { estate } = world.role.settings;
    const service = { product_servicecode: "coalesce(product_servicecode, '')" };
    const costs = CostNames.parse({ athena: { columns: { ...service, period: "period || ''" } } });
    const settings = { ...world.role.settings, estate: { ...estate, costs } };
    const lookAs = async <V>(probe: ProbeDefinition<{ period: string }, V>) =>
      probe.run({ target: { period: '2026-11' }, now: NOW, settings, tools: world.role.tools });
    expect((await lookAs(athenaCopy)).value).toEqual((await look(athenaCopy)).value);
    expect((await look(athenaCopy)).value.days).toBeLessThan(2);
    const month = await lookAs(monthCosts);
    expect(month.value).toEqual((await look(monthCosts)).value);
    expect(queriesOf(month).some((sql) => sql.includes("period || '' as period"))).toBe(true);
  });

  test('an empty table has no age, and says so', async () => {
    await world.services.commercialOps.warehouse.clear();
    const { value, evidence } = await look(athenaCopy);
    expect(value).toEqual({ newest: null, days: null, digest: null });
    expect(athenaCopy.describe(value as never)).toBe('no usage line at all');
    expect(evidence.map(({ query }) => query)).toContain(PRINTED);
  });

  test('a query that Athena cannot run fails the look with its reason', async () => {
    const { settings } = world.role;
    const queries = { workgroup: 'nobodys', bucket: 'nobodys', prefix: '' };
    const broken = { ...settings, queries };
    await expect(
      athenaCopy.run({ target: { period: '2026-11' }, now: NOW, settings: broken, tools: world.role.tools }),
    ).rejects.toThrow(/nobodys/);
  });
});

describe('the ingestion’s log', () => {
  const GROUP = '/aws/lambda/commercial-ops-cur-ingestion';
  const at = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

  test('counts the last hour only, and what kind of error was the newest', async () => {
    const { logs } = world.services;
    const before = (await look(ingestionLog)).value.lines;
    logs.append(GROUP, 's', 'ERROR long ago: AccessDenied', at(90));
    logs.append(GROUP, 's', 'INFO loading 2026-11', at(40));
    logs.append(GROUP, 's', 'ERROR AccessDenied on s3://cur-bucket for ops@alder-analytics.example', at(30));
    logs.append(GROUP, 's', 'ERROR java.lang.OutOfMemoryError: Java heap space', at(20));
    const { value, evidence } = await look(ingestionLog);
    expect(value).toMatchObject({
      exists: true,
      lines: before + 3,
      errors: 2,
      accessDenied: 1,
      newest: 'out of memory',
    });
    // People are told the kind; the text stays in the evidence, without what names anybody.
    expect(ingestionLog.describe(value as never)).toMatch(
      / 2 errors, 1 AccessDenied \(newest: out of memory\)$/,
    );
    expect(JSON.stringify(evidence)).toContain('[removed: e-mail address]');
    expect(JSON.stringify(evidence)).not.toContain('alder-analytics.example');
  });

  test('that does not exist is not the same as a quiet one', async () => {
    await world.services.logs.groups.delete(GROUP);
    const { value } = await look(ingestionLog);
    expect(value).toMatchObject({ exists: false, lines: 0, errors: 0 });
    expect(ingestionLog.describe(value as never)).toBe('the log group does not exist');
  });
});

describe('the ingestion’s runs', () => {
  test('are the newest ten, newest first, with how long and why', async () => {
    const { glue } = world.services;
    for (let i = 0; i < 15; i++) {
      const startedAt = new Date(NOW.getTime() - (20 - i) * 120_000);
      await glue.runs.recordPast({
        job: 'cur_ingest_prod',
        arguments: i === 14 ? {} : { '--period': '2026-10' },
        state: 'FAILED',
        error: `failure ${i}`,
        startedAt: startedAt.toISOString(),
        completedAt: new Date(startedAt.getTime() + 90_000).toISOString(),
      });
    }
    const { value } = await look(ingestionRuns);
    expect(value).toHaveLength(10);
    expect(value[0]).toMatchObject({ state: 'FAILED', minutes: 1.5, error: 'failure 14', period: null });
    expect(value.map(({ startedAt }) => startedAt)).toEqual(
      value
        .map(({ startedAt }) => startedAt)
        .sort()
        .reverse(),
    );
  });
});

describe('the permissions of the job’s role', () => {
  test('are complete in a healthy account', async () => {
    const { value } = await look(ingestionPermissions);
    expect([value, ingestionPermissions.describe(value as never)]).toEqual([[], 'yes, both']);
  });

  test('each that is lacking is named with its resource', async () => {
    const { iam } = world.services;
    await iam.removePermission('cur-ingest-prod', 's3:GetObject');
    const one = (await look(ingestionPermissions)).value;
    // The bucket's own policy may grant it, and a simulation does not know that.
    expect(one).toEqual([
      {
        permission: 's3:GetObject on arn:aws:s3:::cur-bucket/cur-prefix/2026-11/*',
        verdict: 'unknown',
        because: "implicitDeny, without knowing the bucket's policy",
      },
    ]);
    await iam.removePermission('cur-ingest-prod', 'athena:StartQueryExecution');
    const both = (await look(ingestionPermissions)).value;
    expect(both[1]).toEqual({
      permission:
        'athena:StartQueryExecution on arn:aws:athena:us-east-1:012345678901:workgroup/commercial-ops',
      verdict: 'missing',
      because: 'implicitDeny',
    });
    // Of a condition a simulation cannot know what a real request would say.
    await iam.putRolePolicy('cur-ingest-prod', 'from-our-network', {
      Statement: {
        Effect: 'Allow',
        Action: 'athena:StartQueryExecution',
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } },
      },
    });
    const conditioned = (await look(ingestionPermissions)).value;
    expect(conditioned.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
    expect(conditioned[1]?.because).toBe('implicitDeny, without knowing aws:SourceVpc');
  });

  test('of a role that IAM does not know, or when IAM does not answer, cannot be told', async () => {
    const { settings, tools } = world.role;
    const { estate } = settings;
    const other = {
      ...settings,
      estate: { ...estate, ingestion: { ...estate.ingestion, role: 'path/other' } },
    };
    const { value, evidence } = await ingestionPermissions.run({
      target: { period: '2026-11' },
      now: NOW,
      settings: other,
      tools,
    });
    expect(value.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
    expect(ingestionPermissions.describe(value as never)).toMatch(
      /^unknown: s3:GetObject on .*IAM does not simulate it/,
    );
    expect(JSON.stringify(evidence)).toMatch(/AccessDenied|NoSuchEntity/);
  });
});

describe('the period’s state', () => {
  test.each([
    ['2026-11', 'open'],
    ['2025-09', 'closed'],
    ['2031-01', 'unknown'],
  ])('%s is %s', async (period, state) => {
    const { value, evidence } = await look(periodState, period);
    expect(value).toBe(state);
    expect(evidence[0]?.parameters).toEqual({ $1: `${period}-01` });
  });
});
