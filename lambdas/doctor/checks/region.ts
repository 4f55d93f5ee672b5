import { ok, unknown, wrong, type CheckOf } from '../check.ts';

/** Without function URLs: Lambda's guide, "Creating and managing Lambda function URLs". */
const WITHOUT_URLS = new Set([
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'mx-central-1',
]);

/** A name that no function has. */
const NOBODY = 'responder-doctor-asks-whether-there-are-durable-functions';

/** Runs are durable functions, and people command by a function URL. */
export const region: CheckOf<'account'> = {
  id: 'region',
  asks: 'Has the Region what the stack is made of?',
  needs: 'account',
  async run({ settings: { partition, region: here }, planned: { resources }, aws }) {
    const hasUrls = resources.some(({ type }) => type === 'AWS::Lambda::Url');
    const elsewhere = 'deploy into another Region, e.g. AWS_REGION=eu-central-1 or us-east-1';
    if (partition !== 'aws')
      return [
        wrong({
          fault: 'Only the commercial partition has all that the stack needs',
          found: `partition ${partition}`,
          wanted: 'partition aws: others have no durable functions, or no function URLs',
          remedy: 'deploy into an account of the commercial partition',
        }),
      ];
    if (hasUrls && WITHOUT_URLS.has(here))
      return [
        wrong({
          fault: `The Region ${here} has no function URLs, by which people command the responder`,
          found: `Region ${here}`,
          wanted: 'a Region with durable functions and function URLs',
          remedy: elsewhere,
        }),
      ];
    const lambda = await aws.lambda();
    try {
      await lambda.listDurableExecutionsByFunction({ FunctionName: NOBODY });
    } catch (error) {
      // The Region knows the operation, and only then looks for the function.
      if ((error as Error).name === 'ResourceNotFoundException')
        return [ok(`${here} answers for durable functions, and has function URLs`)];
      return [
        unknown(
          `Lambda in ${here} answered ${(error as Error).name} to a question about durable functions`,
          `look for "Lambda durable functions" in "AWS Capabilities by Region"; if ${here} has none, ${elsewhere}`,
        ),
      ];
    }
    return [ok(`${here} has durable functions and function URLs`)];
  },
};
