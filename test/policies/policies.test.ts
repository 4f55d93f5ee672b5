import { SANDBOX_CONFIG } from '../../sandbox/settings-here.ts';
import { templateFor } from '../../sandbox/template.ts';
import { statementOf, type UsedRights } from '../../scripts/drill/used-rights.ts';
import { KEPT } from '../../scripts/policies/kept.ts';
import { grantedIn, unusedIn, type Template } from '../../scripts/policies/granted.ts';
import { sampleOf, trialsOf } from '../../scripts/policies/trials.ts';

let template: Template;
beforeAll(async () => {
  template = (await templateFor({ config: SANDBOX_CONFIG })).template as Template;
});

test('every statement of every role of the template is tried', () => {
  const policies = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::IAM::Policy');
  const statements = policies.flatMap(
    ({ Properties }) => (Properties as { PolicyDocument: { Statement: unknown[] } }).PolicyDocument.Statement,
  );
  const granted = grantedIn(template);
  expect(granted).toHaveLength(statements.length);
  expect(new Set(granted.map(({ key }) => key)).size).toBe(granted.length);
  expect(granted.find(({ key }) => key === 'responder-runner-us-east-1 act-as-actor#0')).toEqual({
    key: 'responder-runner-us-east-1 act-as-actor#0',
    actions: ['sts:AssumeRole', 'sts:TagSession'],
    resources: ['arn:aws:iam::012345678901:role/responder-actor-us-east-1'],
  });
  for (const { key } of granted) expect(statementOf(key).role).toMatch(/^responder-/);
});

test('what is kept for AWS alone is granted', () => {
  const actions = grantedIn(template).flatMap((one) => one.actions);
  expect(Object.keys(KEPT).filter((action) => !actions.includes(action))).toEqual([]);
});

const granted = [
  { key: 'one look#0', actions: ['s3:Get', 's3:List'], resources: ['a', 'b'] },
  { key: 'one look#1', actions: ['sqs:Send'], resources: ['q'] },
];
const use = (actions: number[], resources: number[], alone = true) => ({ actions, resources, alone });

test('unused is what no drill uses: a statement, and an action or a resource in one', () => {
  const used: UsedRights[] = [{ 'one look#0': use([0], [1]) }, { 'one look#0': use([0], [0]) }];
  expect(unusedIn(granted, used)).toEqual([
    { key: 'one look#0', parts: ['s3:List'], whole: false },
    { key: 'one look#1', parts: ['sqs:Send', 'q'], whole: true },
  ]);
  // AWS asks for it where the emulator does not.
  const listing = { key: 'one keep#1', actions: ['s3:ListBucket'], resources: ['bucket'] };
  expect(unusedIn([listing], used)).toEqual([]);
  expect(unusedIn([{ ...listing, actions: ['s3:ListBucket', 's3:Put'] }], used)).toEqual([
    { key: 'one keep#1', parts: ['s3:Put', 'bucket'], whole: true },
  ]);
  const all = { 'one look#0': use([0, 1], [0, 1]), 'one look#1': use([0], [0]) };
  expect(unusedIn(granted, [all])).toEqual([]);
});

test('a removal is tried on the quickest drills that pass, and in which the statement alone allows something', () => {
  const drill = (
    name: string,
    seconds: number,
    rights: UsedRights,
    passed = true,
    kind = 'fault' as const,
  ) => ({
    name,
    seconds,
    rights,
    passed,
    kind,
  });
  const alone = { 'one look#0': use([0], [0]) };
  const drills = [
    drill('slow', 9, alone),
    drill('quick', 1, alone),
    drill('not-alone', 0, { 'one look#0': use([0], [0], false) }),
    drill('fails', 0, alone, false),
  ];
  expect(trialsOf(granted, drills)).toEqual([
    { key: 'one look#0', drills: ['quick', 'slow'] },
    { key: 'one look#1', drills: [] },
  ]);
});

test('a sample is the same for its seed, without repetition', () => {
  const all = Array.from({ length: 40 }, (_, i) => i);
  expect(sampleOf(all, 6, 13)).toEqual(sampleOf(all, 6, 13));
  expect(sampleOf(all, 6, 13)).not.toEqual(sampleOf(all, 6, 14));
  expect(sampleOf(all, 100, 1).toSorted((a, b) => a - b)).toEqual(all);
});

test.each(['', 'one look', 'one look#x', 'look#1'])('"%s" names no statement', (key) => {
  expect(() => statementOf(key)).toThrow(/names no statement; wanted "<role> <policy>#<place>"/);
});
