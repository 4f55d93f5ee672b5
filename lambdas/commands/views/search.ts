import { search } from '../../record/desk.ts';
import type { ViewCall } from './view.ts';

/** One letter would find everything. */
const SHORTEST = 2;

export async function searchView({ pool, id: words }: ViewCall) {
  const asked = words.trim();
  return { words: asked, found: asked.length < SHORTEST ? [] : await search(pool, asked) };
}
