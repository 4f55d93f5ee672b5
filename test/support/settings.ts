import { Settings } from '../../lambdas/platform/settings.ts';

/** Settings of a deployment that does not exist, for tests that only need their shape. */
export const exampleSettings = (change: Partial<Settings> = {}): Settings =>
  Settings.parse({
    partition: 'aws',
    region: 'us-east-1',
    account: '012345678901',
    estate: {},
    ledger: {
      host: 'ledger.example.com',
      auth: { kind: 'secret', user: 'responder_runner', secret: 'x' },
      actors: { kind: 'secret', secret: '{login}' },
    },
    pace: {},
    limits: { trust: { initial: 'auto' } },
    people: {},
    topics: {
      alarms: 'arn:aws:sns:us-east-1:012345678901:commercial-ops-alarms',
      sre: 'arn:aws:sns:us-east-1:012345678901:commercial-ops-sre',
      finops: 'arn:aws:sns:us-east-1:012345678901:commercial-ops-finops',
      lead: 'arn:aws:sns:us-east-1:012345678901:commercial-ops-lead',
      management: 'arn:aws:sns:us-east-1:012345678901:commercial-ops-management',
    },
    runner: 'arn:aws:lambda:us-east-1:012345678901:function:responder-runner:live',
    rehearser: 'arn:aws:lambda:us-east-1:012345678901:function:responder-rehearser:live',
    escalation: 'arn:aws:lambda:us-east-1:012345678901:function:responder-escalation:live',
    signals: 'responder-signals',
    actorRole: 'arn:aws:iam::012345678901:role/responder-actor-us-east-1',
    bucket: 'responder-bucket',
    anchors: 'responder-anchors',
    anchor: 'responder-anchor',
    anchorKey: 'responder/anchor-key',
    linkKey: 'responder/link-key',
    orderKey: 'responder/order-key',
    ...change,
  });
