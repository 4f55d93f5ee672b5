/** The contract between the wire (which speaks AWS) and the services (which only behave). */

/** Where in a VPC a function runs. */
export interface Placement {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** Who calls: found from the access key of the request's signature. */
export interface Principal {
  /**
   * or `…:root` for the account's owner.
   */
  readonly arn: string;
  /** The role or the user whose policies apply; neither for root, who may do everything. */
  readonly roleName?: string;
  readonly userName?: string;
  /** The key of root or a user, or of a session that one of them assumed: the signature of every call is verified. */
  readonly verified?: true;
  /** A session policy (JSON) given to AssumeRole: the caller may do only what this allows, too. */
  readonly sessionPolicy?: string;
  /** Tags of the session, for conditions on `aws:PrincipalTag/…`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The VPC from which a function calls, if it runs in one. */
  readonly placement?: Placement;
  /** The worker process behind the call, if it is one of the emulator's. */
  readonly workerPid?: number;
}

/** IAM, as the wire and the services use it: may this principal do that? */
export interface Authorizer {
  check(
    principal: Principal,
    action: string,
    resource: string,
    context?: Readonly<Record<string, string>>,
  ): {
    readonly allowed: boolean;
    readonly reason: string;
    /** What is missing is the use of a key. */
    readonly key?: { readonly action: string; readonly resource: string };
  };
}

export interface Call {
  readonly requestId: string;
  readonly principal: Principal;
  /** The moment at which the request arrived, by the clock. */
  readonly now: Date;
}

/**
 * One emulated operation. `input` and the result have the shapes of the SDK's `…CommandInput`/`…CommandOutput`
 * (no `$metadata`). What is not emulated is not listed, and is answered with `UnknownOperationException`.
 */
export interface Operation<I = never, O = unknown> {
  /** IAM action, e.g. `glue:StartJobRun`; a function where it depends on the input. */
  readonly action: string | ((input: I) => string);
  /** ARNs that the caller must be allowed to use; `*` when the operation has no resource. */
  resource(input: I): string | readonly string[];
  /** Further permissions that the caller needs, when the service acts in its name. */
  also?(input: I): readonly { readonly action: string; readonly resource: string }[];
  /** Condition keys of this call for policies, e.g. `cloudwatch:namespace`. */
  conditions?(input: I): Readonly<Record<string, string>>;
  handle(input: I, call: Call): O | Promise<O>;
}

export interface ServiceDefinition {
  /** The name in the signature's credential scope: `monitoring` for CloudWatch, `states`… */
  readonly signingName: string;
  /** Loads the SDK package whose schemas describe the wire, and names its client class. */
  readonly sdk: () => Promise<Record<string, unknown>>;
  readonly clientClass: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** Declares an operation with its SDK types; the wire does not need the types. */
export const operation = <I, O>(op: Operation<I, O>): Operation => op;

/** An error that the wire sends as AWS would: `code` is the exception's name. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  /** HTTP status; by default the one of the SDK's own error schema, else 400. */
  readonly status: number | undefined;

  constructor(code: string, message: string, status?: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
