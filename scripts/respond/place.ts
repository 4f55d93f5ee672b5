/** Where the responder is asked, and which STS says who asks. */
export interface Place {
  readonly url: URL;
  readonly region: string;
  readonly partition: string;
}

const WHERE = `the stack's output RespondUrl:
  aws cloudformation describe-stacks --stack-name commercial-ops-responder --query "Stacks[0].Outputs[?OutputKey=='RespondUrl'].OutputValue" --output text`;

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * The Region is the function's, for only its own STS counts there; where its host does not say it (the sandbox's
 * does not), it is the environment's.
 * @throws what is missing, and where to find it
 */
export function readPlace(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Place {
  const text = given ?? env['RESPONDER_URL'];
  if (text === undefined || text === '')
    throw new Error(`the address of the responder is missing; wanted RESPONDER_URL or --url with ${WHERE}`);
  if (!URL.canParse(text)) throw new Error(`"${text}" is no URL; wanted ${WHERE}`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && !LOOPBACK.has(url.hostname))
    throw new Error(
      `${text} is not https; a command goes in the clear to this machine alone. Wanted ${WHERE}`,
    );
  const region =
    /\.lambda-url\.([a-z0-9-]+)\.on\.aws$/.exec(url.hostname)?.[1] ??
    env['AWS_REGION'] ??
    env['AWS_DEFAULT_REGION'];
  if (region === undefined)
    throw new Error(`the host of ${text} does not name its Region; wanted it in AWS_REGION`);
  return { url, region, partition: partitionOf(region) };
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
