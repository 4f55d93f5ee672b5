import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { cloudUsePermissions } from '../lambdas/reporting/daily-report/cloud-use.ts';
import type { RecordBucket } from './record-bucket.ts';
import { type Common, ResponderFunction } from './responder-function.ts';
import { Scheduled } from './scheduled.ts';
import type { Topics } from './topics.ts';

export interface ReportProps extends Common {
  readonly topics: Topics;
  readonly record: RecordBucket;
}

/** Hourly attempts at a report; an attempt after a successful one does nothing. */
const TRIES = 4;

/** The daily report: a page in the record, and a message to SRE and FinOps. */
export class Report extends Construct {
  constructor(scope: Construct, id: string, { topics, record, ...common }: ReportProps) {
    super(scope, id);
    const { settings, config } = common;
    const report = new ResponderFunction(this, 'Report', {
      ...common,
      name: 'report',
      description: 'Reports on yesterday: incidents, runs, money, missed notifications, and what it all cost',
      timeout: Duration.minutes(5),
      retries: 2,
    });
    report.may(
      'keep',
      [record.writing('ops/reports'), ...record.reading('ops/reports')],
      'Objects under a prefix of its own.',
    );
    report.may('tell', topics.publishing(topics.sre, topics.finops));
    report.may('count-cost', cloudUsePermissions(settings), 'Metrics have no ARN.');
    new Scheduled(this, 'Schedule', {
      name: `${report.name}-schedule`,
      call: report,
      when: { at: config.schedules.reportAt, tries: TRIES, zone: config.limits.freeze.zone },
    });
  }
}
