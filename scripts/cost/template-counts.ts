/** What of a template costs money, counted. */
export interface Counts {
  /** Metrics that AWS does not publish by itself, as their alarms name them. */
  readonly customMetrics: readonly string[];
  readonly alarms: number;
  readonly fineAlarms: number;
  readonly keys: number;
  readonly secrets: number;
  readonly schedules: readonly ScheduledCalls[];
  /** Interface endpoints, each once for every subnet. */
  readonly endpoints: number;
}

export interface ScheduledCalls {
  readonly function: string;
  readonly memoryGb: number;
  readonly callsAMonth: number;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** They cost by use alone, or nothing. */
const FREE = new Set(
  [
    'S3::Bucket S3::BucketPolicy SNS::Topic SNS::TopicPolicy SNS::Subscription SQS::Queue SQS::QueuePolicy',
    'Lambda::Function Lambda::Version Lambda::Alias Lambda::Url Lambda::Permission Lambda::EventInvokeConfig',
    'Logs::LogGroup IAM::Role IAM::Policy IAM::ManagedPolicy KMS::Alias Athena::WorkGroup EC2::SecurityGroup',
    'EC2::SecurityGroupIngress EC2::SecurityGroupEgress Logs::MetricFilter CDK::Metadata CloudFormation::CustomResource',
  ].flatMap((line) => line.split(' ').map((name) => `AWS::${name}`)),
);
const PRICED = [
  'CloudWatch::Alarm',
  'KMS::Key',
  'SecretsManager::Secret',
  'Scheduler::Schedule',
  'EC2::VPCEndpoint',
].map((name) => `AWS::${name}`);

/** @throws on a kind of resource of which nobody has said what it costs */
export function countTemplate({ Resources }: Template): Counts {
  const unknown = [...new Set(Object.values(Resources).map(({ Type }) => Type))].filter(
    (type) => !FREE.has(type) && !PRICED.includes(type) && !type.startsWith('Custom::'),
  );
  if (unknown.length > 0)
    throw new Error(
      `the template has ${unknown.join(', ')}, whose price is unknown; add it to scripts/cost/template-counts.ts`,
    );
  const all = (type: string) =>
    Object.values(Resources).flatMap((one) => (one.Type === `AWS::${type}` ? [one.Properties ?? {}] : []));
  const alarms = all('CloudWatch::Alarm');
  return {
    customMetrics: [...new Set(alarms.flatMap(customMetricsOf))].sort(),
    alarms: alarms.filter((alarm) => !isFine(alarm)).length,
    fineAlarms: alarms.filter(isFine).length,
    keys: all('KMS::Key').length,
    secrets: all('SecretsManager::Secret').length,
    schedules: all('Scheduler::Schedule').map((schedule) => scheduledCalls(schedule, Resources)),
    endpoints: all('EC2::VPCEndpoint')
      .filter(({ VpcEndpointType }) => VpcEndpointType === 'Interface')
      .reduce((sum, { SubnetIds }) => sum + ((SubnetIds as unknown[] | undefined)?.length ?? 1), 0),
  };
}

interface Metric {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: unknown;
}

/** An alarm names one metric, or several with their statistics. */
function customMetricsOf(alarm: Readonly<Record<string, unknown>>): string[] {
  const several = (alarm['Metrics'] ?? []) as readonly { MetricStat?: { Metric: Metric } }[];
  const named: Metric[] = [
    alarm,
    ...several.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])),
  ];
  return named.flatMap(({ Namespace, MetricName = '', Dimensions }) =>
    Namespace === undefined || Namespace.startsWith('AWS/')
      ? []
      : [`${Namespace} ${MetricName}${Dimensions ? ` ${JSON.stringify(Dimensions)}` : ''}`],
  );
}

const isFine = (alarm: Readonly<Record<string, unknown>>): boolean => Number(alarm['Period'] ?? 60) < 60;

const DAYS = 365 / 12;
const MINUTES = { minute: 1, hour: 60, day: 1_440 } as const;

function scheduledCalls(
  { ScheduleExpression, Target }: Readonly<Record<string, unknown>>,
  resources: Template['Resources'],
): ScheduledCalls {
  const [target] = JSON.stringify(Target).match(/(?<="Fn::GetAtt":\[")[^"]+/) ?? [];
  const { FunctionName, MemorySize } = resources[target ?? '']?.Properties ?? {};
  if (typeof FunctionName !== 'string' || typeof MemorySize !== 'number')
    throw new Error(`a schedule calls ${JSON.stringify(Target)}; wanted a function of the template`);
  return {
    function: FunctionName,
    memoryGb: MemorySize / 1_024,
    callsAMonth: callsAMonth(String(ScheduleExpression)),
  };
}

/** Of `rate(…)`, and of a `cron(…)` for some minutes of some hours of every day. */
export function callsAMonth(expression: string): number {
  const [, every, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit !== undefined) return (DAYS * 1_440) / (Number(every) * MINUTES[unit as keyof typeof MINUTES]);
  const [, minutes, hours] = /^cron\(([\d,]+) ([\d,]+) \* \* \? \*\)$/.exec(expression) ?? [];
  if (minutes !== undefined && hours !== undefined)
    return DAYS * minutes.split(',').length * hours.split(',').length;
  throw new Error(`the schedule is "${expression}"; wanted a rate, or a cron of minutes and hours alone`);
}
