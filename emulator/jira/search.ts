import * as z from 'zod';
import { JiraRefusal } from './answer.ts';
import type { KeptIssue } from './jira.ts';

const Search = z.strictObject({
  jql: z.string(),
  fields: z.array(z.string()).optional(),
  maxResults: z.int().min(1).max(5000).default(50),
  nextPageToken: z.string().optional(),
});
const QUERY = /^\s*labels\s*=\s*"([^"]+)"\s*(?:order by created(?:\s+(asc|desc))?)?\s*$/i;

/** What `POST search/jql` answers: a page, with no total. */
export function found(body: unknown, indexed: readonly KeptIssue[]): object {
  const search = Search.safeParse(body);
  if (!search.success)
    throw new JiraRefusal(400, 'Invalid request payload. Refer to the REST API documentation and try again.');
  const { jql, fields, maxResults, nextPageToken } = search.data;
  const from = Number(nextPageToken ? Buffer.from(nextPageToken, 'base64').toString() : 0);
  const all = matching(jql, indexed);
  const page = all.slice(from, from + maxResults).map((issue) => shown(issue, fields));
  const isLast = from + maxResults >= all.length;
  const next = Buffer.from(String(from + maxResults)).toString('base64');
  return { issues: page, isLast, ...(!isLast && { nextPageToken: next }) };
}

function matching(jql: string, indexed: readonly KeptIssue[]): readonly KeptIssue[] {
  if (/^\s*(order by|$)/i.test(jql))
    throw new JiraRefusal(
      400,
      'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.',
    );
  const [, label, order] = QUERY.exec(jql) ?? [];
  if (label === undefined)
    throw new JiraRefusal(400, `Error in the JQL Query: the emulator knows only labels = "…"; got ${jql}`);
  const all = indexed.filter(({ fields }) => fields.labels?.includes(label));
  return order?.toLowerCase() === 'asc' ? all : all.toReversed();
}

/** A search that names no fields gets only ids. */
const shown = ({ id, key, fields: all }: KeptIssue, fields: readonly string[] | undefined): object =>
  fields
    ? { id, key, fields: Object.fromEntries(Object.entries(all).filter(([name]) => fields.includes(name))) }
    : { id };
