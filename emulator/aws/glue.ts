import type {
  GetJobRunCommandInput,
  GetJobRunCommandOutput,
  GetJobRunsCommandInput,
  GetJobRunsCommandOutput,
  JobRun,
  StartJobRunCommandInput,
  StartJobRunCommandOutput,
} from '@aws-sdk/client-glue';
import type { Clock } from '../kernel/clock.ts';
import { arn } from '../kernel/places.ts';
import { AwsError, operation, type ServiceDefinition } from '../kernel/service.ts';
import type { Store } from '../kernel/store.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import type { GlueJob, StoredRun } from './glue-job.ts';
import { GlueRuns } from './glue-runs.ts';

type Output<T> = Omit<T, '$metadata'>;

const MOST_PER_PAGE = 200;

/** AWS Glue: starting jobs and reading their runs. */
export class Glue {
  readonly runs: GlueRuns;
  private readonly jobs = new Map<string, GlueJob>();

  constructor({ clock, store }: { clock: Clock; store: Pick<Store, 'collection'> }) {
    this.runs = new GlueRuns({ clock, store, jobs: this.jobs });
  }

  addJob(job: GlueJob): void {
    this.jobs.set(job.name, job);
  }

  /** Continues the runs that were running when the emulator was killed. */
  resume(): void {
    this.runs.resume();
  }

  job(name: string | undefined): GlueJob {
    const job = this.jobs.get(name ?? '');
    if (job) return job;
    throw new AwsError('EntityNotFoundException', `Job with name ${name} not found.`);
  }

  async startJobRun(input: StartJobRunCommandInput): Promise<Output<StartJobRunCommandOutput>> {
    refuseOptions('StartJobRun', input, ['JobName', 'Arguments']);
    const run = await this.runs.start(this.job(input.JobName), input.Arguments ?? {});
    return { JobRunId: run.id };
  }

  /** No run has predecessors here: workflows are not emulated. */
  getJobRun({ JobName, RunId }: GetJobRunCommandInput): Output<GetJobRunCommandOutput> {
    const job = this.job(JobName);
    const run = this.runs.get(RunId ?? '');
    if (run?.job !== job.name) {
      throw new AwsError('EntityNotFoundException', `Job run ${RunId} of job ${job.name} not found.`);
    }
    return { JobRun: describe(run, job) };
  }

  /** Newest first. */
  getJobRuns({ JobName, MaxResults, NextToken }: GetJobRunsCommandInput): Output<GetJobRunsCommandOutput> {
    const job = this.job(JobName);
    if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > MOST_PER_PAGE)) {
      throw new AwsError(
        'InvalidInputException',
        `MaxResults ${MaxResults} is not within 1 and ${MOST_PER_PAGE}.`,
      );
    }
    const runs = this.runs.of(job.name);
    // The token names the last run given, so that runs that start meanwhile don't shift the pages.
    const last = NextToken === undefined ? -1 : runs.findIndex(({ id }) => id === NextToken);
    if (NextToken !== undefined && last < 0)
      throw new AwsError('InvalidInputException', 'NextToken is not valid.');
    const page = runs.slice(last + 1, last + 1 + (MaxResults ?? MOST_PER_PAGE));
    const end = page.at(-1);
    const more = end !== undefined && runs.at(-1) !== end;
    return { JobRuns: page.map((run) => describe(run, job)), ...(more && { NextToken: end.id }) };
  }
}

export const glueDefinition = (glue: Glue): ServiceDefinition => {
  const resource = ({ JobName }: { JobName?: string | undefined }) => arn('glue', `job/${JobName}`);
  return {
    signingName: 'glue',
    sdk: () => import('@aws-sdk/client-glue'),
    clientClass: 'GlueClient',
    operations: {
      StartJobRun: operation({
        action: 'glue:StartJobRun',
        resource,
        handle: (input: StartJobRunCommandInput) => glue.startJobRun(input),
      }),
      GetJobRun: operation({
        action: 'glue:GetJobRun',
        resource,
        handle: (input: GetJobRunCommandInput) => glue.getJobRun(input),
      }),
      GetJobRuns: operation({
        action: 'glue:GetJobRuns',
        resource,
        handle: (input: GetJobRunsCommandInput) => glue.getJobRuns(input),
      }),
    },
  };
};

function describe(run: StoredRun, job: GlueJob): JobRun {
  const started = new Date(run.startedAt);
  const completed = run.completedAt === undefined ? undefined : new Date(run.completedAt);
  return {
    Id: run.id,
    Attempt: 0,
    JobName: run.job,
    StartedOn: started,
    LastModifiedOn: completed ?? started,
    ...(completed && { CompletedOn: completed }),
    JobRunState: run.state,
    Arguments: { ...run.arguments },
    ...(run.error !== undefined && { ErrorMessage: run.error }),
    PredecessorRuns: [],
    ExecutionTime: completed ? Math.round((completed.getTime() - started.getTime()) / 1000) : 0,
    Timeout: job.timeoutMinutes,
    LogGroupName: '/aws-glue/jobs',
  };
}
