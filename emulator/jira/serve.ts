import type { Clock } from '../kernel/clock.ts';
import { ROOT } from '../kernel/credentials.ts';
import type { Blow, Faults } from '../kernel/faults.ts';
import { JIRA_PREFIX } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';
import type { Severed } from '../wire/exchange.ts';
import { header, type WireAnswer, type WireRequest } from '../wire/message.ts';
import { json, JiraRefusal } from './answer.ts';
import { checkedFields } from './create-issue.ts';
import { faultOf } from './document.ts';
import type { Jira, KeptIssue } from './jira.ts';
import { found } from './search.ts';

export interface JiraNeeds {
  readonly jira: Jira;
  readonly clock: Clock;
  readonly faults: Pick<Faults, 'strike'>;
}

interface Asked {
  readonly jira: Jira;
  readonly request: WireRequest;
  /** Of the path. */
  readonly key: string;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  /** The operation's name for faults on the wire. */
  readonly operation: string;
  /** Jira does not reject every unauthenticated request: it shows what everybody may see, which is nothing. */
  readonly toStranger: () => WireAnswer;
  handle(asked: Asked): WireAnswer | Promise<WireAnswer>;
}

const unknown = (): JiraRefusal =>
  new JiraRefusal(404, 'Issue does not exist or you do not have permission to see it.');
const refused = (): WireAnswer => ({
  status: 401,
  headers: { 'content-type': 'text/html;charset=UTF-8' },
  body: 'Client must be authenticated to access this resource.',
});

const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: /^issue$/,
    operation: 'createIssue',
    toStranger: refused,
    async handle({ jira, request }) {
      const { id, key } = await jira.create(checkedFields(bodyOf(request), jira));
      return json(201, { id, key });
    },
  },
  {
    method: 'POST',
    path: /^search\/jql$/,
    operation: 'searchIssues',
    toStranger: () => json(200, { issues: [], isLast: true }),
    handle: ({ jira, request }) => json(200, found(bodyOf(request), jira.indexed())),
  },
  {
    method: 'GET',
    path: /^issue\/([^/]+)$/,
    operation: 'getIssue',
    toStranger: () => unknown().answer,
    handle({ jira, key }) {
      const { id, fields, created } = issueOf(jira, key);
      return json(200, { id, key, fields: { ...fields, created } });
    },
  },
  {
    method: 'GET',
    path: /^issue\/([^/]+)\/comment$/,
    operation: 'getComments',
    toStranger: () => unknown().answer,
    handle({ jira, key, request }) {
      const { comments } = issueOf(jira, key);
      const startAt = Number(request.query.get('startAt') ?? 0);
      const maxResults = Math.min(Number(request.query.get('maxResults') ?? 100), 100);
      const page = comments.slice(startAt, startAt + maxResults);
      return json(200, { startAt, maxResults, total: comments.length, comments: page });
    },
  },
  {
    method: 'POST',
    path: /^issue\/([^/]+)\/comment$/,
    operation: 'addComment',
    toStranger: refused,
    async handle({ jira, key, request }) {
      const issue = issueOf(jira, key);
      const { body, ...rest } = bodyOf(request) as { body?: unknown };
      const fault = faultOf(body);
      if (fault) throw new JiraRefusal(400, 'request' in fault ? fault.request : fault.field);
      if (Object.keys(rest).length > 0) throw new JiraRefusal(400, 'INVALID_INPUT');
      return json(201, await jira.comment(issue, body));
    },
  },
];

/** Jira Cloud's REST API 3 under `/_jira/`, for callers with the site's account. */
export function serveJira({ jira, clock, faults }: JiraNeeds) {
  return async (request: WireRequest): Promise<WireAnswer | Severed> => {
    const path = request.path.slice(`${JIRA_PREFIX}rest/api/3/`.length);
    const route = ROUTES.find((one) => one.method === request.method && one.path.test(path));
    if (!route) return notServed(path).answer;
    const call = { service: 'jira', operation: route.operation, principal: ROOT, input: {} };
    const before = await faults.strike(call, 'before', clock.now());
    if (before) return struck(before);
    const answer = await answered(route, { jira, request, key: route.path.exec(path)?.[1] ?? '' });
    const after = await faults.strike(call, 'after', clock.now());
    return after ? struck(after) : answer;
  };
}

async function answered(route: Route, asked: Asked): Promise<WireAnswer> {
  const { email, token } = await asked.jira.account();
  const wanted = `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
  if (header(asked.request.headers, 'authorization') !== wanted) {
    const { headers, ...answer } = route.toStranger();
    return { ...answer, headers: { ...headers, 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' } };
  }
  try {
    return await route.handle(asked);
  } catch (error) {
    if (error instanceof JiraRefusal) return error.answer;
    throw error;
  }
}

const notServed = (path: string): JiraRefusal =>
  path === 'search'
    ? new JiraRefusal(410, 'The requested API has been removed. Please migrate to /rest/api/3/search/jql.')
    : new JiraRefusal(404, `the emulator's Jira has no ${path}`);

function struck(effect: Blow): WireAnswer | Severed {
  if (!(effect instanceof AwsError)) return { sever: true };
  const { status = 503, message } = effect;
  return json(
    status,
    { errorMessages: [message], errors: {} },
    status === 429 ? { 'retry-after': '60' } : {},
  );
}

function issueOf(jira: Jira, key: string): KeptIssue {
  const issue = jira.issues.get(decodeURIComponent(key));
  if (!issue) throw unknown();
  return issue;
}

function bodyOf({ headers, body }: WireRequest): unknown {
  const type = header(headers, 'content-type') ?? '';
  if (!type.startsWith('application/json'))
    throw new JiraRefusal(415, `Content type ${type || '(none)'}; wanted: application/json`);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new JiraRefusal(400, 'There was an error parsing JSON. Check that your request body is valid.');
  }
}
