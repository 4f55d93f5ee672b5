import { ATTEMPTS, type Attempt, type Journal, type Told } from '../../lambdas/platform/journal.ts';
import { notifyPeople } from '../../lambdas/engine/notify-people.ts';

/** Takes the step as often as the journal does, and keeps what it tells of it. */
function journal() {
  const told: Told[] = [];
  const repeatable = async <T>(
    _name: string,
    work: (attempt: Attempt) => Promise<T>,
    tell: (v: T) => Told,
  ) => {
    for (let attempt = 1; ; attempt++) {
      try {
        const value = await work({ isLast: attempt >= ATTEMPTS } as Attempt);
        told.push(tell(value));
        return value;
      } catch (error) {
        if (attempt >= ATTEMPTS) throw error;
      }
    }
  };
  return { told, journal: { repeatable } as unknown as Journal };
}

const refusal = Object.assign(new Error('Acme Corp may not publish'), {
  name: 'AuthorizationErrorException',
  $fault: 'client',
});
const silence = Object.assign(new Error('Acme Corp timed out'), { name: 'TimeoutError' });
const broken = Object.assign(new Error('oops'), { name: 'InternalErrorException', $fault: 'server' });

test.each([
  ['an answer', undefined, 'delivered', true, 'notified: a subject'],
  ['a refusal', refusal, 'failed', false, 'nobody was notified: denied (AuthorizationErrorException)'],
  [
    'no answer',
    silence,
    'unknown',
    false,
    'it is unknown whether anybody was notified: no answer came (TimeoutError)',
  ],
  [
    'a fault of SNS',
    broken,
    'unknown',
    false,
    'it is unknown whether anybody was notified: the service failed (InternalErrorException)',
  ],
])(
  '%s is recorded as a field, and in words that quote nothing',
  async (_what, error, delivery, done, tell) => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { told, journal: of } = journal();
    const notify = error ? () => Promise.reject(error) : () => Promise.resolve();
    expect(
      await notifyPeople({ journal: of, notify }, 'notify:sre', 'arn', {
        event: 'failed',
        subject: 'a subject',
        body: '',
      }),
    ).toBe(done);
    expect(told).toMatchObject([{ tell, detail: { delivery, subject: 'a subject' } }]);
  },
);
