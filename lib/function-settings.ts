import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { arnOf } from '../lambdas/platform/iam.ts';
import { loginOf, type Settings } from '../lambdas/platform/settings.ts';
import type { Deployment } from './config.ts';
import { NAMES } from './names.ts';

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
  { estate, ledger: { logins, ...connection }, pace, limits, people, prices, alarms }: Deployment,
): Settings {
  const { partition, region, account } = place;
  const arn = (service: string, resource: string) => arnOf(place as Settings, service, resource);
  const topic = (name: string) => arn('sns', name);
  return {
    partition,
    region,
    account,
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
    topics: {
      alarms: topic(NAMES.topics.alarms),
      sre: topic(NAMES.topics.sre),
      finops: topic(NAMES.topics.finops),
      lead: topic(NAMES.topics.lead),
      management: topic(NAMES.topics.management),
    },
    runner: arn('lambda', `function:${NAMES.functions.runner}:${NAMES.alias}`),
    rehearser: arn('lambda', `function:${NAMES.functions.rehearser}:${NAMES.alias}`),
    escalation: arn('lambda', `function:${NAMES.functions.escalation}:${NAMES.alias}`),
    signals: NAMES.functions.signals,
    functions: Object.values(NAMES.functions),
    actorRole: arn('iam', `role/${NAMES.actorRole}`),
    // Bucket names are globally unique.
    bucket: `${NAMES.stack}-${account}-${region}`,
    anchors: `${NAMES.stack}-anchors-${account}-${region}`,
    anchor: NAMES.functions.anchor,
    anchorKey: NAMES.anchorKey,
    linkKey: NAMES.linkKey,
    orderKey: NAMES.orderKey,
  };
}
