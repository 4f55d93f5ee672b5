import type { KeptMessage } from '../../emulator/aws/sns.ts';
import type { StruckCall } from '../../emulator/kernel/faults.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { peopleNotified } from '../drill/checks/people.ts';
import { askedAll, onRecord } from '../drill/checks/record.ts';
import type { Check } from '../drill/checks/seen.ts';
import { goneWhereSaid, leftAlone, loadedExactly, startedOnce } from '../drill/checks/world.ts';
import type { DrillPlace } from '../drill/own-world.ts';
import { brokenOff, runDrill } from '../drill/run-drill.ts';
import type { DrillResult } from '../drill/result.ts';
import { isOfStory, toldOf, type CrashPoint } from './crash-point.ts';
import { nothingForgotten, reportedSoFar } from './world-judge.ts';

/** What came of a drill in which somebody died. */
export interface CrashResult extends DrillResult {
  /** What was struck; undefined: the story has no such call. */
  readonly struck?: string;
  /** How many calls it could have been. */
  readonly calls: number;
  /** Messages that people got again, because nobody could know that SNS had taken them. */
  readonly again: number;
  /** The ledger was away when it was asked: the run did nothing more, and said so. */
  readonly honest: boolean;
}

export const brokenCrash = (fault: Fault, error: string): CrashResult => ({
  ...brokenOff(fault, error),
  calls: 0,
  again: 0,
  honest: false,
});

/** A crashed server is back after so long. */
const AWAY_MS = 8_000;

/** A drill in a world of its own, with one blow in it: it must come to the end that it has without. */
export async function runCrash(
  fault: Fault,
  { how, call: wanted }: CrashPoint,
  place: DrillPlace,
): Promise<CrashResult> {
  let [calls, again, last] = [0, 0, ''];
  let struck: string | undefined;
  /** Whether SNS may have taken a message that nobody noted. */
  let unnoted = false;
  const isIt = (call: StruckCall): boolean => {
    if (!isOfStory(call)) return false;
    calls += 1;
    const before = last;
    last = call.operation;
    if (calls !== wanted) return false;
    struck = toldOf(call);
    unnoted = how === 'killed after' ? last === 'Publish' : before === 'Publish';
    return true;
  };
  const broken = ({ faults, ledger, clock }: Sandbox): void => {
    const away = (): void => {
      ledger.cut();
      clock.at('prove.ledger-back', new Date(clock.now().getTime() + AWAY_MS), () => ledger.restore());
    };
    faults.add({
      when: how === 'killed after' ? 'after' : 'before',
      match: (_input, call) => isIt(call),
      times: 1,
      effect: how === 'ledger away at' ? { meanwhile: away } : 'kill-worker',
    });
  };
  const toldOnce: Check = async (seen) => {
    const messages = withoutRepeated(seen.told);
    again = seen.told.length - messages.length;
    return [
      ...(again > (unnoted ? 1 : 0) ? [`people were notified of ${again} things more than once`] : []),
      ...(await peopleNotified({ ...seen, told: messages })),
    ];
  };
  const result = await runDrill(fault, place, { broken, checks: [toldOnce, ...CHECKS] });
  const honest = how === 'ledger away at' && isHonest(result);
  const differences = honest
    ? result.differences.filter((line) => !OF_THE_CARD.test(line))
    : result.differences;
  const passed = differences.length === 0;
  return { ...result, differences, passed, honest, ...(struck !== undefined && { struck }), calls, again };
}

/** Where what came differs from the fault's card. */
const OF_THE_CARD = /^(?:runs|actions|why): /;

/** A run that could not ask the ledger did nothing more, says so, and leaves its incident to people. */
const isHonest = ({ runs, expected, got }: DrillResult): boolean =>
  runs.some(
    ({ outcome, why }) =>
      ['refused', 'escalated', 'inconclusive'].includes(outcome ?? '') &&
      /no answer came|the connection to the ledger broke/.test(why ?? ''),
  ) &&
  got.actions.length <= expected.actions.length &&
  got.actions.every((name) => expected.actions.includes(name));

/** All but what a run costs, which a repeated step raises. */
const CHECKS: readonly Check[] = [
  onRecord,
  askedAll,
  startedOnce,
  loadedExactly,
  goneWhereSaid,
  leftAlone,
  async ({ sandbox }) => nothingForgotten(sandbox),
  async ({ sandbox: { pool } }) => {
    await reportedSoFar(pool, new Map());
    return [];
  },
];

/** The same words on the same topic are the same message, sent again. */
function withoutRepeated(messages: readonly KeptMessage[]): KeptMessage[] {
  const known = new Set<string>();
  return messages.filter(({ topicArn, subject, message }) => {
    const key = JSON.stringify([topicArn, subject, message]);
    return !known.has(key) && known.add(key);
  });
}
