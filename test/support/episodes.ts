import type { EpisodeState } from '../../lambdas/record/calls.ts';
import { minute } from './runs.ts';

/** An open episode of SEV-2 with its issue in Jira, of which nobody has been notified yet. */
export const episodeState = (change: Partial<EpisodeState> = {}): EpisodeState => ({
  playbook: 'cur-freshness',
  target: { period: '2026-11' },
  severity: 'SEV-2',
  openedByRun: 'run-1',
  severityCause: 'opening',
  severitySince: minute(0),
  openedAt: minute(0),
  acknowledged: null,
  closed: null,
  joinedSince: null,
  jira: { key: 'OPS-1', url: 'https://jira.example.com/browse/OPS-1' },
  version: 1,
  joined: {},
  told: [],
  runs: [],
  postmortem: null,
  ...change,
});
