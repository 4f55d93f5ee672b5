import { missingIn, verdictOf, type Shown, type Verdict } from '../../scripts/mutants/verdict.ts';

const passes: Shown = { drill: 'd', passed: true, differences: [], brokeOff: false };
const fails: Shown = { ...passes, passed: false, differences: ['actions: wanted none; got a start', 'more'] };
const breaksOff: Shown = {
  ...fails,
  differences: ['it broke off: Error: a worker died\n  at x'],
  brokeOff: true,
};

test.each<[string, Shown | undefined, Shown | undefined, Verdict]>([
  ['fails without it', passes, fails, { kind: 'killed', by: 'actions: wanted none; got a start' }],
  ['passes without it', passes, passes, { kind: 'unnoticed' }],
  [
    'breaks off without it',
    passes,
    breaksOff,
    { kind: 'no verdict', why: 'it broke off: Error: a worker died' },
  ],
  [
    'fails with it, too',
    fails,
    fails,
    { kind: 'no verdict', why: 'it fails with the guard, too: actions: wanted none; got a start' },
  ],
  ['was not run', passes, undefined, { kind: 'no verdict', why: 'it was not run' }],
])('a drill that %s', (_what, own, mutated, verdict) => {
  expect(verdictOf(own, mutated)).toEqual(verdict);
});

const killed: Verdict = { kind: 'killed', by: 'x' };
const unclear: Verdict = { kind: 'no verdict', why: 'it broke off' };

test.each<[string, readonly Verdict[], readonly RegExp[]]>([
  ['one drill misses it', [{ kind: 'unnoticed' }, killed], []],
  ['no drill misses it', [{ kind: 'unnoticed' }], [/^guard freeze is missed by none of its drills$/]],
  ['it has no drill', [], [/^guard freeze has no drill: write one/]],
  ['one says nothing', [killed, unclear], [/^drill-2 says nothing of guard freeze: it broke off$/]],
  ['all say nothing', [unclear], [/^drill-1 says nothing/, /^guard freeze is missed by none/]],
])('of a guard: %s', (_what, verdicts, lines) => {
  const drills = verdicts.map((verdict, i) => ({ drill: `drill-${i + 1}`, verdict }));
  const missing = missingIn([{ guard: 'freeze', drills }]);
  expect(missing).toHaveLength(lines.length);
  lines.forEach((line, i) => expect(missing[i]).toMatch(line));
});
