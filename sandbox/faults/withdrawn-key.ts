import { withdrawKey } from '../commercial-ops/customer-key.ts';
import { faultsOf, type Step } from './fault.ts';
import { deadEvent } from './payment-world.ts';
import { request } from './steps.ts';

const payments = faultsOf('payment-mismatch', 'payment_mismatch_count');
const restarting = faultsOf('restart-functions', '');

/** Somebody forbids the key's use through this service: of all that the key encrypts, what the service keeps. */
const withdrawn =
  (service: string): Step =>
  ({ services }) =>
    withdrawKey(services, { StringLike: { 'kms:ViaService': `${service}.*` } });

/** The customer's own key encrypts everything here, and one right to use it is missing. */
export const withdrawnKeyFaults = [
  payments
    .platform(
      'key-of-queues-withdrawn',
      "A payment lies among the dead letters, and the acting role may not use the queues' key.",
    )
    .inject(deadEvent(), withdrawn('sqs'))
    .expect(payments.failed('redrive', /denied the use of an encryption key \(KmsAccessDenied\)$/)),

  restarting
    .platform(
      'key-of-functions-withdrawn',
      'Somebody requests a restart, and the variables of the function cannot be read: they would be wiped.',
    )
    .inject(withdrawn('lambda'), request('restart-functions', { function: 'cur_ingestion' }))
    .expect(
      restarting.escalated(
        null,
        /^could not look, so nothing is done: function-configuration: denied the use of an encryption key \(AccessDeniedException\)$/,
      ),
    ),
];
