import type { S3 } from '@aws-sdk/client-s3';
import type { ReadTools } from '../../platform/clients.ts';
import { objectAddress } from '../../platform/console.ts';
import type { Settings } from '../../platform/settings.ts';

/** `ops/reports/<date>/` of the record bucket, which keeps every version. */
export interface ReportStore {
  /** The seal of what people got; undefined when nothing was sent. */
  told(date: string): Promise<string | undefined>;
  /** Nothing was ever reported. */
  isEmpty(): Promise<boolean>;
  /** @returns its address, for a browser */
  keepPage(date: string, html: string): Promise<string>;
  /** Of its figures, for programs. */
  keepFigures(date: string, files: { readonly json: string; readonly csv: string }): Promise<void>;
  keepText(date: string, text: string, seal: string): Promise<void>;
}

const PREFIX = 'ops/reports/';
/** The page that people are sent the address of. */
export const reportPageKey = (date: string): string => `${PREFIX}${date}/report.html`;

const MOST_SHOWN = 31;

/** The days with a report among the last month, newest first. */
export async function newestReports(s3: S3, bucket: string, now: Date): Promise<string[]> {
  const from = new Date(now.getTime() - (MOST_SHOWN + 1) * 86_400_000).toISOString().slice(0, 10);
  const { Contents = [] } = await s3.listObjectsV2({
    Bucket: bucket,
    Prefix: PREFIX,
    StartAfter: `${PREFIX}${from}`,
  });
  const days = Contents.flatMap(({ Key = '' }) => /(\d{4}-\d\d-\d\d)\/report\.html$/.exec(Key)?.[1] ?? []);
  return days.reverse().slice(0, MOST_SHOWN);
}

const SEAL = 'figures-sha256';

export function createReportStore(
  { s3 }: Pick<ReadTools, 's3'>,
  settings: Pick<Settings, 'partition' | 'region' | 'bucket'>,
): ReportStore {
  const { bucket } = settings;
  const keyOf = (date: string, name: string): string => `${PREFIX}${date}/${name}`;
  const put = async (Key: string, Body: string, more: object): Promise<void> => {
    await (await s3()).putObject({ Bucket: bucket, Key, Body, ...more });
  };
  const list = async (prefix: string): Promise<boolean> => {
    const { Contents = [] } = await (
      await s3()
    ).listObjectsV2({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 });
    return Contents.length > 0;
  };

  return {
    async told(date) {
      const key = keyOf(date, 'report.txt');
      if (!(await list(key))) return undefined;
      const { Metadata } = await (await s3()).headObject({ Bucket: bucket, Key: key });
      // Put there by hand: the day is known, these figures are not.
      return Metadata?.[SEAL] ?? '';
    },
    isEmpty: async () => !(await list(PREFIX)),
    async keepPage(date, html) {
      const key = reportPageKey(date);
      await put(key, html, { ContentType: 'text/html; charset=utf-8' });
      return objectAddress(settings, key);
    },
    async keepFigures(date, { json, csv }) {
      await put(keyOf(date, 'report.json'), json, { ContentType: 'application/json' });
      await put(keyOf(date, 'incidents.csv'), csv, { ContentType: 'text/csv; charset=utf-8' });
    },
    keepText: (date, text, seal) =>
      put(keyOf(date, 'report.txt'), text, {
        ContentType: 'text/plain; charset=utf-8',
        Metadata: { [SEAL]: seal },
      }),
  };
}
