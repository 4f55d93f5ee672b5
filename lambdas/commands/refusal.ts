/** Why a command is not carried out: nothing was done. */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  /** The fault, the value got, the value wanted, the remedy. */
  readonly refused: string;
  /** According to STS. */
  readonly arn?: string;
}

export const refusal = (status: number, refused: string, arn?: string): Refusal => ({
  status,
  refused,
  ...(arn !== undefined && { arn }),
});

export const isRefusal = (one: object): one is Refusal => 'refused' in one;
