import type { Timeline } from '../../platform/page/chart.ts';
import type { Fact, Source } from './source.ts';

/** A postmortem as data, for page and Markdown. */
export interface PostmortemDocument {
  readonly title: string;
  /** One line: playbook, target, severity, when. */
  readonly about: string;
  readonly incident: string;
  readonly episode: number;
  /** The machine repaired it at once: a person may sign by agreeing with the record. */
  readonly agree: boolean;
  readonly chart: Timeline;
  readonly sections: readonly Section[];
  readonly sources: readonly SourceEntry[];
}

export interface Section {
  /** Of the page's anchor. */
  readonly id: string;
  readonly title: string;
  readonly parts: readonly Part[];
}

export type Part =
  | { readonly kind: 'paragraph'; readonly fact: Fact }
  | { readonly kind: 'facts'; readonly title?: string; readonly facts: readonly Fact[] }
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] }
  | { readonly kind: 'timeline'; readonly entries: readonly TimelineEntry[] }
  | { readonly kind: 'blank'; readonly blank: Blank };

export interface Figure {
  readonly label: string;
  /** For people: `4 min 12 s`. */
  readonly value: string;
  /** For programs: seconds, rows, USD, a count. */
  readonly figure: string;
  readonly unit: string;
  readonly fact: Fact;
}

export interface TimelineEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly fact: Fact;
}

/** What only people know: it must be filled in before signing. */
export interface Blank {
  readonly asks: string;
  /** Columns, for a table. */
  readonly columns?: readonly string[];
}

export interface SourceEntry {
  readonly source: Source;
  /** For SQL evidence: rows and query, beside the page. */
  readonly files?: { readonly csv: string; readonly sql: string };
  /** Such as a missing body or withheld columns. */
  readonly notes: readonly string[];
}

/** In every blank; nobody can sign while one is left. */
export const TO_COMPLETE = 'TO COMPLETE';

/** In the head of a draft that may be signed by agreeing. */
export const AGREE = '--agree`';
