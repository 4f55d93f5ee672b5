import type { Settings } from '../../lambdas/platform/settings.ts';

/** What `AWS::Region` and the like stand for in a place. */
export const pseudoOf = ({
  partition,
  region,
  account,
}: Pick<Settings, 'partition' | 'region' | 'account'>): Readonly<Record<string, string>> => ({
  'AWS::Partition': partition,
  'AWS::Region': region,
  'AWS::AccountId': account,
  'AWS::URLSuffix': 'amazonaws.com',
});

/** Where the sandbox is. */
export const PSEUDO = pseudoOf({ partition: 'aws', region: 'us-east-1', account: '012345678901' });
