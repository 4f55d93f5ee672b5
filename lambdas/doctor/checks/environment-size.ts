import { ok, wrong, type CheckOf, type PlannedResource } from '../check.ts';

/** Lambda's quota for all variables of a function together. It cannot be raised. */
const MOST_BYTES = 4_096;

export const environmentSize: CheckOf<'plan'> = {
  id: 'environment-size',
  asks: "Do the functions' environments fit?",
  needs: 'plan',
  run({ planned: { resources } }) {
    const sizes = resources
      .filter(({ type }) => type === 'AWS::Lambda::Function')
      .map((fn) => ({
        name: (fn.properties['FunctionName'] as string | undefined) ?? fn.logicalId,
        bytes: bytesOf(fn),
      }))
      .sort((a, b) => b.bytes - a.bytes);
    const [largest] = sizes;
    const over = sizes.filter(({ bytes }) => bytes > MOST_BYTES);
    if (!largest || over.length === 0)
      return [ok(`at most ${largest?.bytes ?? 0} of ${MOST_BYTES} bytes (${largest?.name})`)];
    return [
      wrong({
        fault: `Lambda refuses the environment of ${over.length} functions`,
        found: over.map(({ name, bytes }) => `${name}: ${bytes} bytes`).join(', '),
        wanted: `at most ${MOST_BYTES} bytes each`,
        remedy: 'shorten the names under "ledger" in the configuration: host, database, logins, resourceId',
      }),
    ];
  },
};

/** As Lambda measures it: the map as JSON. */
function bytesOf({ properties }: PlannedResource): number {
  const { Variables = {} } = (properties['Environment'] ?? {}) as { Variables?: Record<string, string> };
  return Buffer.byteLength(JSON.stringify(Variables));
}
