import type { AwsClients } from './aws.ts';
import { canonicalJson } from './canonical-json.ts';
import { isNamed } from './error-cause.ts';
import { executionNameOf, readProof, signOrder, type Ordered, type Signing } from './order.ts';

/**
 * Starts one durable execution for an order, signed, asynchronously, under a name that makes a repetition a no-op.
 * @param functionArn qualified: durable functions need a qualifier
 * @returns `started` also for a repetition: an asynchronous call cannot tell
 * @throws when the call is not accepted, or somebody else's execution has the name; it may be repeated
 */
export async function startExecution(
  what: Ordered,
  { id, order, functionArn }: { readonly id: string; readonly order: object; readonly functionArn: string },
  clients: Pick<AwsClients, 'lambda'>,
  signing: Signing,
): Promise<'started' | 'already-started'> {
  const lambda = await clients.lambda();
  const name = await executionNameOf(what, id, signing);
  const payload = canonicalJson(await signOrder(what, order, signing));
  try {
    await lambda.invoke({
      FunctionName: functionArn,
      InvocationType: 'Event',
      DurableExecutionName: name,
      Payload: Buffer.from(payload),
    });
    return 'started';
  } catch (error) {
    // Another payload under this name: the same order in other words, if it is ours.
    if (!isNamed(error, 'DurableExecutionAlreadyStartedException')) throw error;
    const fault = await faultOfThere(what, { id, name, functionArn }, clients, signing);
    if (fault === undefined) return 'already-started';
    throw new Error(
      `${id} is not started: an execution of ${functionArn} has its name ${name}, and ${fault}. Stop that execution, ` +
        `find out who may invoke the function, and replace the order key of "${signing.door}"`,
      { cause: error },
    );
  }
}

/** `<function>:<version>/durable-execution/<name>/<id>`: of this function, and of this name. */
function isExecutionOf(arn: string, functionArn: string, name: string): boolean {
  const [version = '', kind, of] = arn.split('/');
  const unqualified = functionArn.slice(0, functionArn.lastIndexOf(':') + 1);
  return version.startsWith(unqualified) && kind === 'durable-execution' && of === name;
}

/** What is wrong with the execution that has the name. Only one that our functions ordered counts as started. */
async function faultOfThere(
  what: Ordered,
  { id, name, functionArn }: { id: string; name: string; functionArn: string },
  clients: Pick<AwsClients, 'lambda'>,
  signing: Signing,
): Promise<string | undefined> {
  const there = await orderThere(what, { id, name, functionArn }, clients, signing);
  if (there === undefined) return 'it cannot be found';
  return 'fault' in there ? there.fault : undefined;
}

/** What an execution was ordered to do, by one of our functions; or what is wrong with it. */
type There = { readonly status: string } & ({ readonly order: object } | { readonly fault: string });

/** The execution of an order, by the name that it has; AWS keeps it for as long as the function retains executions. */
export const orderedBefore = async (
  what: Ordered,
  { id, functionArn }: { readonly id: string; readonly functionArn: string },
  clients: Pick<AwsClients, 'lambda'>,
  signing: Signing,
): Promise<There | undefined> =>
  orderThere(what, { id, name: await executionNameOf(what, id, signing), functionArn }, clients, signing);

async function orderThere(
  what: Ordered,
  { id, name, functionArn }: { id: string; name: string; functionArn: string },
  clients: Pick<AwsClients, 'lambda'>,
  { door, keys }: Signing,
): Promise<There | undefined> {
  const lambda = await clients.lambda();
  const { DurableExecutions = [] } = await lambda.listDurableExecutionsByFunction({
    // Of all versions: an earlier deployment may have started it.
    FunctionName: functionArn.slice(0, functionArn.lastIndexOf(':')),
    DurableExecutionName: name,
  });
  const found = DurableExecutions.find((one) => one.DurableExecutionName === name);
  const arn = found?.DurableExecutionArn;
  if (found === undefined || arn === undefined) return undefined;
  const { Status: status = '' } = found;
  if (!isExecutionOf(arn, functionArn, name)) return { status, fault: `its ARN is ${arn}` };
  const { InputPayload = 'null' } = await lambda.getDurableExecution({ DurableExecutionArn: arn });
  const input = JSON.parse(InputPayload) as object;
  // An id of a run is of one door; an episode is called by two.
  const read = await readProof(what, input, keys, (by) =>
    what === 'episode' || by === door ? undefined : `its proof is by the door "${by}"; wanted "${door}"`,
  );
  if ('fault' in read) return { status, fault: read.fault };
  const { run, incident, episode } = input as { run?: string; incident?: string; episode?: number };
  const there = what === 'run' ? run : `${incident}-episode-${episode}`;
  return there === id ? { status, order: input } : { status, fault: `it is of ${there}` };
}
