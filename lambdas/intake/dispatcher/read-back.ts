import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { Alarm } from '../../domain/alarm.ts';
import { oneLine, quoted } from '../../domain/foreign-text.ts';
import type { AwsClients } from '../../platform/aws.ts';
import { errorCause } from '../../platform/error-cause.ts';
import { arnOf, type Permissions } from '../../platform/iam.ts';
import { LONGEST_REASON } from '../alarm-events/assemble.ts';
import { parseJson } from '../alarm-events/json.ts';
import type { Log } from '../../platform/log.ts';
import type { Settings } from '../../platform/settings.ts';

/** What CloudWatch itself says about a transition that a message claims. */
export type Reading =
  /** It happened. What the run sees is CloudWatch's own words. */
  | { readonly confirms: 'yes'; readonly alarm: Alarm }
  /** It did not: somebody else wrote the message. */
  | { readonly confirms: 'no'; readonly why: string }
  /** It names another account or Region: alarms are read in our own alone. `counts`: one that is configured. */
  | { readonly confirms: 'elsewhere'; readonly counts: boolean; readonly why: string }
  /** CloudWatch did not answer: nobody can say. */
  | { readonly confirms: 'unknown'; readonly why: string };

/** What a message says of an alarm, or of one of its contributors. */
export type Claim = Alarm & { readonly contributor?: string };

/** Never throws. Answers in the order of the claims. */
export type ReadBack = (claims: readonly Claim[]) => Promise<readonly Reading[]>;

/** Neither can be narrowed where it may show composite alarms. */
export const readBackPermissions: Permissions = () => [
  { actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:DescribeAlarmHistory'], resources: ['*'] },
];

/** An alarm as CloudWatch describes it, and the transitions around the claimed moment. */
export interface Described {
  readonly alarm: MetricAlarm | CompositeAlarm | undefined;
  /** Looked up only when the alarm's present state is not the claimed one. */
  readonly past: readonly Transition[];
  readonly now: Date;
}

interface Transition {
  readonly state: string;
  readonly at: Date;
  readonly reason: string;
}

/** Envelopes give milliseconds, but EventBridge's history and the alarm may differ by a moment. */
const SECONDS_APART = 5;
const isNear = (at: Date | undefined, claimed: Claim): boolean =>
  at !== undefined && Math.abs(at.getTime() - Date.parse(claimed.changedAt)) <= SECONDS_APART * 1_000;

type Place = Settings;

/** CloudWatch's limit of names in a call. */
const NAMES_A_CALL = 100;

/**
 * Asks CloudWatch about all alarms of an event by one call, and by one more for each whose state has
 * changed since.
 * @param clients with bounded retries: a hung call must leave the function time to start its runs
 */
export function createReadBack(
  clients: Pick<AwsClients, 'cloudwatch'>,
  place: Place,
  { now, log }: { readonly now: () => Date; readonly log: Pick<Log, 'warn'> },
): ReadBack {
  return async (claims) => {
    // What names another place needs no call.
    const ours = claims.filter((claim) => placed(claim, place) === undefined);
    let described: ReadonlyMap<string, MetricAlarm | CompositeAlarm>;
    try {
      described = await describe(clients, ours);
    } catch (error) {
      return claims.map((claim) => placed(claim, place) ?? unanswered(error, log));
    }
    return Promise.all(
      claims.map(async (claim) => {
        const elsewhere = placed(claim, place);
        if (elsewhere) return elsewhere;
        const alarm = described.get(keyOf(claim));
        try {
          const past =
            claim.contributor === undefined && hasChangedSince(claim, alarm)
              ? await transitionsNear(clients, claim)
              : [];
          return compare(claim, { alarm, past, now: now() }, place);
        } catch (error) {
          return unanswered(error, log);
        }
      }),
    );
  };
}

function unanswered(error: unknown, log: Pick<Log, 'warn'>): Reading {
  log.warn('CloudWatch does not say whether an alarm is true', { error });
  const why = errorCause(error instanceof Error ? error.message : String(error));
  return { confirms: 'unknown', why: `CloudWatch did not answer (${why})` };
}

/** A composite alarm and a metric alarm may not share a name, but a claim may say the wrong kind. */
const keyOf = ({ name, kind }: Pick<Alarm, 'name' | 'kind'>): string =>
  `${kind === 'composite' ? 'composite' : 'metric'} ${name}`;

async function describe(
  clients: Pick<AwsClients, 'cloudwatch'>,
  claims: readonly Alarm[],
): Promise<ReadonlyMap<string, MetricAlarm | CompositeAlarm>> {
  const found = new Map<string, MetricAlarm | CompositeAlarm>();
  const names = [...new Set(claims.map(({ name }) => name))];
  for (let from = 0; from < names.length; from += NAMES_A_CALL) {
    const cloudwatch = await clients.cloudwatch();
    const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.describeAlarms({
      AlarmNames: names.slice(from, from + NAMES_A_CALL),
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      MaxRecords: NAMES_A_CALL,
    });
    for (const one of MetricAlarms) found.set(`metric ${one.AlarmName}`, one);
    for (const one of CompositeAlarms) found.set(`composite ${one.AlarmName}`, one);
  }
  return found;
}

function hasChangedSince(claim: Alarm, alarm: MetricAlarm | CompositeAlarm | undefined): boolean {
  if (!alarm) return false;
  const since = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp;
  const later = since !== undefined && since.getTime() > Date.parse(claim.changedAt);
  return alarm.StateValue !== claim.state ? later || isNear(since, claim) : later && !isNear(since, claim);
}

async function transitionsNear(
  clients: Pick<AwsClients, 'cloudwatch'>,
  { name, changedAt, kind }: Alarm,
): Promise<Transition[]> {
  const cloudwatch = await clients.cloudwatch();
  const claimed = Date.parse(changedAt);
  const { AlarmHistoryItems = [] } = await cloudwatch.describeAlarmHistory({
    AlarmName: name,
    AlarmTypes: [kind === 'composite' ? 'CompositeAlarm' : 'MetricAlarm'],
    HistoryItemType: 'StateUpdate',
    StartDate: new Date(claimed - SECONDS_APART * 1_000),
    EndDate: new Date(claimed + SECONDS_APART * 1_000),
  });
  return AlarmHistoryItems.flatMap(({ Timestamp, HistoryData }) => {
    const data = parseJson(HistoryData ?? '') as
      { newState?: { stateValue?: string; stateReason?: string } } | undefined;
    const { stateValue, stateReason = '' } = data?.newState ?? {};
    return Timestamp && stateValue ? [{ state: stateValue, at: Timestamp, reason: stateReason }] : [];
  });
}

/** How a claim contradicts our account and Region, if it does. */
function placed({ name, arn, account, region }: Claim, place: Place): Reading | undefined {
  if (account !== place.account || region !== place.region) {
    const [what, got, wanted] =
      account !== place.account ? ['account', account, place.account] : ['Region', region, place.region];
    const why = `it names ${what} ${quoted(got)}; wanted ${wanted}, where this responder reads alarms`;
    // It names none: nobody can say that it is not ours.
    if ([account, region].includes('unknown')) return { confirms: 'no', why };
    const counts = place.alarms.elsewhere.some(
      (one) => one.account === account && one.regions.includes(region),
    );
    return { confirms: 'elsewhere', counts, why };
  }
  const wanted = arnOf(place, 'cloudwatch', `alarm:${name}`);
  return arn === undefined || arn === wanted
    ? undefined
    : { confirms: 'no', why: `it gives the ARN ${quoted(arn)}; wanted ${wanted}` };
}

/** Whether CloudWatch bears out a claim. Pure: its test is a table. */
export function compare(
  { contributor, ...claim }: Claim,
  { alarm, past, now }: Described,
  place: Place,
): Reading {
  const elsewhere = placed(claim, place);
  if (elsewhere) return elsewhere;
  const no = (why: string): Reading => ({ confirms: 'no', why });
  const { name, kind, state, changedAt, previous } = claim;
  if (!alarm) return no(`there is no ${kind === 'composite' ? 'composite' : 'metric'} alarm of this name`);
  const arn = arnOf(place, 'cloudwatch', `alarm:${name}`);
  if (alarm.AlarmArn !== arn)
    return no(`CloudWatch has it under ${alarm.AlarmArn ?? 'no ARN'}; wanted ${arn}`);
  // CloudWatch's own moment: else each millisecond around it would be a run of its own.
  const yes = (at: Date, reason = ''): Reading => ({
    confirms: 'yes',
    alarm: { ...claim, arn, changedAt: at.toISOString(), reason: oneLine(reason, LONGEST_REASON) },
  });
  if (contributor !== undefined) {
    const at = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp;
    return alarm.StateValue === state && at
      ? yes(at, alarm.StateReason)
      : no(`a contributor is ${state}, and the alarm as a whole is ${alarm.StateValue ?? 'in no state'}`);
  }
  const apart = ({ at }: Transition): number => Math.abs(at.getTime() - Date.parse(changedAt));
  const [then] = past
    .filter((one) => one.state === state && isNear(one.at, claim))
    .sort((a, b) => apart(a) - apart(b));
  if (then) return yes(then.at, then.reason);
  const since = alarm.StateTransitionedTimestamp;
  const updated = alarm.StateUpdatedTimestamp;
  const today = `CloudWatch has it in ${alarm.StateValue ?? 'no state'} since ${since?.toISOString() ?? 'an unknown time'}`;
  if (alarm.StateValue !== state) return no(`${today}, and not in ${state} at ${changedAt}`);
  for (const at of [since, updated]) if (at && isNear(at, claim)) return yes(at, alarm.StateReason);
  // A composite alarm notifies again, without a transition, when its suppressor lets go.
  const claimed = new Date(changedAt);
  const again = kind === 'composite' && previous === state && since !== undefined;
  return again && since <= claimed && claimed <= now
    ? yes(claimed, alarm.StateReason)
    : no(`${today}, not since ${changedAt}`);
}
