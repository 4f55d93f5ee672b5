import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { arnOf } from '../lambdas/platform/iam.ts';
import { loginOf, type Settings } from '../lambdas/platform/settings.ts';
import type { Deployment } from './config.ts';
import { NAMES } from './names.ts';

/**
 * The settings of the functions. The stack's own resources are named by their ARN as text, not by reference: the
 * runner's settings contain the runner's own alias, and a reference to itself cannot be deployed.
 * Account and Region are tokens until deployment.
 */
export function functionSettings(
  scope: Construct,
  { estate, ledger: { logins, ...connection }, pace, limits, people, prices, alarms }: Deployment,
): Settings {
  const { partition, region, account } = Stack.of(scope);
  const place = { partition, region, account } as Settings;
  const topic = (name: string) => arnOf(place, 'sns', name);
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
    runner: arnOf(place, 'lambda', `function:${NAMES.functions.runner}:${NAMES.alias}`),
    rehearser: arnOf(place, 'lambda', `function:${NAMES.functions.rehearser}:${NAMES.alias}`),
    escalation: arnOf(place, 'lambda', `function:${NAMES.functions.escalation}:${NAMES.alias}`),
    signals: NAMES.functions.signals,
    functions: Object.values(NAMES.functions),
    actorRole: arnOf(place, 'iam', `role/${NAMES.actorRole}`),
    // Bucket names are globally unique.
    bucket: `${NAMES.stack}-${account}-${region}`,
    anchors: `${NAMES.stack}-anchors-${account}-${region}`,
    anchor: NAMES.functions.anchor,
    anchorKey: NAMES.anchorKey,
    linkKey: NAMES.linkKey,
    orderKey: NAMES.orderKey,
  };
}
