import type { Fault } from '../../sandbox/faults/fault.ts';
import { faults as own } from '../../sandbox/faults/all.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

/** As soon as the rehearser calls anything, the world changes: as if the rehearsal itself had done it. */
function meddle(sandbox: Sandbox): void {
  const { s3, sqs, estate } = sandbox.services;
  const unwatch = sandbox.watch((seen) => {
    if (seen.kind !== 'call' || !seen.call.principal.roleName?.startsWith('responder-rehearser')) return;
    unwatch();
    void sandbox.pool.query(
      `update invoice_header set paid_at = now() where invoice_id = (select min(invoice_id) from invoice_header)`,
    );
    void s3.put(estate.cur.bucket, 'a-file-more', Buffer.from('x'));
    const queue = sqs.queues.all().find(({ name }) => name === estate.payments.queue);
    if (queue) void sqs.send(queue.arn, '{}');
  });
}

/** A fault of the project's, beside somebody who changes things while its repair is rehearsed. */
export const faults: readonly Fault[] = own
  .filter(({ name }) => name === 'not-ingested')
  .map((fault) => ({
    ...fault,
    name: 'meddling',
    async inject(sandbox) {
      await fault.inject(sandbox);
      meddle(sandbox);
    },
  }));
