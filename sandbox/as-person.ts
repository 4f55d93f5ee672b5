import { withFiles } from '../scripts/respond/files.ts';
import { readPlace } from '../scripts/respond/place.ts';
import { giveCommand, type Told } from '../scripts/respond/send.ts';
import { readWords } from '../scripts/respond/words.ts';
import { REGION } from '../emulator/kernel/places.ts';
import type { PersonName } from './people.ts';
import type { Sandbox } from './sandbox.ts';

/** What one of the sandbox's people types after `npm run respond --`, signed with a key of their own and sent to the function's URL. */
export async function asPerson(
  { endpoint, outputs, services }: Sandbox,
  who: PersonName,
  typed: readonly string[],
): Promise<Told> {
  const words = readWords(typed);
  if (words === 'help') throw new TypeError(`"${typed.join(' ')}" is a request for help; wanted a command`);
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: REGION };
  const place = readPlace(outputs['RespondUrl'], env);
  return giveCommand(withFiles(words), { place, env, credentials: services.people.keyOf(who) });
}

/** The lines to type of a message that asks people for their approval. */
export interface Asked {
  readonly approve: readonly string[];
  /** Without a reason. */
  readonly refuse: readonly string[];
}

/** @throws when the message does not show them */
export function askedIn(message: string): Asked {
  const line = (command: string, end: RegExp): string[] => {
    const found = new RegExp(`npm run respond -- (${command} \\S+${end.source})`).exec(message)?.[1];
    if (found === undefined) throw new Error(`the message shows no line to ${command} with: ${message}`);
    return found.split(' ');
  };
  return { approve: line('approve', / --plan \S+/), refuse: line('refuse', /(?= --reason)/) };
}
