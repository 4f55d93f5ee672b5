import { IDENTITY_CENTER, sameArn, sessionOf, type Commander } from '../domain/people.ts';

/**
 * The listed person behind an ARN from STS. Nobody else counts: federated users and most roles let
 * their caller choose the name, and service and CI roles are no people.
 */
export function personOf(arn: string, commanders: readonly Commander[]): Commander | undefined {
  if (arn.includes('*')) return undefined;
  const known = sameArn(arn);
  const session = sessionOf(known);
  const anySet =
    session && IDENTITY_CENTER.test(session.role)
      ? known.replace(session.role, session.role.replace(/[0-9a-f]{16}$/, '*'))
      : known;
  return commanders.find(({ arns }) => arns.some((listed) => [known, anySet].includes(sameArn(listed))));
}
