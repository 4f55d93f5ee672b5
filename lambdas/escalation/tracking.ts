import { between, moment } from '../domain/words.ts';
import type { S3 } from '@aws-sdk/client-s3';
import type { SecretsManager } from '@aws-sdk/client-secrets-manager';
import type { PlaybookName } from '../catalog/playbooks/names.ts';
import { createJira, type Jira } from './jira/jira.ts';
import type { IssueText } from './jira/bodies.ts';
import { draftPostmortem } from '../reporting/postmortem/store.ts';
import type { EpisodeState } from '../record/calls.ts';
import type { Settings } from '../platform/settings.ts';
import type { EpisodeCall } from './call.ts';
import type { FollowUpTools } from './follow-ups.ts';
import { named, story } from './messages.ts';

interface Clients {
  readonly s3: () => Promise<S3>;
  readonly secrets: () => Promise<SecretsManager>;
}

/**
 * The follow-up tasks of the deployed escalation: a Jira issue, a comment when it is over, a
 * postmortem draft.
 */
export function trackingOf(
  { people, bucket }: Settings,
  playbooks: readonly PlaybookName[],
  clients: Clients,
): FollowUpTools {
  const jira: Jira | undefined = people.jira && createJira(people.jira, clients.secrets);
  const inJira = (): Jira => {
    if (!jira) throw new Error('no Jira is configured: set people.jira in the deployment’s configuration');
    return jira;
  };
  const storyOf = (call: EpisodeCall, state: EpisodeState): string[] => story(call, state, playbooks);
  return {
    async openIssue(call, state) {
      const issue = await inJira().open(issueOf(call, state, bucket, storyOf(call, state)));
      // The issue of the first episode: its readers learn that the fault is back.
      if (call.episode > 1) {
        const text = `It came back at ${moment(state.openedAt)} (time ${call.episode}).\n${storyOf(call, state).join('\n')}`;
        await inJira().comment(issue.key, `${call.incident}/reopened/${call.episode}`, text);
      }
      return issue;
    },
    async comment(call, state) {
      if (state.jira)
        await inJira().comment(
          state.jira.key,
          `${call.incident}/over/${call.episode}`,
          overText(call, state, storyOf(call, state)),
        );
    },
    async draft({ incident, episode }, { pool, now }) {
      await draftPostmortem({ pool: pool(), s3: await clients.s3(), bucket, incident, episode, now });
    },
  };
}

const issueOf = (
  call: EpisodeCall,
  state: EpisodeState,
  bucket: string,
  told: readonly string[],
): IssueText => ({
  incident: call.incident,
  severity: state.severity,
  summary: `[${state.severity}] ${named(state)} since ${moment(state.openedAt)}`,
  description: [...told, `Its whole story: npm run respond -- incident ${call.incident}`],
  links: runsOf(call, state).map((run) => ({
    title: `evidence of run ${run}`,
    url: `s3://${bucket}/evidence/${run}/`,
  })),
});

function overText(call: EpisodeCall, state: EpisodeState, told: readonly string[]): string {
  const { closed, openedAt } = state;
  return [
    `Over since ${moment(closed?.at ?? openedAt)}, after ${between(openedAt, closed?.at ?? openedAt)}; by ${closed?.by ?? ''}.`,
    ...told,
    `Evidence of runs ${runsOf(call, state).join(', ')}`,
  ].join('\n');
}

const runsOf = ({ openedByRun }: EpisodeCall, { runs }: EpisodeState): readonly string[] =>
  runs.length > 0 ? runs.map(({ run }) => run) : [openedByRun];
