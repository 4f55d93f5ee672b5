import { send } from '../../scripts/respond/send.ts';
import { signCommand } from '../../scripts/respond/sign.ts';
import { readPlace } from '../../scripts/respond/place.ts';
import type { PersonName } from '../../sandbox/people.ts';
import type { World } from './world.ts';

export interface Said {
  readonly ok: boolean;
  readonly text: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A person says it, as `npm run respond` would: by the function's URL, signed with the person's own key. */
export async function say(
  { sandbox }: World,
  person: PersonName,
  name: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Said> {
  const env = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: sandbox.endpoint };
  const request = await signCommand(
    { name, input },
    {
      place: readPlace(sandbox.outputs['RespondUrl'], env),
      env,
      at: sandbox.clock.now(),
      credentials: sandbox.services.people.keyOf(person),
    },
  );
  try {
    const answer = JSON.parse(await (await send(request)).text()) as Partial<Said>;
    return { ok: false, text: '', ...answer };
  } catch (error) {
    // Whoever answers dies, too.
    return { ok: false, text: String(error) };
  }
}

/** The same, and where it needs a second person, another one confirms it at once. */
export async function both(
  world: World,
  person: PersonName,
  name: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Said> {
  const said = await say(world, person, name, input);
  const id = said.data?.['order'];
  if (id === undefined) return said;
  return say(world, person === 'sre-two' ? 'sre-one' : 'sre-two', 'confirm', { id });
}
