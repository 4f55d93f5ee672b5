import { retryAfterSeconds } from '../../platform/error-class.ts';
import { JiraError, type JiraFailure } from './error.ts';
import type { Login } from './login.ts';
import { remedyOf } from './remedy.ts';

export interface Question {
  /** For people: `create an issue`. */
  readonly what: string;
  readonly method: 'GET' | 'POST';
  /** With its query, after `/rest/api/3/`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Whether it may have had an effect when its answer is lost. */
  readonly changes?: boolean;
}

export interface Site {
  /** Without a slash at its end. */
  readonly base: string;
  readonly secretArn: string;
  readonly login: Login;
  readonly send: typeof fetch;
}

/** The request never left, or nobody took it. Any other failure may have had an effect. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined if it is no JSON. */
  readonly json: unknown;
}

/**
 * Jira's answer as JSON. If the login is refused, it is read again and tried once more: tokens rotate.
 * @throws JiraError
 */
export async function ask(site: Site, question: Question, within: AbortSignal): Promise<unknown> {
  let answer = await exchange(site, question, within);
  if (isUnauthenticated(answer, question)) {
    site.login.forget();
    answer = await exchange(site, question, within);
  }
  if (isUnauthenticated(answer, question) || answer.status < 200 || answer.status > 299)
    throw refusal(site, question, answer);
  if (answer.json !== undefined) return answer.json;
  throw new JiraError(
    question.changes ? 'unclear' : 'refused',
    `Jira answered the request to ${question.what} with HTTP ${answer.status} and no JSON; ` +
      `is ${site.base} the address of a Jira Cloud site? Correct people.jira.url.`,
    { status: answer.status },
  );
}

/**
 * With a stale token Jira takes the caller for unauthenticated, and answers some questions as if there
 * were nothing to see. A change that anyone may make is done, and not repeated.
 */
function isUnauthenticated({ status, headers }: Answer, { changes }: Question): boolean {
  if (status === 401) return true;
  const failed = headers.get('x-seraph-loginreason')?.includes('AUTHENTICATED_FAILED') === true;
  return failed && !(changes && status < 300);
}

async function exchange(site: Site, question: Question, within: AbortSignal): Promise<Answer> {
  const authorization = await site.login.header(within);
  const { method, path, body } = question;
  const send = () =>
    site.send(`${site.base}/rest/api/3/${path}`, {
      method,
      headers: {
        authorization,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      // A redirect would turn a POST into a GET.
      redirect: 'manual',
      signal: within,
    });
  try {
    const response = await send().catch((error: unknown) => {
      // A kept connection breaks while a function is frozen: a read is retried on a new one.
      if (question.changes || within.aborted) throw error;
      return send();
    });
    return { status: response.status, headers: response.headers, json: parsed(await response.text()) };
  } catch (cause) {
    throw silence(site, question, cause);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function silence({ base }: Site, { what, changes }: Question, cause: unknown): JiraError {
  const { name, cause: deeper } = cause as Error & { cause?: { code?: string } };
  const code = name === 'TimeoutError' ? 'it took too long' : (deeper?.code ?? name);
  const surelyNot = !changes || UNREACHED.has(code);
  return new JiraError(
    surelyNot ? 'away' : 'unclear',
    surelyNot
      ? `Jira at ${base} could not be asked to ${what} (${code}); ask again later; should it last, check people.jira.url and the way there from the function's subnets`
      : `Jira at ${base} was asked to ${what}, and its answer was lost (${code}): it may have done so; look again before asking again`,
    { cause },
  );
}

function refusal(site: Site, question: Question, { status, headers, json }: Answer): JiraError {
  const seconds = retryAfterSeconds(headers.get('retry-after'), new Date());
  const failure = failureOf(status, question);
  const said = reasonsIn(json);
  // What is created has fields with values; a search names the fields that it wants.
  const { fields: given = question.body ?? {} } = question.body ?? {};
  const fields = Array.isArray(given) ? given.map(String) : Object.keys(given as object);
  return new JiraError(
    failure,
    `Jira at ${site.base} did not ${question.what} (HTTP ${status}): ${said || 'it gave no reason'}. ` +
      (fields.length > 0 ? `Sent: ${fields.join(', ')}. ` : '') +
      remedyOf(failure, status, Object.keys(faultsIn(json)), site),
    { status, ...(seconds !== undefined && { retryAfterSeconds: seconds }) },
  );
}

/** A gateway that gives up on Jira (500, 502, 504) does not know whether the change was made. */
function failureOf(status: number, { changes }: Question): JiraFailure {
  if (status === 429 || status === 503) return 'away';
  if (status < 500) return 'refused';
  return changes ? 'unclear' : 'away';
}

const LONGEST_REASONS = 500;

/** Jira's complaints about single fields, by name. */
const faultsIn = (json: unknown): object => (json as { errors?: object } | undefined)?.errors ?? {};

/** `{errorMessages: [...], errors: {field: ...}}`, and what gateways write. */
function reasonsIn(json: unknown): string {
  const { errorMessages, message } = (json ?? {}) as Record<string, unknown>;
  const reasons = [
    ...(Array.isArray(errorMessages) ? errorMessages.map(String) : []),
    ...Object.entries(faultsIn(json)).map(([field, why]) => `${field}: ${String(why)}`),
    ...(typeof message === 'string' ? [message] : []),
  ];
  return reasons.join('; ').slice(0, LONGEST_REASONS).replace(/\.$/, '');
}
