import type { Clock } from '../kernel/clock.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { groupOf, lifecycleOf, PROCESSES, reconciled, refreshed } from './auto-scaling-group.ts';
import type { Activity, Group, GroupSettings, Instance, Process, Refresh } from './auto-scaling-group.ts';

/** AWS keeps six weeks of activities; here each group keeps its newest. */
const KEPT_ACTIVITIES = 100;

/** Auto Scaling groups without EC2: instances are ids that come into service two minutes after their launch. */
export class AutoScaling {
  readonly groups: Collection<Group>;
  private readonly activities: Collection<Activity>;
  private readonly refreshes: Collection<Refresh>;
  private readonly clock: Clock;

  constructor({ store, clock }: { store: Pick<Store, 'collection'>; clock: Clock }) {
    this.groups = store.collection<Group>('autoscaling.group');
    this.activities = store.collection<Activity>('autoscaling.activity');
    this.refreshes = store.collection<Refresh>('autoscaling.refresh');
    this.clock = clock;
  }

  /** Creates a group with its instances in service; an existing one is unchanged. */
  async createGroup(settings: GroupSettings): Promise<void> {
    if (!this.groups.get(settings.name))
      await this.groups.put(settings.name, groupOf(settings, this.clock.now()));
  }

  /** @throws AwsError `ValidationError` */
  group(name: string | undefined): Group {
    const group = this.groups.get(name ?? '');
    if (!group)
      throw new AwsError(
        'ValidationError',
        `AutoScalingGroup name not found - AutoScalingGroup ${name} not found`,
      );
    return group;
  }

  inService(name: string): Instance[] {
    const now = this.clock.now();
    return this.group(name).instances.filter((instance) => lifecycleOf(instance, now) === 'InService');
  }

  /** Newest first. */
  activitiesOf(name: string): Activity[] {
    return this.activities
      .all()
      .filter(({ group }) => group === name)
      .reverse();
  }

  /** @throws AwsError `ValidationError` outside the group's limits, `ScalingActivityInProgressFault` in its cooldown */
  async setDesiredCapacity(name: string, desired: number, honorCooldown = false): Promise<void> {
    const group = this.group(name);
    if (desired < group.min) throw outside(desired, 'below min', group.min);
    if (desired > group.max) throw outside(desired, 'above max', group.max);
    if (honorCooldown) this.requireCalm(group);
    const at = this.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
    const why =
      `At ${at} a user request explicitly set group desired capacity ` +
      `changing the desired capacity from ${group.desired} to ${desired}.`;
    await this.reconcile({ ...group, desired }, why);
  }

  /** @param names none: all. @throws AwsError `ValidationError` for a process that there is not */
  async suspend(name: string, names: readonly string[] = [], why?: string): Promise<void> {
    const { suspended, ...group } = this.group(name);
    const at = this.clock.now().toISOString();
    const reason = why ?? `User suspended at ${at.replace(/\.\d+Z$/, 'Z')}`;
    const added = Object.fromEntries(processes(names).map((one) => [one, reason]));
    await this.groups.put(name, { ...group, suspended: { ...suspended, ...added } });
  }

  /** What could not be launched or terminated meanwhile is now. */
  async resumeProcesses(name: string, names: readonly string[] = []): Promise<void> {
    const { suspended = {}, ...group } = this.group(name);
    const ended = new Set<string>(processes(names));
    const left = Object.fromEntries(Object.entries(suspended).filter(([one]) => !ended.has(one)));
    await this.reconcile({ ...group, suspended: left }, 'A user request resumed suspended processes.');
  }

  /** @throws AwsError `InstanceRefreshInProgressFault` */
  async startInstanceRefresh(name: string): Promise<Refresh> {
    const now = this.clock.now();
    const running = this.refreshesOf(name).find(({ endsAt }) => Date.parse(endsAt) > now.getTime());
    if (running)
      throw new AwsError(
        'InstanceRefreshInProgressFault',
        `An Instance Refresh is already in progress and blocks the execution of this Instance Refresh: ${running.id}`,
      );
    const { group, refresh } = refreshed(this.group(name), now);
    await Promise.all([this.groups.put(name, group), this.refreshes.put(refresh.id, refresh)]);
    return refresh;
  }

  /** Newest first. */
  refreshesOf(name: string): Refresh[] {
    return this.refreshes
      .all()
      .filter(({ group }) => group === name)
      .reverse();
  }

  /**
   * The fault "EC2 has no capacity": launches fail with that message from now on. Without a
   * message EC2 has capacity again, and missing instances are launched.
   */
  async failLaunches(name: string, message?: string): Promise<void> {
    const { launchFault: _ended, ...group } = this.group(name);
    if (message !== undefined) await this.groups.put(name, { ...group, launchFault: message });
    else await this.reconcile(group, 'EC2 has capacity again.');
  }

  private async reconcile(wanted: Group, why: string): Promise<void> {
    const { group, activities } = reconciled(wanted, why, this.clock.now());
    await Promise.all([
      this.groups.put(group.name, group),
      ...activities.map((activity) => this.activities.put(activity.id, activity)),
    ]);
    const forgotten = this.activitiesOf(group.name).slice(KEPT_ACTIVITIES);
    await Promise.all(forgotten.map(({ id }) => this.activities.delete(id)));
  }

  private requireCalm({ name, cooldownSeconds }: Group): void {
    const now = this.clock.now().getTime();
    const recent = this.activitiesOf(name).find(
      ({ endsAt }) => Date.parse(endsAt) + cooldownSeconds * 1000 > now,
    );
    if (recent)
      throw new AwsError(
        'ScalingActivityInProgressFault',
        `Scaling activity ${recent.id} is in progress and blocks this action`,
      );
  }
}

function processes(names: readonly string[]): Process[] {
  const strange = names.filter((name) => !PROCESSES.some((one) => one === name));
  if (strange.length > 0)
    throw new AwsError('ValidationError', `Invalid process names: ${strange.join(', ')}`);
  return PROCESSES.filter((one) => names.length === 0 || names.includes(one));
}

const outside = (desired: number, where: string, limit: number): AwsError =>
  new AwsError(
    'ValidationError',
    `New SetDesiredCapacity value ${desired} is ${where} value ${limit} for the AutoScalingGroup.`,
  );
