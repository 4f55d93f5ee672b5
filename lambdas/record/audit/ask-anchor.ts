import type { ReadTools } from '../../platform/clients.ts';
import type { Settings } from '../../platform/settings.ts';

/** What the function that anchors takes; nothing: the day. */
export type ToAnchor = { readonly chain: string } | { readonly at: string } | Record<string, never>;

/**
 * Asks the one function that may write anchors. It reads the audit itself: the caller decides only when.
 * @throws what it has thrown
 */
export async function askAnchor(
  tools: Pick<ReadTools, 'lambda'>,
  { anchor: FunctionName }: Pick<Settings, 'anchor'>,
  what: ToAnchor,
): Promise<readonly string[]> {
  const lambda = await tools.lambda();
  const { FunctionError, Payload } = await lambda.invoke({ FunctionName, Payload: JSON.stringify(what) });
  const text = Payload?.transformToString() ?? '';
  if (FunctionError === undefined) return (JSON.parse(text) as { keys: string[] }).keys;
  throw new Error(
    `${FunctionName} did not anchor the audit: ${text.slice(0, 1_000)}. Check its log; the sweep tries again`,
  );
}
