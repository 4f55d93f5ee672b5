import { REGION } from '../emulator/kernel/places.ts';
import type { Persons } from '../lambdas/desk/persons.ts';
import { serveDesk, type OpenDesk } from '../scripts/desk/serve.ts';
import { readPlace } from '../scripts/respond/place.ts';
import { giveCommand } from '../scripts/respond/send.ts';
import { deskRoom } from './desk-room.ts';
import { PEOPLE_NAMES } from './people.ts';
import type { Sandbox } from './sandbox.ts';

/** The desk on this world: the person is chosen at its top, and signs with a key of their own. */
export function openDesk(sandbox: Sandbox, port?: number): Promise<OpenDesk> {
  const { endpoint, outputs, services, clock } = sandbox;
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: REGION };
  const place = readPlace(outputs['RespondUrl'], env);
  const persons: Persons = {
    choices: PEOPLE_NAMES,
    give: (command, as) =>
      giveCommand(command, {
        place,
        env,
        credentials: services.people.keyOf(PEOPLE_NAMES.find((name) => name === as) ?? 'sre-one'),
        clock: () => clock.now().getTime(),
      }),
  };
  return serveDesk({ persons, more: deskRoom(sandbox) }, port);
}
