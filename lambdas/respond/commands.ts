import { approveCommand, refuseCommand } from './commands/approval.ts';
import { ack, incident, resolve } from './commands/incidents.ts';
import { limits } from './commands/limits.ts';
import { list } from './commands/list.ts';
import { pause, reset, resume, trust } from './commands/orders.ts';
import { postmortem, signPostmortemCommand } from './commands/postmortem.ts';
import { run } from './commands/run.ts';
import { shadow } from './commands/shadow.ts';
import { catchUp, skipped } from './commands/skipped.ts';
import { undo } from './commands/undo.ts';
import { whoami } from './commands/whoami.ts';
import { why } from './commands/why.ts';
import type { CommandDefinition } from './definition.ts';

/** What people may say to the responder, by name, in the order in which they are shown. */
export const commands: Readonly<Record<string, CommandDefinition>> = {
  whoami,
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
  skipped,
  'catch-up': catchUp,
  run,
  undo,
  shadow,
  trust,
  reset,
  postmortem,
  'sign-postmortem': signPostmortemCommand,
};
