import type { IamStatement } from '../permissions.ts';
import type { Settings } from '../settings.ts';
import { signals } from './registry.ts';

/** What measuring all signals needs; publishing is the stack's own grant. */
export const signalsPermissions = (settings: Settings): readonly IamStatement[] =>
  signals.flatMap(({ permissions }) => permissions(settings));
