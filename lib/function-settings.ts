import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { arnOf } from '../lambdas/platform/iam.ts';
import { loginOf, type Settings } from '../lambdas/platform/settings.ts';
import type { Deployment } from './config.ts';
import { inRegion, namesOf } from './names.ts';

/** Account and Region are tokens until deployment. */
export function functionSettings(scope: Construct, config: Deployment): Settings {
  const { partition, region, account } = Stack.of(scope);
  return settingsAt({ partition, region, account }, config);
}

/**
 * The settings of the functions. The stack's own resources are named by their ARN as text, not by reference: the
 * runner's settings contain the runner's own alias, and a reference to itself cannot be deployed.
 */
export function settingsAt(
  place: Pick<Settings, 'partition' | 'region' | 'account'>,
  {
    prefix,
    estate,
    ledger: { logins, ca: _ca, ...connection },
    pace,
    limits,
    people,
    prices,
    alarms,
    playbooks,
    acknowledge,
    ownWorkgroup,
    encryptionKeys,
  }: Deployment,
): Settings {
  const { partition, region, account } = place;
  const arn = (service: string, resource: string) => arnOf(place as Settings, service, resource);
  const names = namesOf(prefix);
  const topic = (name: string) => arn('sns', name);
  return {
    partition,
    region,
    account,
    prefix,
    estate,
    ledger: {
      ...connection,
      // Each function puts its own in its place.
      auth: loginOf(logins, 'runner'),
      actors: logins,
    },
    pace,
    limits,
    people,
    prices,
    alarms,
    playbooks,
    encryptionKeys,
    topics: {
      alarms: alarms.topic ?? topic(names.topics.alarms),
      sre: topic(names.topics.sre),
      finops: topic(names.topics.finops),
      lead: topic(names.topics.lead),
      management: topic(names.topics.management),
    },
    runner: arn('lambda', `function:${names.functions.runner}:${names.alias}`),
    rehearser: arn('lambda', `function:${names.functions.rehearser}:${names.alias}`),
    escalation: arn('lambda', `function:${names.functions.escalation}:${names.alias}`),
    signals: names.functions.signals,
    functions: Object.entries(names.functions)
      .filter(([name]) => acknowledge || name !== 'acknowledge')
      .map(([, name]) => name),
    actorRole: arn('iam', `role/${inRegion(names.actorRole, place)}`),
    // Bucket names are globally unique.
    bucket: `${names.stack}-${account}-${region}`,
    ...(ownWorkgroup && {
      queries: {
        workgroup: names.workgroup,
        bucket: `${names.stack}-athena-${account}-${region}`,
        prefix: 'results',
      },
    }),
    anchors: `${names.stack}-anchors-${account}-${region}`,
    anchor: names.functions.anchor,
    anchorKey: names.anchorKey,
    linkKey: names.linkKey,
    orderKey: names.orderKey,
  };
}
