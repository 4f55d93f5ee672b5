import type { Limits } from '../../lambdas/limits.ts';
import { Settings, type Pace } from '../../lambdas/settings.ts';

/** The deployment that the sandbox stands for: an account with the runbook's own names, and a ledger on loopback. */
export const SANDBOX_CONFIG = {
  ledger: {
    host: '127.0.0.1',
    database: 'commercial_ops',
    tls: 'off',
    auth: {
      kind: 'secret',
      user: 'responder',
      secretArn: 'arn:aws:secretsmanager:us-east-1:012345678901:secret:commercial-ops/responder-AbCdEf',
    },
    actor: {
      kind: 'secret',
      user: 'responder_actor',
      secretArn: 'arn:aws:secretsmanager:us-east-1:012345678901:secret:commercial-ops/responder-actor-GhIjKl',
    },
    rehearser: {
      kind: 'secret',
      user: 'responder_rehearser',
      secretArn:
        'arn:aws:secretsmanager:us-east-1:012345678901:secret:commercial-ops/responder-rehearser-MnOpQr',
    },
  },
  subscriptions: { sre: [], finops: [] },
  // Its operator trusts every playbook; a deployment of your own begins in the shadow.
  limits: { trust: { initial: 'auto' } },
};

export const LEDGER_SECRET = SANDBOX_CONFIG.ledger.auth.secretArn;
export const ACTOR_SECRET = SANDBOX_CONFIG.ledger.actor.secretArn;
export const REHEARSER_SECRET = SANDBOX_CONFIG.ledger.rehearser.secretArn;

/** What only a running sandbox knows of its deployment. */
export interface Here {
  readonly port: number;
  readonly database: string;
  /** For tests that need other waits than production's. */
  readonly pace?: Partial<Pace>;
  /** For tests that must come to a limit within a few runs. */
  readonly limits?: Partial<Limits>;
}

/**
 * A function's environment with the ledger where this sandbox has it. Everything else is as it gets deployed: the
 * template is made without knowing the port, so that it can be kept from one start to the next.
 */
export function settledHere(
  environment: Readonly<Record<string, string>>,
  { port, database, pace, limits }: Here,
): Record<string, string> {
  const text = environment['RESPONDER_SETTINGS'];
  if (text === undefined) return { ...environment };
  const settings = Settings.parse(JSON.parse(text));
  const here: Settings = {
    ...settings,
    ledger: { ...settings.ledger, port, database },
    pace: { ...settings.pace, ...pace },
    limits: { ...settings.limits, ...limits },
  };
  return { ...environment, RESPONDER_SETTINGS: JSON.stringify(here) };
}
