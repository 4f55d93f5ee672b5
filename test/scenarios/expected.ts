import type { Expected } from './prove.ts';

const FRESH = /^Athena 1\.\d\d d, ledger 1\.\d\d d \(limit 2 d\); alarm cur-freshness is OK$/;

/** What AWS delivered or did not, and what of it was loaded. */
export const delivery: Readonly<Record<string, Expected>> = {
  'not-ingested': { why: FRESH, steps: { diagnose: /Athena \(4\.\d\d d\) and the ledger \(4\.\d\d d\)/ } },
  'athena-stale': { why: FRESH, steps: { diagnose: /complete but not in Athena \(4\.\d\d d\)$/ } },
  'ledger-stale': { why: FRESH, steps: { diagnose: /complete but not in the ledger \(4\.\d\d d\)$/ } },
  'partition-missing': {
    why: /^AWS has delivered nothing for 2026-11: s3:\/\/cur-bucket\/cur-prefix\/2026-11\/ holds 0 files, 0 bytes/,
  },
  'partition-empty': { why: /^AWS has delivered nothing for 2026-11: .* 0 bytes/ },
  'delivery-incomplete': { why: /incomplete: .* lacks cur-prefix\/2026-11\/\S+\.parquet$/ },
  'delivery-late': {
    why: /both copies hold the newest delivery of 2026-11, whose newest usage is old itself .*AWS delivers late$/,
  },
  'period-closed': {
    why: /^2026-11 is closed: its costs are never loaded again; a person writes a correction$/,
  },
};

/** The ingestion job: its permissions, and all its states, ours and somebody else's. */
export const job: Readonly<Record<string, Expected>> = {
  'access-denied': {
    why: /^the ingestion job's role lacks s3:GetObject on arn:aws:s3:::cur-bucket\/cur-prefix\/2026-11\/\*/,
  },
  'access-restored': {
    why: FRESH,
    steps: { diagnose: /Access ?Denied.*its role has what it needs now.*AccessDenied are history$/ },
  },
  'job-failed': { why: FRESH, steps: { diagnose: /the last ingestion failed \(.*out of memory\)/ } },
  'job-running': {
    why: FRESH,
    steps: {
      diagnose: /in progress for 1?\d min: wait for it$/,
      'act:1:await-ingestion': /already in progress/,
    },
  },
  'job-hung': { why: /^ingestion run jr_[0-9a-f]{64} hangs: RUNNING for 5\d min, limit 30 min$/ },
  'job-fails-again': {
    why: /^start Glue job cur_ingest_prod for 2026-11: jr_\w+ FAILED: exit code 10$/,
  },
  'job-never-ends': { why: /^start Glue job cur_ingest_prod for 2026-11: it has not ended within 45 min$/ },
  'job-does-nothing': {
    why: /^the plan was carried out, but it did not help: Athena 4\.\d\d d, ledger 4\.\d\d d/,
  },
};

/** What the responder itself stands on, and worlds in which nothing is wrong (undefined: no run at all). */
export const platform: Readonly<Record<string, Expected | undefined>> = {
  'answer-lost': { why: FRESH, steps: { 'reconcile:1:start-ingestion': /it did start$/ } },
  'killed-before-start': {
    why: FRESH,
    steps: {
      'reconcile:1:start-ingestion': /interrupted .*it never started$/,
      'act:1:start-ingestion:again': /cur_ingest_prod jr_/,
    },
  },
  'killed-unanswered': {
    why: FRESH,
    steps: { 'reconcile:1:start-ingestion': /interrupted .*it did start$/ },
  },
  'killed-unrecorded': {
    why: FRESH,
    steps: { 'reconcile:1:start-ingestion': /interrupted .*it did start$/ },
  },
  'ledger-away': {
    why: /^guard ledger: the ledger did not answer 3 times: /,
    steps: { 'guard:before-diagnosing': /^ledger: refuse/ },
  },
  'signals-stopped': {
    why: /^nobody has measured the business metrics since 2026-11-23T1\d:\d\dZ.* look at its schedule$/,
  },
  'healthy-alarm': { why: /^both copies are fresh: .*alarm cur-freshness is OK$/ },
  'normal-lag': undefined,
};
