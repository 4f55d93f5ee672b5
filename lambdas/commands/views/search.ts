import { search, SEARCHED } from '../../record/desk.ts';
import type { ViewCall } from './view.ts';

/** One letter would find everything. */
const SHORTEST = 2;

export async function searchView({ pool, id: words }: ViewCall) {
  const asked = words.trim();
  return { words: asked, within: SEARCHED, found: asked.length < SHORTEST ? [] : await search(pool, asked) };
}
