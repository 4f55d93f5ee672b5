import { createHash, randomUUID } from 'node:crypto';
import { arn, REGION } from '../kernel/places.ts';

/** An instance's state follows from the clock: no timer is needed, and a restart loses nothing. */
export interface Instance {
  readonly id: string;
  readonly zone: string;
  /** ISO 8601, as all times here. */
  readonly inServiceAt: string;
  readonly goneAt?: string;
  /** An instance refresh launches and terminates one instance after another: not before this moment. */
  readonly launchedAt?: string;
  readonly leavesAt?: string;
}

/** Of AWS's processes those that change something here, by hand or by the group itself. */
export const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;
export type Process = (typeof PROCESSES)[number];

/** Replaces every instance by a new one, one at a time. */
export interface Refresh {
  readonly id: string;
  readonly group: string;
  readonly startedAt: string;
  readonly endsAt: string;
}

export interface Group {
  readonly name: string;
  readonly arn: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly cooldownSeconds: number;
  readonly instanceType: string;
  readonly createdAt: string;
  /** How many were ever launched; the next one's id is made of it. */
  readonly launches: number;
  readonly instances: readonly Instance[];
  /** Why EC2 gives no instance; then each launch fails. */
  readonly launchFault?: string;
  /** Why each of them is suspended. */
  readonly suspended?: Readonly<Partial<Record<Process, string>>>;
}

export interface Activity {
  readonly id: string;
  readonly group: string;
  readonly description: string;
  readonly cause: string;
  readonly zone: string;
  readonly startedAt: string;
  readonly endsAt: string;
  readonly fault?: string;
}

const LAUNCH_MS = 120_000;
const TERMINATION_MS = 60_000;
export const ZONES = [`${REGION}a`, `${REGION}b`];

export interface GroupSettings {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Ids of the first instances; later ones get generated ids. */
  readonly instanceIds?: readonly string[];
  readonly instanceType?: string;
  readonly cooldownSeconds?: number;
  /** When it was created; by default now. */
  readonly since?: Date;
}

/** A group that has been running for a while: all its instances are in service. */
export function groupOf(settings: GroupSettings, now: Date): Group {
  const { name, min, max, desired, instanceIds = [], instanceType = 'c6i.large' } = settings;
  if (!(min >= 0 && min <= desired && desired <= max))
    throw new RangeError(
      `group ${name} has min ${min}, desired ${desired}, max ${max}; wanted: 0 ≤ min ≤ desired ≤ max`,
    );
  const createdAt = (settings.since ?? now).toISOString();
  const instances = Array.from({ length: desired }, (_, i) => ({
    id: instanceIds[i] ?? idOf(name, i),
    zone: zoneOf(i),
    inServiceAt: createdAt,
  }));
  return {
    name,
    min,
    max,
    desired,
    instanceType,
    createdAt,
    instances,
    arn: arn('autoscaling', `autoScalingGroup:${randomUUID()}:autoScalingGroupName/${name}`),
    cooldownSeconds: settings.cooldownSeconds ?? 300,
    launches: desired,
  };
}

/** Launches missing instances and terminates surplus ones, newest first. @param why begins the causes */
export function reconciled(group: Group, why: string, now: Date): { group: Group; activities: Activity[] } {
  const present = group.instances.filter(
    ({ goneAt }) => goneAt === undefined || Date.parse(goneAt) > now.getTime(),
  );
  const staying = present.filter(({ goneAt }) => goneAt === undefined);
  const wanted = group.desired - staying.length;
  const suspended = group.suspended?.[wanted > 0 ? 'Launch' : 'Terminate'] !== undefined;
  const change = suspended ? 0 : wanted;
  const begun = (ms: number) => ({
    startedAt: now.toISOString(),
    endsAt: new Date(now.getTime() + ms).toISOString(),
  });
  const at = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const cause = (what: string, how: string): string =>
    `${why}  At ${at} an instance was ${what} in response to a difference between desired and actual capacity, ` +
    `${how} the capacity from ${staying.length} to ${group.desired}.`;
  const activity = (zone: string, description: string, text: string) => ({
    id: randomUUID(),
    group: group.name,
    zone,
    description,
    cause: text,
  });

  if (change > 0) {
    const numbers = Array.from({ length: change }, (_, i) => group.launches + i);
    const text = cause('started', 'increasing');
    if (group.launchFault !== undefined) {
      const fault = group.launchFault;
      const failed = numbers.map((n) => ({
        ...activity(zoneOf(n), 'Launching a new EC2 instance.  Status Reason: ' + fault, text),
        ...begun(0),
        fault,
      }));
      return { group: { ...group, instances: present }, activities: failed };
    }
    const { endsAt: inServiceAt } = begun(LAUNCH_MS);
    const launched = numbers.map((n) => ({ id: idOf(group.name, n), zone: zoneOf(n), inServiceAt }));
    return {
      group: { ...group, instances: [...present, ...launched], launches: group.launches + change },
      activities: launched.map(({ id, zone }) => ({
        ...activity(zone, `Launching a new EC2 instance: ${id}`, text),
        ...begun(LAUNCH_MS),
      })),
    };
  }

  const leaving = new Set(change < 0 ? staying.slice(group.desired) : []);
  const { endsAt: goneAt } = begun(TERMINATION_MS);
  return {
    group: { ...group, instances: present.map((one) => (leaving.has(one) ? { ...one, goneAt } : one)) },
    activities: [...leaving].map(({ id, zone }) => ({
      ...activity(
        zone,
        `Terminating EC2 instance: ${id}`,
        `${cause('taken out of service', 'shrinking')}  At ${at} instance ${id} was selected for termination.`,
      ),
      ...begun(TERMINATION_MS),
    })),
  };
}

/** The group, with what is to happen to its instances until the refresh ends. */
export function refreshed(group: Group, now: Date): { group: Group; refresh: Refresh } {
  const at = (ms: number) => new Date(now.getTime() + ms).toISOString();
  const [old, others] = [
    group.instances.filter(({ goneAt }) => goneAt === undefined),
    group.instances.filter(({ goneAt }) => goneAt !== undefined),
  ];
  const A_TURN_MS = LAUNCH_MS + TERMINATION_MS;
  const leaving = old.map((one, i) => ({
    ...one,
    leavesAt: at(i * A_TURN_MS),
    goneAt: at(i * A_TURN_MS + TERMINATION_MS),
  }));
  const coming = old.map((_, i) => ({
    id: idOf(group.name, group.launches + i),
    zone: zoneOf(group.launches + i),
    launchedAt: at(i * A_TURN_MS + TERMINATION_MS),
    inServiceAt: at((i + 1) * A_TURN_MS),
  }));
  return {
    group: {
      ...group,
      instances: [...others, ...leaving, ...coming],
      launches: group.launches + old.length,
    },
    refresh: {
      id: randomUUID(),
      group: group.name,
      startedAt: now.toISOString(),
      endsAt: at(old.length * A_TURN_MS),
    },
  };
}

/** Undefined before it is launched, and once it has terminated. */
export function lifecycleOf(
  { inServiceAt, goneAt, launchedAt, leavesAt }: Instance,
  now: Date,
): 'Pending' | 'InService' | 'Terminating' | undefined {
  const isOver = (moment: string) => Date.parse(moment) <= now.getTime();
  if (launchedAt !== undefined && !isOver(launchedAt)) return undefined;
  if (goneAt !== undefined && (leavesAt === undefined || isOver(leavesAt)))
    return isOver(goneAt) ? undefined : 'Terminating';
  return isOver(inServiceAt) ? 'InService' : 'Pending';
}

const zoneOf = (n: number): string => ZONES[n % ZONES.length] ?? '';

const idOf = (group: string, n: number): string =>
  `i-${createHash('sha256').update(`${group} ${n}`).digest('hex').slice(0, 17)}`;
