import { approveCommand, refuseCommand } from './each/approval.ts';
import { ack, incident, resolve } from './each/incidents.ts';
import { explainGap } from './each/explain-gap.ts';
import { limits } from './each/limits.ts';
import { list } from './each/list.ts';
import { confirm, pause, reset, resume, trust } from './each/orders.ts';
import { postmortem, signPostmortemCommand } from './each/postmortem.ts';
import { replay } from './each/replay.ts';
import { retry } from './each/retry.ts';
import { run } from './each/run.ts';
import { status } from './each/status.ts';
import { shadow } from './each/shadow.ts';
import { catchUp, skipped } from './each/skipped.ts';
import { undo } from './each/undo.ts';
import { view } from './each/view.ts';
import { whoami } from './each/whoami.ts';
import { why } from './each/why.ts';
import type { CommandDefinition } from './definition.ts';

/** Commands by name, in the order in which they are shown. */
export const commands: Readonly<Record<string, CommandDefinition>> = {
  whoami,
  view,
  status,
  list,
  why,
  incident,
  ack,
  resolve,
  limits,
  approve: approveCommand,
  refuse: refuseCommand,
  pause,
  resume,
  confirm,
  skipped,
  'catch-up': catchUp,
  run,
  replay,
  retry,
  undo,
  shadow,
  trust,
  reset,
  postmortem,
  'sign-postmortem': signPostmortemCommand,
  'explain-gap': explainGap,
};
