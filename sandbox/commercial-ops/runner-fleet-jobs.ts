import type { Sqs } from '../../emulator/aws/sqs.ts';
import type { Clock } from '../../emulator/kernel/clock.ts';

/** Somebody waits for an interactive job; a background job may as well run at night. */
export type JobKind = 'interactive' | 'background';

/** The jobs in the runners' queue. Each says of which kind it is, in its body and as an attribute. */
export class RunnerJobs {
  private readonly sqs: Sqs;
  private readonly clock: Clock;
  private readonly queueArn: string;

  constructor(needs: { sqs: Sqs; clock: Clock; queueArn: string }) {
    this.sqs = needs.sqs;
    this.clock = needs.clock;
    this.queueArn = needs.queueArn;
  }

  /** @param backgroundShare from 0 to 1 */
  async send(jobs: number, backgroundShare: number): Promise<void> {
    const at = this.clock.now().toISOString();
    const upTo = (i: number): number => Math.floor(i * backgroundShare);
    await Promise.all(
      Array.from({ length: jobs }, (_, i) => {
        const kind: JobKind = upTo(i + 1) > upTo(i) ? 'background' : 'interactive';
        const body = JSON.stringify({ job_id: `${at}#${i}`, kind });
        return this.sqs.send(this.queueArn, body, { kind: { DataType: 'String', StringValue: kind } });
      }),
    );
  }

  waiting(): Record<JobKind, number> {
    const jobs = this.sqs.peek(this.queueArn);
    const background = jobs.filter(
      ({ attributes }) => attributes['kind']?.StringValue === 'background',
    ).length;
    return { background, interactive: jobs.length - background };
  }
}
