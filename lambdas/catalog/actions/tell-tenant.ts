import * as z from 'zod';
import { factLines } from '../../notifications/message.ts';
import { publishNotice } from './publish-notice.ts';

const Params = z.strictObject({
  tenant_id: z.string().min(1),
  plan_code: z.string().min(1),
  metric_code: z.string().min(1),
  /** For people: "104 %". */
  utilization: z.string().min(1),
});

/** Section 8's "notify tenant for plan upgrade", where no top-up may be given. */
export const tellTenant = publishNotice({
  name: 'tell-tenant',
  params: Params,
  example: {
    tenant_id: 'TEN-00113',
    plan_code: 'PLAN-TEAM',
    metric_code: 'egress_gb',
    utilization: '104 %',
  },
  independent: true,
  topic: ({ notices }) => notices.tenants,
  tenants: ({ tenant_id = '' }) => [tenant_id],
  object: ({ tenant_id = '' }) => ({ type: 'tenant', id: tenant_id }),
  message: ({ tenant_id, plan_code, metric_code, utilization }) => ({
    subject: `[quota reached] ${tenant_id} ${metric_code}`,
    body: [
      ...factLines([
        ['Tenant', `${tenant_id}`],
        ['Plan', `${plan_code}`],
        ['Quota', `${metric_code}, ${utilization} used`],
      ]),
      '',
      'No automatic top-up covers this. Your next step: choose a larger plan, or buy a top-up.',
    ].join('\n'),
  }),
  describe: ({ tenant_id, metric_code, utilization }) =>
    `notify ${tenant_id} that ${metric_code} is at ${utilization}, and request a plan upgrade`,
});
