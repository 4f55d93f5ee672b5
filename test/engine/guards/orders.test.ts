import { known } from '../../../lambdas/domain/known.ts';
import { judge } from '../../../lambdas/engine/guards/judge.ts';
import { having } from '../../../emulator/test/support/matching.ts';
import { breaker } from '../../../lambdas/engine/guards/breaker.ts';
import { killSwitch } from '../../../lambdas/engine/guards/kill-switch.ts';
import { offByConfiguration } from '../../../lambdas/platform/settings.ts';
import { order } from '../../../lambdas/engine/guards/order.ts';
import { trust } from '../../../lambdas/engine/guards/trust.ts';
import {
  allows,
  causes,
  facts,
  guardTable,
  lacking,
  limitsWith,
  NOW,
  refuses,
  standing,
} from '../../support/facts.ts';

/** The guards that weigh what people have ordered. */

const UNPROVEN = { ...causes.manual, caller: undefined };
guardTable(order, [
  ['an alarm', facts({ ordered: known(false) }), allows('no command of a proven person is claimed')],
  [
    'a plain invoke, which proves nobody',
    facts({ cause: UNPROVEN }),
    allows('no command of a proven person is claimed'),
  ],
  ['a command on record', facts({ cause: causes.undo }), allows('commanded by sre-one')],
  [
    'a command that nobody gave',
    facts({ cause: causes.manual, ordered: known(false) }),
    refuses('it claims to be commanded by sre-one, and no such command is on record'),
  ],
]);
test('a claimed command that cannot be looked for refuses', () => {
  expect(judge('before-diagnosing', facts({ cause: causes.undo, ordered: lacking }), [order])).toEqual([
    having({ answer: 'refuse', figures: 'could not be evaluated: nobody answers' }),
  ]);
});

const off = (scope: string) => ({ scope, since: NOW, by: 'sre-one', reason: 'a migration' });
guardTable(killSwitch, [
  [
    'whether an incident is over is looked at all the same',
    facts({ cause: causes.recovery, standing: standing({ paused: [off('all')] }) }),
    allows(`everything has been switched off since ${NOW} by sre-one: a migration; this run changes nothing`),
  ],
  [
    'the configuration has switched it off',
    facts({ off: offByConfiguration('cur-freshness', { playbooks: { 'cur-freshness': 'off' } }) }),
    refuses(
      'cur-freshness is off in the configuration: remove "playbooks": {"cur-freshness": "off"}, and deploy',
    ),
  ],
  [
    'the configuration says that it is on',
    facts({ off: offByConfiguration('cur-freshness', { playbooks: { 'cur-freshness': 'on' } }) }),
    allows('neither everything nor cur-freshness is switched off'),
  ],
  ['nothing is off', facts(), allows('neither everything nor cur-freshness is switched off')],
  [
    'everything is off',
    facts({ standing: standing({ paused: [off('all')] }) }),
    refuses(`everything has been switched off since ${NOW} by sre-one: a migration`),
  ],
  [
    'the playbook is off',
    facts({ standing: standing({ paused: [off('cur-freshness')] }) }),
    refuses(`cur-freshness has been switched off since ${NOW} by sre-one: a migration`),
  ],
  [
    'no cause is above it',
    facts({ cause: causes.undo, standing: standing({ paused: [off('all')] }) }),
    refuses(`everything has been switched off since ${NOW} by sre-one: a migration`),
  ],
]);

const shadow = limitsWith({ trust: { initial: 'shadow' } });
const REHEARSED = refuses('the trust level of cur-freshness is "shadow"', { outcome: 'rehearsed' });
guardTable(trust, [
  ['nobody has raised it, and a deployment begins in the shadow', facts({ all: shadow }), REHEARSED],
  ['people took it back', facts({ standing: standing({ trust: 'shadow' }) }), REHEARSED],
  [
    'with approval',
    facts({ all: shadow, standing: standing({ trust: 'approve' }) }),
    allows('the trust level of cur-freshness is "approve"'),
  ],
  [
    'by itself',
    facts({ all: shadow, standing: standing({ trust: 'auto' }) }),
    allows('the trust level of cur-freshness is "auto"'),
  ],
  [
    'a row that nobody has ordered',
    facts({ all: shadow, standing: standing({ trust: 'auto', auditedTrust: undefined }) }),
    REHEARSED,
  ],
  ['a lower order than the row', facts({ standing: standing({ auditedTrust: 'shadow' }) }), REHEARSED],
  ['the deployment trusts it', facts(), allows('the trust level of cur-freshness is "auto"')],
]);

const tried = (inARow: number, open = false) =>
  standing({ inARow, ...(open && { breaker: { since: NOW, why: '3 plans in a row were ineffective' } }) });
const figures = (n: number, of = 3) => `${n} of ${of} plans of cur-freshness in a row did not help`;
guardTable(breaker, [
  ['nothing went wrong', facts(), allows(figures(0))],
  ['one before the limit', facts({ standing: tried(2) }), allows(figures(2))],
  [
    'open',
    facts({ standing: tried(0, true) }),
    refuses(`open since ${NOW}: 3 plans in a row were ineffective; a person resets it`),
  ],
  [
    'at the limit, though its opening was not recorded',
    facts({ standing: tried(3) }),
    refuses(`${figures(3)}; a person resets it`),
  ],
  [
    'at the limit that the playbook has of its own',
    facts({
      standing: tried(1),
      all: limitsWith({ playbooks: { 'cur-freshness': { breakerAfter: 1 } } }),
    }),
    refuses(`${figures(1, 1)}; a person resets it`),
  ],
  [
    'a person may undo what opened it',
    facts({ standing: tried(3, true), cause: causes.undo }),
    allows(`${figures(3)}; a person rolls back what was done`),
  ],
  [
    'a person who asks for a run is refused as well',
    facts({ standing: tried(3), cause: causes.manual }),
    refuses(`${figures(3)}; a person resets it`),
  ],
]);
