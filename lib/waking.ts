import { arnOf } from '../lambdas/platform/iam.ts';
import { namesOf } from './names.ts';
import { type Common } from './responder-function.ts';

/** Permission to wake escalations, and nothing else. */
export const waking = (settings: Common['settings']) =>
  ({
    actions: ['lambda:SendDurableExecutionCallbackSuccess'],
    resources: [arnOf(settings, 'lambda', `function:${namesOf(settings.prefix).functions.escalation}:*`)],
  }) as const;
