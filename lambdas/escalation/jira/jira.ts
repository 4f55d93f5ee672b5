import type { SecretsManager } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import type { Jira as JiraSettings } from '../../domain/people.ts';
import { commentBody, issueBody, markOf, searchBody, type IssueText } from './bodies.ts';
import { plainParagraphs } from './document.ts';
import { JiraError } from './error.ts';
import { ask, type Question, type Site } from './exchange.ts';
import { loginOf } from './login.ts';

export interface Issue {
  readonly key: string;
  /** Where people read it. */
  readonly url: string;
}

/** Jira Cloud, by its REST API 3. Each call ends within 8 seconds. All throw `JiraError`. */
export interface Jira {
  /** The incident's issue; the oldest, if there are two. Jira's search finds a new one only seconds later. */
  find(incident: string): Promise<Issue | undefined>;
  /**
   * The incident's issue, found or created. After an `unclear` failure (or a crash), wait some minutes
   * and open again: earlier it might not be found, and be created twice.
   */
  open(issue: IssueText): Promise<Issue>;
  /** Adds the comment, unless one with that `id` exists: safe to repeat at once. */
  comment(key: string, id: string, text: string): Promise<void>;
}

/** Milliseconds for the first check, and for the change. */
const TIMES = { look: 3_000, change: 5_000 };

const Found = z.object({
  issues: z.array(z.object({ key: z.string().min(1).max(255) })),
  nextPageToken: z.string().nullish(),
});
const Made = z.object({ key: z.string().min(1).max(255) });
const Comments = z.object({ total: z.int(), comments: z.array(z.object({ body: z.unknown() })) });
const A_PAGE = 100;

/** @param secrets for `settings.secretArn`, read once, and again when Jira refuses the login */
export function createJira(
  settings: JiraSettings,
  secrets: () => Promise<SecretsManager>,
  { send = fetch, times = TIMES }: { send?: typeof fetch; times?: typeof TIMES } = {},
): Jira {
  const { secretArn } = settings;
  const base = settings.url.replace(/\/+$/, '');
  const site: Site = { base, secretArn, login: loginOf(secretArn, secrets), send };
  const issueOf = (key: string): Issue => ({ key, url: `${base}/browse/${key}` });

  async function find(incident: string): Promise<Issue | undefined> {
    const within = AbortSignal.timeout(times.look);
    let token: string | undefined;
    do {
      const body = searchBody(incident, token);
      const question: Question = { what: 'find the issue', method: 'POST', path: 'search/jql', body };
      const page = read(Found, await ask(site, question, within), question);
      const [first] = page.issues;
      if (first) return issueOf(first.key);
      token = page.nextPageToken ?? undefined;
    } while (token !== undefined);
    return undefined;
  }

  return {
    find,

    async open(issue) {
      const found = await find(issue.incident);
      if (found) return found;
      const question: Question = {
        what: 'create the issue',
        method: 'POST',
        path: 'issue',
        changes: true,
        body: issueBody(issue, settings),
      };
      const answer = await ask(site, question, AbortSignal.timeout(times.change));
      return issueOf(read(Made, answer, question).key);
    },

    async comment(key, id, text) {
      if (await hasComment(site, key, id, AbortSignal.timeout(times.look))) return;
      const path = `issue/${encodeURIComponent(key)}/comment`;
      await ask(
        site,
        { what: `comment on ${key}`, method: 'POST', path, body: commentBody(id, text), changes: true },
        AbortSignal.timeout(times.change),
      );
    },
  };
}

/** Comments are read directly, not from the index: a new one is seen at once. */
async function hasComment(site: Site, key: string, id: string, within: AbortSignal): Promise<boolean> {
  const mark = markOf(id);
  for (let startAt = 0; ; startAt += A_PAGE) {
    const question: Question = {
      what: `read the comments of ${key}`,
      method: 'GET',
      path: `issue/${encodeURIComponent(key)}/comment?startAt=${startAt}&maxResults=${A_PAGE}`,
    };
    const { comments, total } = read(Comments, await ask(site, question, within), question);
    if (comments.some(({ body }) => plainParagraphs(body).includes(mark))) return true;
    if (comments.length === 0 || startAt + comments.length >= total) return false;
  }
}

function read<T>(shape: z.ZodType<T>, answer: unknown, { what, changes }: Question): T {
  const value = shape.safeParse(answer);
  if (value.success) return value.data;
  throw new JiraError(
    changes ? 'unclear' : 'refused',
    `Jira was asked to ${what} and answered with other JSON than was wanted (${z.prettifyError(value.error)}); ` +
      'check people.jira.url: it must be a Jira Cloud site',
  );
}
