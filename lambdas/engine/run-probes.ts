import type { AnyPlaybook, Probes } from '../catalog/playbooks/definition.ts';
import { evidenceKey, keepEvidence } from '../record/evidence.ts';
import { redacted, redacting } from '../record/redaction.ts';
import { answeredWithin } from '../platform/answered-within.ts';
import { causeOf } from '../platform/tell-error.ts';
import { askedOnce } from '../catalog/probes/definition.ts';
import type { Settings } from '../platform/settings.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { EvidenceBody } from '../domain/run-record.ts';
import type { Target } from '../domain/run-request.ts';
import type { ReadTools } from '../platform/clients.ts';
import type { RecordReader } from '../record/read.ts';
import type { EvidenceStore } from './evidence-store.ts';

/** JSON: it is a step's result, and decisions are made from this stored value. */
export interface Findings {
  /** The moment that all probes used as now. */
  readonly at: string;
  readonly finding: Readonly<Record<string, unknown>>;
  /** One line a probe, in the playbook's order. */
  readonly told: readonly { probe: string; question: string; tell: string }[];
  /** Probes that did not answer. */
  readonly failed: readonly string[];
  /** By key and hash; the bodies stay in the bucket until the record has them. */
  readonly evidence: readonly { key: string; sha256: string }[];
  /** Where the bodies are, sealed when they were seen; none of what another run kept. */
  readonly sealed: readonly EvidenceBody[];
}

export interface ProbeContext {
  readonly settings: Settings;
  readonly tools: ReadTools;
  readonly evidence: Pick<EvidenceStore, 'keep'>;
}

export interface ProbedAt {
  readonly target: Target;
  readonly now: Date;
  /** Report which probes failed instead of throwing: for the last attempt. */
  readonly tolerant?: boolean;
}

/**
 * Runs all probes at once, read-only, and keeps each question and answer.
 * @param set the evidence set, part of the evidence's keys: `before` or `after`
 * @throws the first failed probe's error, unless tolerant
 */
export async function runProbes(
  probes: Probes<Target>,
  set: string,
  { target, now, tolerant = false }: ProbedAt,
  { settings, tools, evidence: store }: ProbeContext,
): Promise<Findings> {
  const once = askedOnce();
  // Before anything is hashed or kept: others wrote the texts, and the record keeps them for months.
  const redact = redacting(settings.estate.personalFields);
  const kept = (items: readonly Evidence[]) =>
    items.map((item) => ({ ...item, rows: item.rows.map((row) => redacted(row, redact)) }));
  const results = await Promise.all(
    Object.entries(probes).map(async ([key, probe]) => {
      try {
        const { value, evidence } = await answeredWithin(() =>
          probe.run({ target, now, settings, tools, once }),
        );
        const parsed = probe.value.parse(value);
        // Also what cannot be told or kept is no answer.
        return { key, probe, value: parsed, tell: probe.describe(parsed as never), evidence: kept(evidence) };
      } catch (error) {
        if (!tolerant) throw error;
        // The text may quote anything, such as a tenant's name: it is kept, and people get only its kind.
        const text = String(error);
        const rows = [{ error: text }];
        const evidence = [{ source: 'error', query: probe.queries.join('\n'), parameters: {}, rows }];
        return { key, probe, evidence: kept(evidence), error: `${probe.name}: ${causeOf(error)}` };
      }
    }),
  );
  const evidence = results.flatMap(({ probe, evidence }) =>
    evidence.map((item, i) => keepEvidence(evidenceKey(set, probe.name, i + 1), probe.name, item, now)),
  );
  const body = await store.keep(set, evidence);
  return {
    at: now.toISOString(),
    finding: Object.fromEntries(
      results.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]])),
    ),
    told: results.map(({ probe, tell, error }) => ({
      probe: probe.name,
      question: probe.question,
      tell: error ?? tell ?? '',
    })),
    failed: results.flatMap(({ error }) => (error === undefined ? [] : [error])),
    evidence: evidence.map(({ key, sha256 }) => ({ key, sha256 })),
    sealed: [body],
  };
}

/** Typed as the playbook has it, from the stored JSON. */
export function parseFinding(playbook: AnyPlaybook, stored: unknown): Record<string, unknown> {
  const values = (stored ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(playbook.probes).map(([key, probe]) => [key, probe.value.parse(values[key])]),
  );
}

/** What another run found, to decide on it again. */
export async function keptFindings(
  run: string,
  playbook: AnyPlaybook,
  record: RecordReader,
  now: Date,
): Promise<Findings> {
  const at = now.toISOString();
  const finding = await record.findingOf(run);
  if (finding === undefined)
    return { at, finding: {}, told: [], evidence: [], sealed: [], failed: [`run ${run} kept no finding`] };
  const told = Object.entries(parseFinding(playbook, finding)).map(([key, value]) => {
    const probe = playbook.probes[key];
    return {
      probe: probe?.name ?? key,
      question: probe?.question ?? key,
      tell: probe?.describe(value as never) ?? '',
    };
  });
  return { at, finding: finding as Findings['finding'], told, evidence: [], sealed: [], failed: [] };
}
