import { spawnSync } from 'node:child_process';
import { withKnownNames } from '../../scripts/lint-template/known-names.ts';

test('account and Region take the place of their references, and what is whole is one text', () => {
  const join = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
  const arn = join('arn:', { Ref: 'AWS::Partition' }, ':sns:', { Ref: 'AWS::Region' });
  expect(withKnownNames({ A: arn, B: [join(arn, ':', { Ref: 'AWS::AccountId' })] })).toEqual({
    A: 'arn:aws:sns:us-east-1',
    B: ['arn:aws:sns:us-east-1:012345678901'],
  });
  // What only the deployment knows stays as it is, and so do conditions of IAM and lists with one member.
  const others = {
    Ref: { Ref: 'Topic' },
    Joined: join('a', { 'Fn::GetAtt': ['Topic', 'Name'] }),
    Condition: { StringEquals: { a: ['b'] } },
  };
  expect(withKnownNames(others)).toEqual(others);
});

const found = spawnSync('cfn-lint', ['--version']).status === 0;
const withLint = found ? test : test.skip;
withLint('cfn-lint sees that an environment is too long, with the names in it', () => {
  const lint = (template: unknown) =>
    spawnSync('cfn-lint', ['--regions', 'us-east-1'], { input: JSON.stringify(template), encoding: 'utf8' });
  const long = { 'Fn::Join': ['', ['x'.repeat(4_200), { Ref: 'AWS::Region' }]] };
  const template = {
    Resources: {
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Handler: 'f.handler',
          Runtime: 'nodejs24.x',
          Role: 'arn:aws:iam::012345678901:role/r',
          Code: { S3Bucket: 'bucket', S3Key: 'key' },
          Environment: { Variables: { SETTINGS: long } },
        },
      },
    },
  };
  expect(lint(withKnownNames(template)).stdout).toContain('E3697');
});
