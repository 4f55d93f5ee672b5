import * as z from 'zod';
import { Period } from '../../domain/billing-period.ts';
import { publishNotice } from './publish-notice.ts';

const Params = z.strictObject({
  period: Period,
  /** Resources without tags that only provisioning can tag. */
  count: z.string().regex(/^[1-9]\d*$/),
  /** Their ids, or the first of them, separated by blanks. */
  resources: z.string().min(1),
});

/** Section 5's "notify provisioning service for non-compliant resources": only ids and counts. */
export const notifyProvisioning = publishNotice({
  name: 'notify-provisioning',
  params: Params,
  example: { period: '2026-11', count: '2', resources: 'i-1 i-2' },
  topic: ({ notices }) => notices.provisioning,
  object: ({ period = '' }) => ({ type: 'period', id: period }),
  message: ({ period = '', count = '', resources = '' }) => ({
    subject: `[tags missing] ${count} resources in ${period}`,
    body: JSON.stringify(
      {
        request: 'tag-resources',
        period,
        count: Number(count),
        resources: resources.split(' '),
        required_tags: ['tenant_id', 'plan_id'],
      },
      null,
      2,
    ),
  }),
  describe: ({ period = '', count = '' }, { estate }) =>
    `notify ${estate.notices.provisioning} of ${count} resources without tags in ${period}`,
});
