import { athenaPermissions } from '../../../lambdas/catalog/probes/athena-query.ts';
import { exampleSettings } from '../../support/settings.ts';

const settings = exampleSettings({});
const queries = { workgroup: 'responder', bucket: 'ours', prefix: 'results' };
const granted = (change: Parameters<typeof exampleSettings>[0], athena = {}) =>
  athenaPermissions({
    ...exampleSettings(change),
    estate: { ...settings.estate, athena: { ...settings.estate.athena, ...athena } },
  }).flatMap(({ actions, resources }) =>
    actions.flatMap((action) =>
      resources.map((resource) => `${action} ${resource.replace(/^arn:aws:/, '')}`),
    ),
  );

test('a query in the responder’s own workgroup may ask nothing of it, and write its results alone', () => {
  const own = granted({ queries });
  expect(own.filter((one) => /^athena:/.test(one))).toEqual(
    ['Start', 'Get', 'Get', 'Stop'].map((verb, i) =>
      [
        `athena:${verb}Query`,
        i === 2 ? 'Results' : 'Execution',
        ' athena:us-east-1:012345678901:workgroup/responder',
      ].join(''),
    ),
  );
  expect(own).toEqual(
    expect.arrayContaining([
      'glue:GetDatabase glue:us-east-1:012345678901:database/default',
      'glue:BatchGetPartition glue:us-east-1:012345678901:table/commercial_ops/fact_cost_raw',
      's3:PutObject s3:::ours/results/*',
    ]),
  );
  expect(own.join()).not.toContain('commercial-ops-athena-results');
});

test('a query in the workgroup of Commercial-Ops asks for its settings, and writes where they say', () => {
  const theirs = granted({}, { resultsPrefix: '' });
  expect(theirs).toEqual(
    expect.arrayContaining([
      'athena:GetWorkGroup athena:us-east-1:012345678901:workgroup/commercial-ops',
      's3:PutObject s3:::commercial-ops-athena-results/*',
    ]),
  );
});

test('under Lake Formation it needs data access, and reads no file itself', () => {
  const governed = granted({ queries }, { lakeFormation: true });
  expect(governed).toContain('lakeformation:GetDataAccess *');
  expect(governed.join()).not.toContain('commercial-ops-warehouse');
});
