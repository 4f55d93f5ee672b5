import type { WireAnswer } from '../wire/message.ts';

export const json = (status: number, body: object, headers: Record<string, string> = {}): WireAnswer => ({
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
  body: JSON.stringify(body),
});

/** Jira's answer to a request that it rejects. */
export class JiraRefusal extends Error {
  override readonly name = 'JiraRefusal';
  readonly status: number;
  readonly errors: Readonly<Record<string, string>>;

  /** @param errors by field; the message is about the whole request, and may be empty */
  constructor(status: number, message: string, errors: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  get answer(): WireAnswer {
    return json(this.status, {
      errorMessages: this.message === '' ? [] : [this.message],
      errors: this.errors,
    });
  }
}
