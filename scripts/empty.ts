import { DeleteObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { plural } from '../lambdas/domain/words.ts';
import { readConfig } from '../lib/config.ts';
import { settingsAt } from '../lib/function-settings.ts';
import { runCommand } from './command/run-command.ts';
import { readWords, WordsError } from './command/words.ts';

const HELP = `npm run empty -- --responder <file>      empties the buckets of a stack that is thrown away

  --responder <file>    the deployment's configuration as JSON; its "keepData" must be false
  --help                prints this

Run it before "npx cdk destroy", which deletes no bucket with anything in it. It deletes every version of every object,
and what it deletes cannot be brought back.`;

/** @returns how many versions and marks of deletions it has deleted */
async function emptied(s3: S3Client, Bucket: string): Promise<number> {
  for (let count = 0; ;) {
    // What is deleted is not listed again.
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const all = [...Versions, ...DeleteMarkers];
    if (all.length === 0) return count;
    for (const { Key, VersionId } of all) await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    count += all.length;
  }
}

await runCommand({
  help: HELP,
  failed: 'the buckets could not be emptied',
  async main(args) {
    const { values } = readWords(args, {
      command: 'npm run empty',
      options: { responder: { type: 'string' } },
    });
    if (values.responder === undefined)
      throw new WordsError('--responder is missing; wanted the file with the configuration of the stack');
    const config = readConfig(values.responder);
    if (config.keepData)
      throw new Error(
        `"keepData" of ${values.responder} is true: its evidence is kept, and nothing was deleted. Wanted false, as it was deployed`,
      );
    const [s3, sts] = [new S3Client({}), new STSClient({})];
    try {
      const { Account: account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
      const place = { partition: Arn.split(':')[1] ?? 'aws', region: await sts.config.region(), account };
      const { bucket, anchors, queries } = settingsAt(place, config);
      for (const one of [bucket, anchors, ...(queries ? [queries.bucket] : [])])
        process.stdout.write(`${one}: deleted ${plural(await emptied(s3, one), 'version')}\n`);
    } finally {
      s3.destroy();
      sts.destroy();
    }
  },
});
