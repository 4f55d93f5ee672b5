import type { GetWorkGroupCommandOutput, StartQueryExecutionCommandInput } from '@aws-sdk/client-athena';
import { AwsError } from '../kernel/service.ts';

export interface Workgroup {
  readonly name: string;
  readonly state?: 'ENABLED' | 'DISABLED' | undefined;
  /** Where results go, e.g. `s3://bucket/prefix/`. */
  readonly results?: string | undefined;
  /** Its settings win over the query's. */
  readonly enforced?: boolean | undefined;
  /** Athena keeps results itself. */
  readonly managed?: boolean | undefined;
  readonly cutoffBytes?: number | undefined;
}

/** Buckets of the emulated Athena itself. */
export const MANAGED_RESULTS = 'aws-athena-managed-results';
/** AWS takes no smaller limit. */
const LEAST_CUTOFF = 10_000_000;

const invalid = (what: string): AwsError => new AwsError('InvalidRequestException', what);

/** Workgroups, as their owners have set them up: again on each start, by the sandbox or the template. */
export class AthenaWorkgroups {
  private readonly groups = new Map<string, Workgroup>([['primary', { name: 'primary' }]]);

  put(group: Workgroup): void {
    if (!/^[a-zA-Z0-9._-]{1,128}$/.test(group.name))
      throw invalid(`WorkGroup name ${group.name} is invalid; wanted 1 to 128 of a-z A-Z 0-9 . _ -`);
    if ((group.cutoffBytes ?? LEAST_CUTOFF) < LEAST_CUTOFF)
      throw invalid(
        `BytesScannedCutoffPerQuery is ${group.cutoffBytes}; wanted: at least ${LEAST_CUTOFF} bytes.`,
      );
    if (group.managed && group.results !== undefined)
      throw invalid(
        'OutputLocation cannot be set in ResultConfiguration when managed query results are enabled.',
      );
    if (group.results !== undefined) placeOf(group.results);
    this.groups.set(group.name, group);
  }

  has(name: string): boolean {
    return this.groups.has(name);
  }

  delete(name: string): void {
    this.groups.delete(name);
  }

  /** @throws AwsError `InvalidRequestException` */
  get(name: string): Workgroup {
    const group = this.groups.get(name);
    if (group) return group;
    throw invalid(`WorkGroup ${name} is not found.`);
  }

  /** What becomes of a query's own wishes in its workgroup. */
  settle(
    name: string,
    { ResultConfiguration }: Pick<StartQueryExecutionCommandInput, 'ResultConfiguration'>,
  ) {
    const group = this.get(name);
    if (group.state === 'DISABLED') throw invalid(`WorkGroup ${name} is disabled.`);
    const cutoff = group.cutoffBytes === undefined ? {} : { cutoff: group.cutoffBytes };
    const wanted = ResultConfiguration?.OutputLocation;
    if (group.managed) {
      if (wanted !== undefined)
        throw invalid('OutputLocation is not allowed: the WorkGroup has managed query results enabled.');
      return { output: { bucket: MANAGED_RESULTS, prefix: `${name}/` }, managed: true, ...cutoff };
    }
    const place = group.enforced ? group.results : (wanted ?? group.results);
    return { output: placeOf(place), ...cutoff };
  }
}

/** @throws when there is no place for the result, or it is not an S3 URL */
function placeOf(location: string | undefined): { bucket: string; prefix: string } {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(location ?? '') ?? [];
  if (bucket !== undefined && prefix !== undefined) {
    return { bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
  }
  throw invalid(
    location === undefined
      ? 'No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.'
      : `outputLocation is not a valid S3 path: ${location}`,
  );
}

export const describeWorkgroup = (group: Workgroup): Pick<GetWorkGroupCommandOutput, 'WorkGroup'> => ({
  WorkGroup: {
    Name: group.name,
    State: group.state ?? 'ENABLED',
    Configuration: {
      ...(group.results !== undefined && { ResultConfiguration: { OutputLocation: group.results } }),
      ...(group.managed && { ManagedQueryResultsConfiguration: { Enabled: true } }),
      EnforceWorkGroupConfiguration: group.enforced ?? false,
      PublishCloudWatchMetricsEnabled: false,
      ...(group.cutoffBytes !== undefined && { BytesScannedCutoffPerQuery: group.cutoffBytes }),
      RequesterPaysEnabled: false,
      EngineVersion: {
        SelectedEngineVersion: 'AUTO',
        EffectiveEngineVersion: 'Athena engine version 3',
      },
    },
  },
});
