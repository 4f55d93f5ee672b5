import type { NormalizedSchema } from '@smithy/core/schema';

/** One operation, as the SDK's package describes it. */
export interface OperationSchema {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  readonly required: readonly string[];
  readonly http: { readonly method: string; readonly uri: string; readonly status: number } | undefined;
}
