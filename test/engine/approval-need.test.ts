import type { ActionDefinition } from '../../lambdas/catalog/actions/definition.ts';
import { approvalNeed, type ApprovalNeed } from '../../lambdas/engine/approval-need.ts';
import type { Decision } from '../../lambdas/domain/decision.ts';
import type { Trust } from '../../lambdas/domain/limits.ts';
import { act } from '../support/decisions.ts';

const action = (name: string, of: Partial<ActionDefinition>) =>
  ({ name, changes: true, undo: { irreversible: 'What was sent stays sent.' }, ...of }) as ActionDefinition;

const playbook = {
  id: 'a-playbook',
  actions: [
    action('send', {}),
    action('send-as-agreed', {}),
    action('pay', { money: true }),
    action('pay-as-agreed', { money: true }),
    action('wait', { changes: false }),
    action('scale', { undo: { by: 'scale-back', why: 'It scales back.', params: (params) => params } }),
  ],
  withoutApproval: { 'send-as-agreed': 'It was agreed.', 'pay-as-agreed': 'It was agreed.' },
};

const NOT_NEEDED: ApprovalNeed = { needed: false };
const one = (why: string): ApprovalNeed => ({ needed: true, why, people: 1 });
const two = (why: string): ApprovalNeed => ({ needed: true, why, people: 2 });
const SENT = "send can't be undone: What was sent stays sent";

test.each<[string, string[], Trust, string | undefined, ApprovalNeed]>([
  ['what can be undone', ['scale'], 'auto', undefined, NOT_NEEDED],
  ['what changes nothing', ['wait'], 'auto', undefined, NOT_NEEDED],
  ['what is argued for', ['send-as-agreed', 'pay-as-agreed'], 'auto', undefined, NOT_NEEDED],
  ['the same while it is rehearsed', ['send-as-agreed'], 'shadow', undefined, NOT_NEEDED],
  ['what nobody argues for', ['send'], 'auto', undefined, one(SENT)],
  ['the same, twice in a plan', ['send', 'send'], 'auto', undefined, one(SENT)],
  ['one of several that nobody argues for', ['scale', 'send'], 'auto', undefined, one(SENT)],
  ['money', ['pay'], 'auto', undefined, two("pay can't be undone: What was sent stays sent")],
  ['money beside', ['send', 'pay-as-agreed'], 'auto', undefined, two(SENT)],
  ['a playbook that asks', ['scale'], 'approve', undefined, one('a-playbook acts only with approval')],
  ['it waits', ['wait'], 'approve', undefined, NOT_NEEDED],
  ['it asks about money', ['pay-as-agreed'], 'approve', undefined, two('a-playbook acts only with approval')],
  ['a decision that asks', ['scale'], 'auto', 'so many at once', one('so many at once')],
  [
    'every reason',
    ['send'],
    'approve',
    'so many at once',
    one(`a-playbook acts only with approval; so many at once; ${SENT}`),
  ],
  ['what it does not know', ['explode'], 'auto', undefined, one('a-playbook does not declare explode')],
])('%s', (_name, planned, trust, asks, wanted) => {
  const decision = act(
    'why',
    planned.map((name) => ({ action: name, params: {} })),
    asks === undefined ? {} : { approval: { why: asks } },
  ) as Decision & { kind: 'act' };
  expect(approvalNeed(playbook, decision, trust)).toEqual(wanted);
});

test('a playbook without arguments asks about all that it cannot undo', () => {
  const { withoutApproval: _none, ...silent } = playbook;
  const decision = act('why', [{ action: 'send-as-agreed', params: {} }]) as Decision & { kind: 'act' };
  expect(approvalNeed(silent, decision, 'auto').needed).toBe(true);
});
