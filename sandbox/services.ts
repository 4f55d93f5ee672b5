import type { Pool } from 'pg';
import { Estate } from '../lambdas/platform/settings.ts';
import type { Emulator } from '../emulator/emulator.ts';
import { CommercialOps } from './commercial-ops/commercial-ops.ts';
import { SHAPES, type ShapeName } from './commercial-ops/report-shape.ts';
import { estateFor } from './settings-here.ts';
import { RunnerFleet } from './commercial-ops/runner-fleet.ts';
import { People } from './people.ts';

export interface ServiceNeeds {
  readonly emulator: Emulator;
  /** On the ledger, as the owner of Commercial-Ops' tables. */
  readonly ledger: Pool;
  readonly dir: string;
  readonly report: ShapeName;
}

export type Services = ReturnType<typeof createServices>;

/** The emulated services, and the example company that lives on them. Nothing runs yet. */
export function createServices({ emulator, ledger, dir, report }: ServiceNeeds) {
  const { clock, store, services: aws } = emulator;
  const { s3, iam, sqs, cloudwatch, autoScaling, logSink: logs } = aws;
  const shape = SHAPES[report];
  const estate = Estate.parse(estateFor(report));
  const commercialOps = new CommercialOps({
    clock,
    store,
    pool: ledger,
    s3,
    logs,
    iam,
    estate,
    directory: dir,
    queues: sqs,
    shape,
  });
  aws.glue.addJob(commercialOps.glueJob());
  aws.athena.addTable(commercialOps.warehouse);
  aws.athena.putWorkgroup({ name: estate.athena.workgroup, results: `s3://${estate.athena.resultsBucket}/` });
  const runnerFleet = new RunnerFleet({ clock, store, sqs, autoScaling, cloudwatch, logs, estate });
  return { ...aws, estate, people: new People(aws.userKeys), commercialOps, runnerFleet };
}
