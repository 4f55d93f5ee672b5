import { randomBytes } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import type { Collection, Store } from '../kernel/store.ts';
import type { IssueFields } from './create-issue.ts';

export interface KeptComment {
  readonly id: string;
  readonly created: string;
  /** A document in the Atlassian format. */
  readonly body: unknown;
}

export interface KeptIssue {
  readonly id: string;
  readonly key: string;
  readonly created: string;
  readonly fields: IssueFields;
  readonly comments: readonly KeptComment[];
}

interface Account {
  readonly email: string;
  readonly token: string;
}

const PROJECT = 'OPS';
const ACCOUNT = 'only';

/** A Jira Cloud site with one project and one account, as far as the responder uses it. */
export class Jira {
  readonly issues: Collection<KeptIssue>;
  readonly projects: readonly string[] = [PROJECT];
  readonly issueTypes: readonly string[] = ['Incident', 'Task'];
  /** Seconds of the clock after which the search finds a new issue. */
  indexLagSeconds = 5;
  private readonly accounts: Collection<Account>;
  private readonly clock: Clock;

  constructor({ store, clock }: { store: Pick<Store, 'collection'>; clock: Clock }) {
    this.issues = store.collection<KeptIssue>('jira.issue');
    this.accounts = store.collection<Account>('jira.account');
    this.clock = clock;
  }

  /** The one account that may use it; its token is generated once. */
  async account(): Promise<Account> {
    return this.accounts.get(ACCOUNT) ?? this.rotate();
  }

  /** Replaces the token, as if the old one had expired. */
  async rotate(): Promise<Account> {
    const account = { email: 'responder@example.com', token: randomBytes(24).toString('base64url') };
    await this.accounts.put(ACCOUNT, account);
    return account;
  }

  async create(fields: IssueFields): Promise<KeptIssue> {
    const number = this.issues.all().length + 1;
    const issue: KeptIssue = {
      id: String(10_000 + number),
      key: `${fields.project.key}-${number}`,
      created: this.clock.now().toISOString(),
      fields,
      comments: [],
    };
    await this.issues.put(issue.key, issue);
    return issue;
  }

  async comment({ key }: KeptIssue, body: unknown): Promise<KeptComment> {
    // Reads the issue again: two callers may comment at the same time.
    const issue = this.issues.get(key);
    if (!issue) throw new TypeError(`there is no issue ${key}`);
    const id = String(20_000 + this.issues.all().reduce((sum, { comments }) => sum + comments.length, 1));
    const comment = { id, created: this.clock.now().toISOString(), body };
    await this.issues.put(key, { ...issue, comments: [...issue.comments, comment] });
    return comment;
  }

  /** The issues that the search finds already. */
  indexed(): KeptIssue[] {
    const until = this.clock.now().getTime() - this.indexLagSeconds * 1000;
    return this.issues.all().filter(({ created }) => Date.parse(created) <= until);
  }
}
