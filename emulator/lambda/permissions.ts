import { AwsError } from '../kernel/service.ts';
import { parseReference, referenceArn } from './functions.ts';

/** A statement of a function's resource policy: who may invoke it, for which source, or by its URL. */
export interface PermissionSpec {
  readonly functionName: string;
  readonly qualifier?: string;
  /** E.g. `sns.amazonaws.com`; `*` is everybody. */
  readonly principal: string;
  /** By default `lambda:InvokeFunction`. */
  readonly action?: 'lambda:InvokeFunction' | 'lambda:InvokeFunctionUrl';
  /** `*` and `?` match as in IAM. */
  readonly sourceArn?: string;
  /** Applies only to URLs with that authentication. */
  readonly functionUrlAuthType?: UrlAuthType;
  /** Applies only to calls by the URL. */
  readonly invokedViaFunctionUrl?: boolean;
}

/** The authentication of a function's URL. */
export type UrlAuthType = 'AWS_IAM' | 'NONE';

/** An AWS service that invokes a function. */
export interface ServiceCaller {
  readonly service: string;
  readonly sourceArn?: string;
}

/** The functions' resource policies. Callers of the API with an identity are judged by IAM, on the wire. */
export class Permissions {
  private readonly statements: (PermissionSpec & { readonly functionArn: string })[] = [];

  add(spec: PermissionSpec): void {
    this.statements.push({ ...spec, functionArn: referenceArn(spec.functionName, spec.qualifier) });
  }

  /** All of the function, its versions and aliases. */
  forget(functionName: string): void {
    const kept = this.statements.filter((one) => parseReference(one.functionName).name !== functionName);
    this.statements.splice(0, this.statements.length, ...kept);
  }

  /** @throws AwsError AccessDeniedException, as the delivering service would get it */
  check(reference: string, qualifier: string | undefined, caller: ServiceCaller): void {
    const functionArn = referenceArn(reference, qualifier);
    const allowed = this.statements.some(
      (statement) =>
        statement.functionArn === functionArn &&
        statement.principal === caller.service &&
        isInvoke(statement) &&
        statement.invokedViaFunctionUrl !== true &&
        (statement.sourceArn === undefined || matches(statement.sourceArn, caller.sourceArn ?? '')),
    );
    if (allowed) return;
    throw new AwsError(
      'AccessDeniedException',
      `${caller.service} may not invoke ${parseReference(reference, qualifier).name}: no permission of ${functionArn} names it for ${caller.sourceArn ?? 'any source'}; add one (AWS::Lambda::Permission).`,
      403,
    );
  }

  /**
   * Whether everybody may use the function's URL. Since October 2025 that needs two statements: to
   * use the URL, and to invoke the function by it.
   */
  openToAll(functionName: string): boolean {
    const functionArn = referenceArn(functionName, undefined);
    const own = this.statements.filter((one) => one.functionArn === functionArn && one.principal === '*');
    return (
      own.some(
        ({ action, functionUrlAuthType }) =>
          action === 'lambda:InvokeFunctionUrl' && (functionUrlAuthType ?? 'NONE') === 'NONE',
      ) && own.some(isInvoke)
    );
  }
}

const isInvoke = ({ action = 'lambda:InvokeFunction' }: PermissionSpec): boolean =>
  action === 'lambda:InvokeFunction';

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}
