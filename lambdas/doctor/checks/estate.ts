import type { AwsClients } from '../../platform/aws.ts';
import { playbooksNeeding } from '../../catalog/playbooks/permissions.ts';
import { offByConfiguration, type Settings } from '../../platform/settings.ts';
import { ok, wrong, type CheckOf, type Finding } from '../check.ts';
import { thereIs } from '../is-there.ts';
import { cannotTell, isThere } from '../run-checks.ts';

/** One thing of Commercial-Ops that the configuration names. */
interface Thing {
  /** Path in the configuration. */
  readonly key: string;
  readonly what: string;
  readonly name: string;
  readonly look: () => Promise<boolean>;
}

/** What the configuration names must be there: a default is the runbook's name, not yours. */
export const estate: CheckOf<'account'> = {
  id: 'estate',
  asks: 'Is there what the configuration names of Commercial-Ops?',
  needs: 'account',
  async run({ settings, aws }) {
    const isOff = (id: string): boolean => offByConfiguration(id, settings) !== undefined;
    const all = thingsOf(settings, aws)
      .map((thing) => ({ ...thing, neededBy: playbooksNeeding(thing.name, settings) }))
      // What nobody but playbooks that are off would use need not be there.
      .filter(({ neededBy }) => neededBy.length === 0 || !neededBy.every(isOff));
    const findings = await Promise.all(all.map(missing));
    const bad = findings.flatMap((finding) => finding ?? []);
    return bad.length > 0 ? bad : [ok(`all ${all.length} are there`)];
  },
};

async function missing({
  key,
  what,
  name,
  look,
  neededBy,
}: Thing & { readonly neededBy: readonly string[] }): Promise<Finding | undefined> {
  try {
    if (await look()) return undefined;
  } catch (error) {
    return cannotTell(error);
  }
  const off = Object.fromEntries(neededBy.map((id) => [id, 'off']));
  const without = `; if you have none, add to it "playbooks": ${JSON.stringify(off)}`;
  return wrong({
    fault: `The ${what} ${name} is not there: what needs it cannot work`,
    found: `no ${what} ${name}`,
    wanted: `the name of yours in estate.${key}`,
    remedy: `put its name into the configuration under estate.${key}${neededBy.length === 0 ? '' : without}, then run this again`,
  });
}

function thingsOf(settings: Settings, aws: AwsClients): Thing[] {
  const { cur, athena, ingestion, jobs, logGroups, notices, payments, runners } = settings.estate;
  const named =
    (what: string, look: (typeof thereIs)[keyof typeof thereIs]) =>
    (key: string, name: string): Thing => ({ key, name, what, look: () => look(aws, name, settings) });
  const bucket = named('bucket', thereIs.bucket);
  const fn = named('function', thereIs.function);
  const logGroup = named('log group', thereIs.logGroup);
  const topic = named('topic', thereIs.topic);
  const queue = named('queue', thereIs.queue);
  return [
    bucket('cur.bucket', cur.bucket),
    bucket('athena.warehouseBucket', athena.warehouseBucket),
    // Its own workgroup has a bucket of the stack.
    ...(settings.queries ? [] : [bucket('athena.resultsBucket', athena.resultsBucket)]),
    ...Object.entries(jobs).map(([key, name]) => fn(`jobs.${key}`, name)),
    ...Object.entries(logGroups).map(([key, name]) => logGroup(`logGroups.${key}`, name)),
    logGroup('ingestion.logGroup', ingestion.logGroup),
    ...Object.entries(notices).map(([key, name]) => topic(`notices.${key}`, name)),
    queue('payments.queue', payments.queue),
    queue('payments.deadLetters', payments.deadLetters),
    queue('runners.queue', runners.queue),
    {
      key: 'ingestion.job',
      name: ingestion.job,
      what: 'Glue job',
      look: async () => {
        const glue = await aws.glue();
        return isThere(() => glue.getJobRuns({ JobName: ingestion.job, MaxResults: 1 }));
      },
    },
    {
      key: 'ingestion.role',
      name: ingestion.role,
      what: 'role',
      look: () => thereIs.role(aws, ingestion.role.split('/').at(-1) ?? ''),
    },
    {
      key: 'runners.group',
      name: runners.group,
      what: 'Auto Scaling group',
      look: async () => {
        const scaling = await aws.autoScaling();
        const { AutoScalingGroups = [] } = await scaling.describeAutoScalingGroups({
          AutoScalingGroupNames: [runners.group],
        });
        return AutoScalingGroups.length > 0;
      },
    },
  ];
}
