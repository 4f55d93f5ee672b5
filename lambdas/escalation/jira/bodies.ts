import { oneLine } from '../../domain/foreign-text.ts';
import { shortened } from '../../domain/shortened.ts';
import { createHash } from 'node:crypto';
import type { Severity } from '../../domain/decision.ts';
import type { Jira as JiraSettings } from '../../domain/people.ts';
import {
  documentOf,
  fitting,
  linksOf,
  LONGEST,
  paragraphOf,
  sizeOf,
  type Document,
  type Link,
} from './document.ts';

export interface IssueText {
  readonly incident: string;
  readonly severity: Severity;
  /** One line of at most 255 characters. */
  readonly summary: string;
  /** Paragraphs; line breaks stay. Cut at Jira's limit. */
  readonly description: readonly string[];
  readonly links: readonly Link[];
}

const LONGEST_SUMMARY = 255;
/** Links are kept before words: at most this share of a description. */
const LINKS_SHARE = LONGEST / 2;

/** The label by which an incident's issue is found: no blanks, at most 255 characters. */
export function labelOf(incident: string): string {
  if (/^[\w.:-]{1,200}$/.test(incident)) return `responder-${incident}`;
  const digest = createHash('sha256').update(incident).digest('hex').slice(0, 12);
  return `responder-${incident.slice(0, 180).replaceAll(/[^\w.:-]/g, '_')}-${digest}`;
}

/** The severity is a label, too: priorities differ between Jira sites. */
export const issueBody = (
  issue: IssueText,
  { project, issueType }: Pick<JiraSettings, 'project' | 'issueType'>,
) => ({
  fields: {
    project: { key: project },
    issuetype: { name: issueType },
    summary: summaryOf(issue.summary),
    description: descriptionOf(issue),
    labels: ['responder', issue.severity.toLowerCase(), labelOf(issue.incident)],
  },
});

export const searchBody = (incident: string, nextPageToken?: string) => ({
  // By label alone: people may have moved it to another project. The oldest, if there are two.
  jql: `labels = "${labelOf(incident)}" ORDER BY created ASC`,
  fields: ['key'],
  maxResults: 10,
  ...(nextPageToken !== undefined && { nextPageToken }),
});

/** Marks our own comments: their last paragraph. */
export const markOf = (id: string): string => `responder: ${id}`;

export function commentBody(id: string, text: string): { body: Document } {
  const mark = paragraphOf(markOf(id));
  return { body: documentOf([...fitting([text], roomBeside([mark])), mark]) };
}

function summaryOf(text: string): string {
  const line = oneLine(text).replaceAll(/\s+/g, ' ').trim();
  return shortened(line, LONGEST_SUMMARY) || '(no summary)';
}

function descriptionOf({ incident, severity, description, links }: IssueText): Document {
  const head = paragraphOf(`Incident ${incident}, ${severity}`);
  const shown = links.filter((_, at) => sizeOf(linksOf(links.slice(0, at + 1))) <= LINKS_SHARE);
  const more = links.length - shown.length;
  const tail = [
    ...(shown.length > 0 ? [linksOf(shown)] : []),
    ...(more > 0 ? [paragraphOf(`[cut: ${more} more link(s) did not fit; the record has all of them]`)] : []),
  ];
  return documentOf([head, ...fitting(description, roomBeside([head, ...tail])), ...tail]);
}

const roomBeside = (blocks: Parameters<typeof documentOf>[0]): number =>
  LONGEST - JSON.stringify(documentOf(blocks)).length;
