import { playbookById } from '../../catalog/playbooks/registry.ts';
import { breakerLimit } from '../../domain/run-record.ts';
import { checkedBy } from '../../engine/news.ts';
import { parseFinding } from '../../engine/run-probes.ts';
import type { Links } from '../../notifications/acknowledge-link.ts';
import { askingOf, type Asking } from '../../notifications/call-to-action.ts';
import { layout } from '../../notifications/message.ts';
import { notify, type Notification } from '../../notifications/notify.ts';
import { subjectFor } from '../../notifications/subject.ts';
import type { ReadTools } from '../../platform/clients.ts';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import { log } from '../../platform/log.ts';
import type { Settings } from '../../platform/settings.ts';
import { incidentOfRun } from '../../record/incidents.ts';
import type { RecordedRun } from '../../record/runs.ts';
import { failCrashedRun, type CrashedRun } from '../../record/write.ts';
import { isDead } from './world.ts';

export interface Sweeping {
  readonly settings: Settings;
  readonly tools: Pick<ReadTools, 'lambda'>;
  readonly pool: () => Ledger;
  readonly links: Links | undefined;
}

/** People are notified before the record is closed: a failed message is sent by the next sweep. */
export async function failCrashedRuns(
  open: readonly RecordedRun[],
  now: Date,
  world: Sweeping,
): Promise<string[]> {
  const { tools, pool, settings } = world;
  const lambda = await tools.lambda();
  const failed: string[] = [];
  for (const run of open) {
    try {
      if (!(await isDead(lambda, run, now))) continue;
      await notify(settings.topics.sre, await crashOf(run, now, world));
      await failCrashedRun(
        pool(),
        run.run,
        now.toISOString(),
        (playbook) => breakerLimit(playbookById(playbook) ?? { id: playbook }, settings.limits),
        concernsOf,
      );
      failed.push(run.run);
      log.error('a run crashed without an outcome', { run: run.run });
    } catch (error) {
      log.error('a crashed run could not be ended', { run: run.run, error });
    }
  }
  return failed;
}

/** What it was about when it took its locks: later checks of its alarm leave that to people. */
function concernsOf({ playbook: id, decision, finding }: CrashedRun): readonly string[] | null {
  const playbook = playbookById(id);
  if (!playbook || !decision) return null;
  return checkedBy(playbook, parseFinding(playbook, finding), decision).concerns;
}

async function crashOf(
  { run, playbook, acted }: RecordedRun,
  now: Date,
  { settings, pool, links }: Sweeping,
): Promise<Notification> {
  const incident = await incidentOfRun(pool(), run);
  const asking: Asking =
    incident === undefined
      ? { lines: [] }
      : await askingOf({ incident, recipient: 'sre' }, { settings, pool, links, now: () => now });
  const evidence = `s3://${settings.bucket}/evidence/${run}/`;
  const { lines, severity, by, episode, link, command } = asking;
  return {
    event: 'failed',
    subject: subjectFor({
      severity: severity ?? 'SEV-2',
      news: 'failed',
      about: playbook,
      says: 'the run crashed without an outcome',
    }),
    body: layout({
      headline: `FAILED: run ${run} of ${playbook} crashed without an outcome. What it had begun is unknown.`,
      facts: [
        ['Your next step', `take over${acted ? ': it held the lock, so it may have started something' : ''}`],
        ...lines,
        ['Steps', `log group /aws/lambda/${settings.prefix}-runner, lines with "run":"${run}"`],
        ['Evidence', evidence],
      ],
    }),
    ...(incident !== undefined &&
      severity !== undefined && {
        incident: {
          id: incident,
          run,
          severity,
          about: playbook,
          says: `run ${run} crashed without an outcome`,
          resources: [evidence],
        },
      }),
    asks: {
      what: 'take over',
      ...(by !== undefined && { by }),
      ...(episode !== undefined && { episode }),
      ...(link !== undefined && { link }),
      commands: command === undefined ? [] : [command],
    },
  };
}
