import { sentence, shortIncident } from '../../domain/words.ts';
import { playbookById } from '../../catalog/playbooks/registry.ts';
import { breakerLimit } from '../../domain/run-record.ts';
import { checkedBy } from '../../engine/news.ts';
import { parseFinding } from '../../engine/run-probes.ts';
import type { Links } from '../../notifications/acknowledge-link.ts';
import { askingOf, type Asking } from '../../notifications/call-to-action.ts';
import { layout } from '../../notifications/message.ts';
import { notify, type Notification } from '../../notifications/notify.ts';
import { subjectFor } from '../../notifications/subject.ts';
import { plainTitle } from '../../notifications/what-is-wrong.ts';
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
      const incident = await incidentOfRun(pool(), run.run);
      await notify(settings.topics.sre, await crashOf(run, incident, world, now));
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

export async function crashOf(
  { run, playbook, acted }: Pick<RecordedRun, 'run' | 'playbook' | 'acted'>,
  incident: string | undefined,
  { settings, pool, links }: Omit<Sweeping, 'tools'>,
  now: Date,
): Promise<Notification> {
  const asking: Asking =
    incident === undefined
      ? { lines: [] }
      : await askingOf({ incident, recipient: 'sre' }, { settings, pool, links, now: () => now });
  const evidence = `s3://${settings.bucket}/evidence/${run}/`;
  const { lines, number, severity = 'SEV-2', by, episode, link, shortLink, command } = asking;
  const [alarm] = playbookById(playbook)?.alarms ?? [];
  const fault = alarm === undefined ? playbook : plainTitle(alarm);
  const says = acted ? 'the run crashed; it may have changed something' : 'the run crashed';
  const retry = `npm run respond -- retry ${run} --reason "…"`;
  return {
    event: 'failed',
    subject: subjectFor({ severity, number, news: 'FAILED', title: fault, says: [says, 'the run crashed'] }),
    body: layout({
      headline: `${number === undefined ? severity : `${severity} ${shortIncident(number)}`} FAILED: run ${run} of ${playbook} crashed without an outcome. What it had begun is unknown.`,
      facts: [
        ...(alarm === undefined
          ? []
          : [["What's wrong", `${sentence(fault)}. ${alarm.description}`] as const]),
        [
          'Your next step',
          acted
            ? 'check what it has started (its steps and evidence below), and complete it by hand; or let the machine try again:'
            : 'it had not begun to act: let the machine try again, or repair it by hand:',
          retry,
        ],
        ...lines,
        ['Steps', `log group /aws/lambda/${settings.prefix}-runner, lines with "run":"${run}"`],
        ['Evidence', evidence],
      ],
    }),
    ...(incident !== undefined &&
      asking.severity !== undefined && {
        incident: {
          id: incident,
          ...(number !== undefined && { number }),
          run,
          severity,
          about: playbook,
          title: fault,
          says,
          resources: [evidence],
        },
      }),
    asks: {
      what: 'acknowledge',
      ...(by !== undefined && { by }),
      ...(episode !== undefined && { episode }),
      ...(link !== undefined && { link }),
      ...(shortLink !== undefined && { shortLink }),
      commands: [...(command === undefined ? [] : [command]), retry],
    },
  };
}
