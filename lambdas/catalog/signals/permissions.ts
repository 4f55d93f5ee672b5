import { withKeys } from '../../platform/encryption.ts';
import type { IamStatement } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { signals } from './registry.ts';

/** Publishing is the stack's own grant. */
export const signalsPermissions = (settings: Settings): readonly IamStatement[] =>
  withKeys(
    signals.flatMap(({ permissions }) => permissions(settings)),
    settings,
  );
