import { forbidden } from './rules/forbidden.ts';
import { limits } from './rules/limits.ts';
import { locks } from './rules/locks.ts';
import { once } from './rules/once.ts';
import { people } from './rules/people.ts';
import { resolved } from './rules/resolved.ts';
import { storyOf, type Observed } from './story.ts';

/** Everything that must never happen and has, in words. */
export async function broken(world: Observed): Promise<string[]> {
  const story = storyOf(world);
  const rules = [once, limits, forbidden, people, locks].flatMap((rule) => rule(story));
  return [...rules, ...(await resolved(story))];
}
