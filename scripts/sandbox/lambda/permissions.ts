import { AwsError } from '../kernel/service.ts';
import { parseReference, referenceArn } from './functions.ts';

/** A statement of a function's resource policy: which AWS service may invoke it, on whose behalf. */
export interface PermissionSpec {
  readonly functionName: string;
  readonly qualifier?: string;
  /** E.g. `sns.amazonaws.com`. */
  readonly principal: string;
  /** `*` and `?` match as in IAM. */
  readonly sourceArn?: string;
}

/** An AWS service that invokes a function by itself. */
export interface ServiceCaller {
  readonly service: string;
  readonly sourceArn?: string;
}

/** The functions' resource policies. Callers with an identity are judged by IAM, on the wire. */
export class Permissions {
  private readonly statements: (PermissionSpec & { readonly functionArn: string })[] = [];

  add(spec: PermissionSpec): void {
    this.statements.push({ ...spec, functionArn: referenceArn(spec.functionName, spec.qualifier) });
  }

  /** @throws AwsError AccessDeniedException, as the delivering service would get it */
  check(reference: string, qualifier: string | undefined, caller: ServiceCaller): void {
    const functionArn = referenceArn(reference, qualifier);
    const allowed = this.statements.some(
      (statement) =>
        statement.functionArn === functionArn &&
        statement.principal === caller.service &&
        (statement.sourceArn === undefined || matches(statement.sourceArn, caller.sourceArn ?? '')),
    );
    if (allowed) return;
    throw new AwsError(
      'AccessDeniedException',
      `${caller.service} may not invoke ${parseReference(reference, qualifier).name}: no permission of ${functionArn} names it for ${caller.sourceArn ?? 'any source'}; add one (AWS::Lambda::Permission).`,
      403,
    );
  }
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}
