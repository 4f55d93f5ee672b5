/** Why a command is not carried out: nothing was done. */
export interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  /** Fault, what was got, what is wanted, the remedy: for whoever asked. */
  readonly refused: string;
  /** Whom STS has named, if it has. */
  readonly arn?: string;
}

export const refusal = (status: number, refused: string, arn?: string): Refusal => ({
  status,
  refused,
  ...(arn !== undefined && { arn }),
});

export const isRefusal = (one: object): one is Refusal => 'refused' in one;
