import { commentBody, issueBody, labelOf } from '../../../lambdas/escalation/jira/bodies.ts';
import { checkedFields } from '../../../emulator/jira/create-issue.ts';
import { faultOf } from '../../../emulator/jira/document.ts';
import { ISSUE } from './boot.ts';

const SITE = { projects: ['OPS'], issueTypes: ['Incident'] };
const CONFIG = { project: 'OPS', issueType: 'Incident' };
const PNG = 'https://example.com/';

/** Jira takes it, whatever the texts are. */
const taken = (change: Partial<Parameters<typeof issueBody>[0]>) => {
  const fields = checkedFields(structuredClone(issueBody({ ...ISSUE, ...change }, CONFIG)), SITE);
  return { ...fields, written: JSON.stringify(fields.description) };
};

test('a summary is one line of at most 255 characters', () => {
  expect(taken({ summary: ' a\r\n\tb ' }).summary).toBe('a b');
  expect(taken({ summary: '' }).summary).toBe('(no summary)');
  const long = taken({ summary: 'x'.repeat(400) }).summary;
  expect(long).toHaveLength(255);
  expect(long.endsWith('…')).toBe(true);
});

test.each([
  ['many', Array.from({ length: 2_000 }, (_, i) => `paragraph ${i}`)],
  ['one long', ['x'.repeat(50_000)]],
  ['one that is long once it is written as JSON', ['"\u2028"\n'.repeat(9_000)]],
  ['one that is too long by a little', ['x'.repeat(32_700)]],
])('a description of %s is cut, says so, and keeps its links', (_what, description) => {
  const { written } = taken({ description });
  expect(written.length).toBeLessThanOrEqual(32_767);
  expect(written.length).toBeGreaterThan(28_000);
  expect(written).toContain('[cut: the rest did not fit');
  expect(written).toContain('https://example.com/evidence/1');
});

test('one that just fits is not cut', () => {
  const { written } = taken({ description: ['x'.repeat(32_000)], links: [] });
  expect(written).not.toContain('[cut');
});

test('of too many links the first are kept, and the others are counted', () => {
  const links = Array.from({ length: 500 }, (_, i) => ({ title: `${i}`, url: `${PNG}${'y'.repeat(100)}` }));
  const { written } = taken({ links });
  const kept = written.split('"listItem"').length - 1;
  expect(kept).toBeGreaterThan(50);
  expect(written).toContain(`[cut: ${500 - kept} more link(s)`);
});

test('texts that would be no valid document are mended', () => {
  const { written } = taken({ description: ['', '\n\n', 'a\u0000\u001bb\tc', '\ud800'], links: [] });
  expect(written).toContain('"a  b c"');
  expect(faultOf(commentBody('id', 'x'.repeat(60_000)).body)).toBeUndefined();
  expect(faultOf(commentBody('id', '').body)).toBeUndefined();
});

test('labels have no blanks, at most 255 characters, and tell incidents apart', () => {
  expect(labelOf('cur-freshness-1f2e')).toBe('responder-cur-freshness-1f2e');
  const odd = [labelOf('a b'), labelOf('a_b'), labelOf('a"b'), labelOf('x'.repeat(500))];
  expect(new Set(odd).size).toBe(4);
  for (const label of odd) expect(label).toMatch(/^[\w.:-]{1,255}$/);
});
