/** Why a command is not carried out: nothing was done. */
export interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  /** Fault, what was got, what is wanted, the remedy: for whoever asked. */
  readonly refused: string;
}

export const refusal = (status: number, refused: string): Refusal => ({ status, refused });

export const isRefusal = (one: object): one is Refusal => 'refused' in one;
