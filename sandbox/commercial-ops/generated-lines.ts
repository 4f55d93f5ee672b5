import { EXACT } from './cost-columns.ts';
import { text } from '../../emulator/aws/sql-text.ts';
import { moment } from './duck.ts';
import { endOf, startOf, type Period } from './period.ts';
import { TENANTS } from './seeds/platform.ts';

/**
 * What runs on the sandbox's AWS account: service, usage type, price per unit, the most units an hour, and how
 * its resources are named. Prices are list prices of us-east-1, shortened; a request line costs as little as
 * 0.0000004, which no `numeric(18,6)` could hold.
 */
const CATALOGUE: readonly [string, string, string, string, string, string][] = [
  ['AmazonEC2', 'USE1-BoxUsage:m6i.large', '0.0960000000', '1', 'Usage', 'i-'],
  ['AmazonEC2', 'USE1-EBS:VolumeUsage.gp3', '0.0800000000', '0.7', 'Usage', 'vol-'],
  ['AmazonEC2', 'USE1-NatGateway-Bytes', '0.0450000000', '3.5', 'Usage', 'nat-'],
  ['AWSDataTransfer', 'USE1-DataTransfer-Out-Bytes', '0.0900000000', '2.2', 'Usage', 'i-'],
  ['AmazonVPC', 'USE1-VpcEndpoint-Hours', '0.0100000000', '1', 'Usage', 'vpce-'],
  ['AmazonVPC', 'USE1-VpcEndpoint-Bytes', '0.0100000000', '4.1', 'Usage', 'vpce-'],
  ['AmazonCloudWatch', 'USE1-DataProcessing-Bytes', '0.5000000000', '0.12', 'Usage', 'log-group-'],
  ['AmazonCloudWatch', 'USE1-CW:MetricMonitorUsage', '0.0004166667', '9', 'Usage', 'metric-'],
  ['AmazonS3', 'USE1-TimedStorage-ByteHrs', '0.0230000000', '1.4', 'Usage', 'bucket-'],
  ['AmazonS3', 'USE1-Requests-Tier1', '0.0000050000', '40', 'Usage', 'bucket-'],
  ['AmazonS3', 'USE1-Requests-Tier2', '0.0000004000', '4', 'Usage', 'bucket-'],
  ['AWSLambda', 'USE1-Lambda-GB-Second', '0.0000166667', '300', 'Usage', 'function-'],
  ['AmazonRDS', 'USE1-Aurora:ServerlessV2Usage', '0.1200000000', '0.9', 'Usage', 'cluster-'],
  ['AmazonEC2', 'USE1-BoxUsage:c7g.medium', '0.0000000000', '1', 'DiscountedUsage', 'i-'],
];
/** Usage types whose lines count whole units. */
const COUNTED = ['%-Hours', '%Requests-Tier_', '%BoxUsage:%'];

/** Lines of a whole month: type, service, usage type, cost. Nobody owns them, so nobody tags them. */
const MONTHLY: readonly [string, string | null, string | null, string][] = [
  ['Tax', 'AmazonEC2', null, '11.4718250000'],
  ['Tax', 'AmazonS3', null, '1.0344100000'],
  ['Tax', 'AmazonCloudWatch', null, '2.7112030000'],
  ['Tax', 'AmazonVPC', null, '0.9127550000'],
  ['RIFee', 'AmazonEC2', 'USE1-HeavyUsage:c7g.medium', '15.6366000000'],
  ['Fee', 'AWSSupportBusiness', 'Dollar', '29.0000000000'],
  ['Credit', 'AmazonEC2', 'USE1-BoxUsage:m6i.large', '-7.2500000000'],
  ['Credit', 'AmazonS3', 'USE1-Requests-Tier2', '-0.0000008000'],
  ['Credit', 'AWSLambda', 'USE1-Lambda-GB-Second', '-1.1111111111'],
];

/** Lines of one month to make: `count` of usage in all, of which those numbered `from` to `to` (exclusive). */
export interface UsageLines {
  readonly seed: number;
  readonly period: Period;
  readonly count: number;
  readonly from: number;
  readonly to: number;
  /** Only what had ended by then. */
  readonly upTo: Date;
}

/** How many of a month's lines are not usage by the hour. */
export const MONTHLY_LINES = MONTHLY.length;

/**
 * SQL for usage lines. The lines of a resource come hour by hour and repeat its line id, as AWS's do; there are as
 * many resources as fill the month's hours, and at least one of each kind. A hash of seed, month and number
 * decides the figures: the same call gives the same lines on every machine.
 */
export function usageLines({ seed, period, count, from, to, upTo }: UsageLines): string {
  const hours = (endOf(period).getTime() - startOf(period).getTime()) / 3_600_000;
  const resources = Math.max(CATALOGUE.length, Math.floor(count / hours));
  const rounds = Math.ceil(count / resources);
  return `
    with catalogue(entry, service, usage_type, price, units, line_type, prefix) as (values ${CATALOGUE.map(
      ([service, usage, price, units, type, prefix], entry) =>
        `(${entry}, ${text(service)}, ${text(usage)}, cast(${price} as decimal(18,10)), cast(${units} as decimal(9,2)), ${text(type)}, ${text(prefix)})`,
    ).join(', ')}),
    tenant(place, tenant_id, plan_code) as (values ${TENANTS.map(({ id, plan }, place) => `(${place}, ${text(id)}, ${text(plan)})`).join(', ')}),
    line as (
      select number, number % ${resources} as resource,
             ((number // ${resources}) * ${hours} // ${rounds} + number % ${resources}) % ${hours} as hour,
             hash(${text(`${seed}/${period}`)}, number) as dice
      from range(${from}, ${to}) as numbers(number)
    )
    select substr(md5(concat(${seed}, '/', resource)), 1, 26) as identity_line_item_id,
           strftime(starts, '%Y-%m-%dT%H:%M:%SZ') || '/' || strftime(starts + interval 1 hour, '%Y-%m-%dT%H:%M:%SZ') as line_item_time_interval,
           line_type as line_item_line_item_type,
           ${moment(startOf(period))} as bill_billing_period_start_date,
           ${moment(endOf(period))} as bill_billing_period_end_date,
           starts as line_item_usage_start_date,
           starts + interval 1 hour as line_item_usage_end_date,
           prefix || substr(md5(concat('resource/', ${seed}, '/', resource)), 1, 17) as line_item_resource_id,
           service as product_servicecode,
           usage_type as line_item_usage_type,
           cast(amount as ${EXACT}) as line_item_usage_amount,
           cast(amount * price as ${EXACT}) as line_item_unblended_cost,
           tenant_id as resource_tags_user_tenant_id,
           plan_code as resource_tags_user_plan_id
    from (
      select line.*, catalogue.*, tenant.*, ${moment(startOf(period))} + to_hours(hour) as starts,
             case when ${COUNTED.map((like) => `usage_type like ${text(like)}`).join(' or ')}
                  then cast(1 + dice % cast(units as ubigint) as decimal(18,6))
                  else cast(cast(1 + dice % cast(units * 1000000 as ubigint) as decimal(18,0)) / 1000000 as decimal(18,6))
             end as amount
      from line
      join catalogue on entry = resource % ${CATALOGUE.length}
      join tenant on place = (resource + ${seed}) % ${TENANTS.length}
    )
    where starts + interval 1 hour <= ${moment(upTo)}
    order by number`;
}

/** SQL for the lines of the whole month: in the report from its first delivery, and ending when the month ends. */
export function monthlyLines(seed: number, period: Period): string {
  const [start, end] = [moment(startOf(period)), moment(endOf(period))];
  const nullable = (value: string | null) => (value === null ? 'null' : text(value));
  const values = MONTHLY.map(
    ([type, service, usage, cost], i) =>
      `(${i}, ${text(type)}, ${nullable(service)}, ${nullable(usage)}, cast(${cost} as ${EXACT}))`,
  );
  return `
    select substr(md5(concat('monthly/', ${seed}, '/', service)), 1, 26) as identity_line_item_id,
           strftime(${start}, '%Y-%m-%dT%H:%M:%SZ') || '/' || strftime(${end}, '%Y-%m-%dT%H:%M:%SZ') as line_item_time_interval,
           line_type as line_item_line_item_type,
           ${start} as bill_billing_period_start_date, ${end} as bill_billing_period_end_date,
           ${start} as line_item_usage_start_date, ${end} as line_item_usage_end_date,
           cast(null as varchar) as line_item_resource_id,
           service as product_servicecode,
           cast(usage_type as varchar) as line_item_usage_type,
           cast(1 as ${EXACT}) as line_item_usage_amount,
           cost as line_item_unblended_cost,
           cast(null as varchar) as resource_tags_user_tenant_id,
           cast(null as varchar) as resource_tags_user_plan_id
    from (values ${values.join(', ')}) as monthly(place, line_type, service, usage_type, cost)
    order by place`;
}
