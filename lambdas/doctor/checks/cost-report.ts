import type { S3 } from '@aws-sdk/client-s3';
import { isManifest, placesOf, reportRoot } from '../../catalog/probes/cur-layout.ts';
import type { Settings } from '../../platform/settings.ts';
import { ok, wrong, type CheckOf } from '../check.ts';

type Cur = Settings['estate']['cur'];

const LAYOUTS = ['by-month', 'cur', 'data-export'] as const satisfies readonly Cur['layout'][];

/** Each lists 1,000 keys. A report's root may hold years of files. */
const PAGES = 20;

/** A month in a key, as the layouts write it. */
const MONTH = /(?:\/|BILLING_PERIOD=|billing_period=)(\d{4})-?(\d{2})(?:01-|\/)/;

/** Whether a manifest lies where that layout has those of its month. */
function fits(cur: Cur, layout: Cur['layout'], key: string): boolean {
  const [, year, month] = MONTH.exec(key) ?? [];
  if (year === undefined || month === undefined || !isManifest(key)) return false;
  return placesOf({ ...cur, layout }, `${year}-${month}`).manifests.some((place) => key.startsWith(place));
}

async function manifestsUnder(s3: S3, cur: Cur): Promise<string[]> {
  // The layout may be the mistake: what all of them have in common.
  const Prefix = reportRoot({ ...cur, layout: 'by-month' });
  const found: string[] = [];
  let ContinuationToken: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { Contents = [], NextContinuationToken } = await s3.listObjectsV2({
      Bucket: cur.bucket,
      Prefix,
      ...(ContinuationToken !== undefined && { ContinuationToken }),
    });
    found.push(...Contents.flatMap(({ Key = '' }) => (isManifest(Key) ? [Key] : [])));
    ContinuationToken = NextContinuationToken;
    if (ContinuationToken === undefined) break;
  }
  return found.sort();
}

export const costReport: CheckOf<'account'> = {
  id: 'cost-report',
  asks: 'Does AWS deliver the cost report where the configuration says?',
  needs: 'account',
  async run({ settings, aws }) {
    const { cur } = settings.estate;
    // That the bucket is not there is said of the bucket.
    const found = await manifestsUnder(await aws.s3(), cur).catch((error: Error) => {
      if (error.name === 'NoSuchBucket') return [];
      throw error;
    });
    const ours = found.filter((key) => fits(cur, cur.layout, key));
    if (ours.length > 0)
      return [
        ok(`layout ${cur.layout}: ${ours.length} manifests, such as s3://${cur.bucket}/${ours.at(-1)}`),
      ];
    const other = LAYOUTS.find((layout) => found.some((key) => fits(cur, layout, key)));
    const look = `aws s3 ls --recursive s3://${cur.bucket}/${cur.prefix}`;
    return [
      wrong({
        fault:
          other === undefined
            ? 'There is no manifest of a cost report: no month can be called delivered'
            : `The cost report lies there in the layout ${other}, and is looked for in ${cur.layout}`,
        found: `${found.length} manifests under s3://${cur.bucket}/${reportRoot({ ...cur, layout: 'by-month' })}`,
        wanted: `a manifest of the layout ${cur.layout} under s3://${cur.bucket}/${reportRoot(cur)}`,
        remedy:
          other === undefined
            ? `compare estate.cur (bucket, prefix, name, layout) with ${look}`
            : `"layout": "${other}" under estate.cur`,
      }),
    ];
  },
};
