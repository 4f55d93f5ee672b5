import type { Fault } from '../../lambdas/record/audit/chain-link.ts';
import type { Verdict } from './verify.ts';
import type { Gap, Window } from './verify-expected.ts';
import type { Ink } from '../ink.ts';

/** The verdict for people: the answer first, then what to look at, then what it does not cover. */
export function reportLines(
  { faults, windows, moreWindows, gaps, forged, keys, expired, counts }: Verdict,
  notes: readonly string[],
  ink: Ink,
): string[] {
  const { chains, entries, anchors, bodies } = counts;
  const read = `read ${count(chains, 'chain')} with ${count(entries, 'entry', 'entries')}, ${count(anchors, 'anchor')}, ${count(bodies, 'evidence body', 'evidence bodies')}`;
  const answer =
    faults.length === 0
      ? ink.good('EVERYTHING IS UNCHANGED')
      : ink.bad(`NOT WHAT IT WAS: ${count(faults.length, 'fault')}`);
  return [
    `${answer}; ${read}`,
    ...faults.flatMap((fault) => ['', ...faultLines(fault)]),
    ...part('Not anchored yet; a person who may change the ledger could change these unseen:', [
      ...windows.map(told),
      ...(moreWindows > 0 ? [`and ${count(moreWindows, 'more chain')}`] : []),
    ]),
    ...part(
      'Days without an anchor, when a person who may change the ledger could change these unseen:',
      gaps.map(gapLine),
    ),
    ...part('Worth checking:', [...forged, ...notes]),
    ...part('Signed with; keep it elsewhere, and give it with --key:', keys),
    ...part(
      'Gone, as old evidence may be:',
      expired.length === 0 ? [] : [count(expired.length, 'evidence body', 'evidence bodies')],
    ),
  ];
}

const gapLine = ({ from, to, until, entries, order }: Gap): string =>
  `${from} to ${to}: ${count(entries, 'entry', 'entries')} until ${until}` +
  (order ? `; ${order.person} at ${order.at}: ${order.why}` : '');

const faultLines = ({ where, what, expected, found }: Fault): string[] => [
  `${where}: ${what}`,
  ...(expected === undefined ? [] : [`  expected ${expected}`, `  found    ${found ?? 'nothing'}`]),
];

const told = ({ chain, entries, since }: Window): string =>
  `${chain}: ${count(entries, 'entry', 'entries')} since ${since}`;

const part = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
