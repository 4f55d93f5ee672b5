import { classify } from '../platform/error-class.ts';
import { tellError } from '../platform/tell-error.ts';
import { unknown, type Answer, type Check, type Finding, type Givens, type Need } from './check.ts';

/**
 * All checks at once, so that a person learns of everything in one go. A check that fails costs no other.
 * @param withheld why something that checks need is not given
 */
export const runChecks = (
  checks: readonly Check[],
  given: Partial<Givens>,
  withheld: Partial<Record<Need, Finding>> = {},
): Promise<Answer[]> =>
  Promise.all(
    checks.map(async (check) => ({
      id: check.id,
      asks: check.asks,
      findings: await findingsOf(check, given[check.needs], withheld[check.needs]),
    })),
  );

async function findingsOf(
  check: Check,
  given: Givens[Need] | undefined,
  withheld: Finding | undefined,
): Promise<readonly Finding[]> {
  if (given === undefined)
    return [withheld ?? unknown(`it needs the ${check.needs}, which is not given here`, 'npm run doctor')];
  try {
    const findings = await check.run(given as never);
    if (findings.length > 0) return findings;
    return [unknown('the check has found nothing at all', 'report this: a check always says something')];
  } catch (error) {
    return [cannotTell(error)];
  }
}

/** An error of AWS or the ledger, as an answer that is none. */
export function cannotTell(error: unknown, remedy?: string): Finding {
  const said = error instanceof Error ? error : new Error(String(error));
  return unknown(tellError(said), remedy ?? remedyOf(said));
}

function remedyOf(error: Error): string {
  const { words = '' } = classify(error);
  if (words.startsWith('denied'))
    return 'run it with credentials that may read this; docs/deploy.md lists the permissions';
  if (words.startsWith('no credentials'))
    return 'log in first: `aws sts get-caller-identity` must name your account';
  if (words.startsWith('no answer') || words.startsWith('its name'))
    return 'look at the network between here and there, then run it again';
  return 'run it again; if it stays, look with the AWS console';
}

/** Whether a thing is there: an answer that says "not there" is an answer. @throws any other error */
export async function isThere(look: () => Promise<unknown>): Promise<boolean> {
  try {
    await look();
    return true;
  } catch (error) {
    const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === 404) return false;
    if (/NotFound|NoSuch|DoesNotExist|NonExistent/.test(name ?? '')) return false;
    throw error;
  }
}
