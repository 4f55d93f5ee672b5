/** A role as it is stored; documents are JSON text. */
export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly trust: string;
  readonly policies: readonly { readonly name: string; readonly document: string }[];
  readonly managedPolicyArns: readonly string[];
}

export interface NewRole {
  readonly name: string;
  /** By default the one without a path. */
  readonly arn?: string;
  /** Policy documents, here and below: JSON text or the object. */
  readonly trust: unknown;
  readonly policies?: readonly { readonly name: string; readonly document: unknown }[];
  readonly managedPolicyArns?: readonly string[];
}

/** A user. Their key is kept elsewhere. */
export interface User {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly managedPolicyArns: readonly string[];
}
