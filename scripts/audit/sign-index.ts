import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { namesOf } from '../../lib/names.ts';

/**
 * Has the function that anchors sign what the index of an export comes to.
 * @param prefix of the instance
 * @throws what it has answered instead, with what is wanted
 */
export async function signIndex(
  index: { readonly files: number; readonly root: string },
  prefix: string,
): Promise<string> {
  const lambda = new LambdaClient({});
  try {
    const FunctionName = namesOf(prefix).functions.anchor;
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify({ export: index }) }),
    );
    const text = Payload?.transformToString() ?? '';
    const { note } = (FunctionError === undefined ? JSON.parse(text) : {}) as { note?: string };
    if (note !== undefined) return note;
    throw new Error(
      `${FunctionName} did not sign the export: ${text.slice(0, 1_000)}; see its log, and export again`,
    );
  } finally {
    lambda.destroy();
  }
}
