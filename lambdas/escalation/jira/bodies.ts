import { shortened } from '../../platform/shortened.ts';
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

/** What Jira is told of an incident. */
export interface IssueText {
  readonly incident: string;
  readonly severity: Severity;
  /** Made one line of at most 255 characters. */
  readonly summary: string;
  /** Paragraphs; a line break in one stays. Cut where Jira's limit is. */
  readonly description: readonly string[];
  /** To the evidence, and to wherever people go on. */
  readonly links: readonly Link[];
}

const LONGEST_SUMMARY = 255;
/** Links are kept before words: at most so much of a description is theirs. */
const LINKS_SHARE = LONGEST / 2;

/** The label that an incident's issue is found by again: no blanks, at most 255 characters. */
export function labelOf(incident: string): string {
  if (/^[\w.:-]{1,200}$/.test(incident)) return `responder-${incident}`;
  const digest = createHash('sha256').update(incident).digest('hex').slice(0, 12);
  return `responder-${incident.slice(0, 180).replaceAll(/[^\w.:-]/g, '_')}-${digest}`;
}

/** The severity is a label, too: which priorities there are differs from one Jira to the next. */
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
  // By its label alone: people may have moved it to another project. The oldest, should there ever be two.
  jql: `labels = "${labelOf(incident)}" ORDER BY created ASC`,
  fields: ['key'],
  maxResults: 10,
  ...(nextPageToken !== undefined && { nextPageToken }),
});

/** What tells a comment of ours from all others: its last paragraph. */
export const markOf = (id: string): string => `responder: ${id}`;

export function commentBody(id: string, text: string): { body: Document } {
  const mark = paragraphOf(markOf(id));
  return { body: documentOf([...fitting([text], roomBeside([mark])), mark]) };
}

function summaryOf(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
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
