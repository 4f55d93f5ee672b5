import { createHash } from 'node:crypto';
import type { Athena } from '@aws-sdk/client-athena';
import { commands } from '../../lambdas/commands/commands.ts';
import { answerInvoked } from '../../lambdas/commands/invoked.ts';
import { createResponder } from '../../lambdas/commands/respond.ts';
import { runProbes } from '../../lambdas/engine/run-probes.ts';
import { createAcknowledge } from '../../lambdas/escalation/acknowledge/acknowledge.ts';
import { answerWith, type HttpAnswer } from '../../lambdas/escalation/acknowledge/page.ts';
import { readManifest, statusOf, writingOf } from '../../lambdas/catalog/probes/cur-layout.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { signToken } from '../../lambdas/notifications/acknowledge-token.ts';
import type { Notification } from '../../lambdas/notifications/notification.ts';
import { SMS_LENGTH } from '../../lambdas/notifications/sms.ts';
import { createNotifier } from '../../lambdas/notifications/notify.ts';
import { awsClients } from '../../lambdas/platform/aws.ts';
import { ConfigError } from '../../lambdas/platform/checked.ts';
import type { ReadTools } from '../../lambdas/platform/clients.ts';
import { classify } from '../../lambdas/platform/error-class.ts';
import type { Ledger } from '../../lambdas/platform/ledger/queryable.ts';
import { readLedger } from '../../lambdas/platform/ledger/read.ts';
import type { Log } from '../../lambdas/platform/log.ts';
import { readConfig } from '../../lib/config.ts';
import { SANDBOX_CONFIG } from '../../sandbox/settings-here.ts';
import { ENVELOPES } from '../../test/fixtures/envelopes/envelopes.ts';
import { KINDS, transition } from '../../test/fixtures/envelopes/transitions.ts';
import { CONTEXT, makeDispatcher } from '../../test/intake/dispatcher/boot.ts';
import { exampleSettings } from '../../test/support/settings.ts';
import type { Dice } from './dice.ts';
import { anything, asJson, mutated, NASTY } from './mutate.ts';

/** A way in for what others say. */
export interface Door {
  readonly name: string;
  /**
   * Brings one case to it.
   * @returns how it ended, in one word @throws what must not be
   */
  readonly enter: (dice: Dice) => Promise<string> | string;
}

const NOW = new Date('2026-11-23T14:00:00Z');
const settings = exampleSettings();
const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** @throws unless it holds, with the rule's words */
function must(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(rule);
}

const envelopes: Door = {
  name: 'envelopes',
  async enter(dice) {
    const alarm = transition({ kind: dice.of(KINDS), name: dice.of(['cur-freshness', 'budget-stale', 'x']) });
    const wrapped = Array.from({ length: dice.whole(1, 4) }, () => dice.of(ENVELOPES).wrap(alarm));
    const event = asJson(mutated(dice, wrapped.length === 1 ? wrapped[0] : { Records: wrapped }));
    const world = makeDispatcher();
    // What CloudWatch does not confirm acts on nothing.
    world.readBack = async (claims) => claims.map(() => ({ confirms: 'no', why: 'there is no such alarm' }));
    await world.dispatch(event, CONTEXT);
    must(
      world.runs().every(({ mode }) => mode === 'dry-run' || mode === 'live'),
      'a run of no known mode',
    );
    for (const { subject } of world.told) mailIsSafe(subject);
    return world.runs().length > 0 ? 'started' : world.told.length > 0 ? 'reported' : 'ignored';
  },
};

const manual: Door = {
  name: 'manual payloads',
  async enter(dice) {
    const { id } = dice.of(playbooks);
    const good = { run: id, target: { period: '2026-11' }, mode: 'dry-run', by: 'me', reason: 'to see' };
    const payload = asJson(mutated(dice, dice.of([good, { replay: 'r-1' }, { status: 'r-1' }])));
    let started = 0;
    const answer = await answerInvoked((payload ?? {}) as never, CONTEXT, {
      settings,
      start: (async () => ((started += 1), { started: true })) as never,
      record: { status: async () => undefined, requestOf: async () => undefined },
      against: async () => undefined,
      now: () => NOW,
      log: quiet,
    });
    must(typeof answer.text === 'string' && answer.text !== '', 'an answer without a text');
    must(started === 0 || answer.ok, 'a run was started, and the answer says no');
    return started > 0 ? 'started' : 'refused';
  },
};

/** Counts what is asked of it, and answers what is not wanted. */
function strangeLedger(
  dice: Dice,
  rows: () => readonly object[] = () => [],
): Ledger & { readonly asked: string[] } {
  const asked: string[] = [];
  const query = async <Row extends object>(sql: string) => {
    asked.push(sql);
    return { rows: rows() as Row[], rowCount: dice.whole(0, 3) } as never;
  };
  return { asked, query, connect: async () => ({ query, release: () => undefined }) };
}

const isRead = (sql: string): boolean =>
  /^\s*(select|with|begin|set|commit|rollback|show)\b/i.test(sql) && !/\b(insert|update|delete)\b/i.test(sql);

const commandDoor: Door = {
  name: 'commands',
  async enter(dice) {
    const command = {
      name: dice.of(Object.keys(commands)),
      input: { run: 'x', reason: 'to see', id: 'A-1' },
    };
    const proof = {
      authorization:
        'AWS4-HMAC-SHA256 Credential=AK/20261123/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00',
    };
    const body = JSON.stringify(asJson(mutated(dice, { command, proof })));
    const event = asJson(
      mutated(dice, {
        body,
        isBase64Encoded: false,
        requestContext: {
          http: { method: 'POST', sourceIp: '192.0.2.1' },
          authorizer: { iam: { userArn: 'arn:aws:iam::012345678901:user/sre-one' } },
        },
      }),
    );
    const ledger = strangeLedger(dice);
    let done = 0;
    const respond = createResponder({
      commands,
      settings,
      pool: () => ledger,
      tools: {} as ReadTools,
      start: (async () => (done += 1)) as never,
      notify: async () => void (done += 1),
      // Nobody listens there.
      sts: new URL('http://127.0.0.1:9/'),
      now: () => NOW,
      log: quiet,
    });
    const answer = (await respond(event)) as { statusCode?: number; ok?: boolean; headers?: object };
    must(done === 0, 'a command was carried out of somebody who has proven nothing');
    must(
      answer.ok !== true && (answer.statusCode ?? 400) >= 400,
      'somebody who has proven nothing was answered yes',
    );
    const wrote = ledger.asked.filter((sql) => !isRead(sql) && !/responder\.audit\b/.test(sql));
    must(wrote.length === 0, `the ledger was written to: ${wrote[0]}`);
    headersAreSafe(answer.headers ?? {});
    return String(answer.statusCode ?? 'answered');
  },
};

const KEY = 'k'.repeat(40);
const links: Door = {
  name: 'links',
  async enter(dice) {
    const link = {
      incident: 'INC-cur-freshness-1',
      episode: 1,
      recipient: 'sre' as const,
      expires: 2_000_000_000,
    };
    const good = signToken(link, KEY);
    const changed = mutated(dice, good);
    const token = dice.chance(0.4) || typeof changed !== 'string' ? good : changed;
    const method = dice.of(['GET', 'HEAD', 'POST', 'PUT']);
    const query = `t=${dice.chance(0.5) ? encodeURIComponent(token.toWellFormed()) : token}`;
    const http = { method, sourceIp: dice.of(['192.0.2.1', ...NASTY]) };
    const request = { rawPath: '/', rawQueryString: query, body: query, requestContext: { http } };
    const event = dice.chance(0.5) ? request : asJson(mutated(dice, request));
    const ledger = strangeLedger(dice, () => [dice.chance(0.3) ? strange(dice, SEEN) : hostile(dice, SEEN)]);
    const answer = await createAcknowledge({
      settings,
      pool: () => ledger,
      key: async () => KEY,
      calling: { wake: async () => undefined },
      anchor: async () => undefined,
      now: () => NOW,
      log: quiet,
    })(event);
    pageIsSafe(answer);
    const isGood = token === good;
    must(isGood || ledger.asked.length === 0, 'a link that is not ours reached the ledger');
    const wrote = ledger.asked.filter((sql) => !isRead(sql));
    must(
      wrote.length === 0 || (isGood && method === 'POST'),
      `a page that was only opened wrote: ${wrote[0]}`,
    );
    return String(answer.statusCode);
  },
};

/** What the record gives for an incident, with the page's columns for a use of the link. */
const SEEN = {
  incident: 'INC-cur-freshness-1',
  number: 1,
  episode: 1,
  playbook: 'cur-freshness',
  target: { period: '2026-11' },
  severity: 'SEV-2',
  severitySince: '2026-11-23T13:00:00.000Z',
  openedAt: '2026-11-23T13:00:00.000Z',
  acknowledged: null,
  closed: null,
  jira: null,
  calls: [],
  outcome: 'escalated',
  why: 'a reason',
  run: 'a-run',
  told: ['sre'],
};

/** Every column of any type. */
const strange = (dice: Dice, row: object): object =>
  Object.fromEntries(Object.keys(row).map((name) => [name, anything(dice, 1)]));
/** Of the right types; its texts are not meant well. */
const hostile = (dice: Dice, row: object): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'string' && !/At|Since|severity$/.test(name) && dice.chance(0.4)
        ? dice.of(NASTY)
        : value,
    ]),
  );

const pages: Door = {
  name: 'pages',
  enter(dice) {
    const text = (): string => dice.of(NASTY);
    pageIsSafe(
      answerWith({
        status: 200,
        title: text(),
        says: [text(), text()],
        facts: [[text(), text()]],
        steps: [[text(), text()]],
        button: { text: text(), token: text() },
      }),
    );
    return 'printed';
  },
};

/** Every element and attribute that our pages have; whatever else stands there came from outside. */
const ALLOWED =
  /<!doctype html>|<\/?(html|head|title|style|body|main|h1|p|dl|dt|dd|form|button|ul|li|code|label)( (lang|class|method|action|for)="[\w./-]*")*>|<(meta|input)( required| [\w-]+="[^"<>]*")* \/>/g;

function pageIsSafe({ body, headers }: HttpAnswer): void {
  const left = body.replace(/<style>.*?<\/style>/s, '').replaceAll(ALLOWED, '');
  const strange = /<[^>]{0,80}/.exec(left)?.[0];
  must(strange === undefined, `a page holds markup from outside: ${strange}`);
  must(!/(?![\t\n\r])\p{Cc}/u.test(body), 'a page holds control characters');
  headersAreSafe(headers);
}

const headersAreSafe = (headers: object): void =>
  must(
    Object.entries(headers).every(
      ([name, value]) => /^[\w-]+$/.test(name) && !/[\r\n\0]/.test(String(value)),
    ),
    'a header holds a line break',
  );

const mailIsSafe = (subject: string | undefined): void =>
  must(subject !== undefined && subject.length > 0, 'a message without a subject');

const configuration: Door = {
  name: 'configuration',
  enter(dice) {
    const value = mutated(dice, SANDBOX_CONFIG);
    try {
      readConfig(dice.chance(0.5) ? value : `{${JSON.stringify(value)?.slice(1) ?? ''}`);
      return 'accepted';
    } catch (error) {
      must(error instanceof ConfigError, `a wrong configuration ends with ${String(error)}`);
      return 'refused';
    }
  },
};

const manifests: Door = {
  name: 'cost report manifests',
  enter(dice) {
    const layout = dice.of(['by-month', 'cur', 'data-export'] as const);
    const cur = { ...settings.estate.cur, layout };
    const keys = ['p/2026-11/a.parquet', 'p/BILLING_PERIOD=2026-11/b.parquet'];
    const good = {
      assemblyId: 'a',
      reportKeys: keys,
      billingPeriod: { start: '20261101T000000.000Z' },
      executionId: 'e',
      dataFiles: keys.map((key) => `s3://${cur.bucket}/${key}`),
    };
    const changed = mutated(dice, dice.chance(0.5) ? good : JSON.stringify(good));
    const text = typeof changed === 'string' ? changed : (JSON.stringify(changed) ?? '');
    const read = readManifest(text, cur, '2026-11');
    must(
      'unreadable' in read || read.files.every((file) => typeof file === 'string'),
      'a file that is no text',
    );
    const file = { key: 'k', modified: dice.of(['2026-11-01T00:00:00Z', ...NASTY]), size: 1, etag: '' };
    writingOf(
      { manifest: undefined, files: [file], status: statusOf(Buffer.from(text), file.modified) },
      NOW,
    );
    return 'unreadable' in read ? 'refused' : 'read';
  },
};

const targetOf = (dice: Dice): never =>
  ({
    period: '2026-11',
    month: '2026-11',
    tenant: 'TEN-00113',
    function: 'allocation_runner',
    ...(dice.chance(0.3) && { period: dice.of(NASTY) }),
  }) as never;

/** The columns that a statement gives, as far as its text tells them; and some that it does not. */
const columnsOf = (sql: string): string[] => [
  ...new Set([...sql.matchAll(/\bas "?(\w+)"?/gi)].map(([, name]) => name ?? '')),
];

/** All probes of a playbook on a ledger and an AWS that answer something, and are told apart from silence. */
async function probed(dice: Dice, tools: ReadTools): Promise<string> {
  const { probes } = dice.of(playbooks);
  const findings = await runProbes(
    probes,
    'before',
    { target: targetOf(dice), now: NOW, tolerant: true },
    {
      settings,
      tools,
      evidence: { keep: async () => ({ key: 'k', sha256: 'x' }) },
    },
  );
  must(findings.told.length === Object.keys(probes).length, 'a probe has said nothing');
  must(
    findings.told.every(({ tell }) => typeof tell === 'string'),
    'a probe says what is no text',
  );
  return findings.failed.length > 0 ? 'did not answer' : 'answered';
}

const sqlAnswers: Door = {
  name: 'SQL results of wrong types',
  async enter(dice) {
    const row = (sql: string): object =>
      Object.fromEntries(
        columnsOf(sql).map((name) => [
          name,
          dice.chance(0.5) ? anything(dice, 2) : String(dice.whole(0, 99)),
        ]),
      );
    const query = async (sql: string) =>
      ({ rows: Array.from({ length: dice.whole(0, 3) }, () => row(sql)) }) as never;
    const pool = { query, connect: async () => ({ query, release: () => undefined }) };
    const ledger = readLedger((() => pool) as never);
    return probed(dice, { ...strangeClients(dice), ledger, patientLambda: strangeClients(dice).lambda });
  },
};

/** Members of AWS's answers that our probes read, and some more. */
const MEMBERS = [
  'Contents',
  'Key',
  'Size',
  'LastModified',
  'Body',
  'JobRuns',
  'JobRunState',
  'StartedOn',
  'Datapoints',
  'MetricDataResults',
  'Values',
  'Timestamps',
  'events',
  'message',
  'timestamp',
  'Attributes',
  'AutoScalingGroups',
  'Instances',
  'Activities',
  'State',
  'QueryExecution',
  'QueryExecutionId',
  'Status',
  'ResultSet',
  'Rows',
  'Data',
  'VarCharValue',
  'EvaluationResults',
  'EvalDecision',
  'logGroups',
  'Environment',
  'LastUpdateStatus',
  'Messages',
  'Results',
  'MetricAlarms',
  'StateValue',
];

function awsAnswer(dice: Dice, depth = 0): unknown {
  if (depth > 3 || dice.chance(0.25))
    return dice.chance(0.3) ? dice.of(['SUCCEEDED', '7', '2026-11-23T13:00:00Z']) : anything(dice, 2);
  if (dice.chance(0.3)) return Array.from({ length: dice.whole(0, 3) }, () => awsAnswer(dice, depth + 1));
  return Object.fromEntries(
    dice.some(MEMBERS, dice.whole(1, 8)).map((name) => [name, awsAnswer(dice, depth + 1)]),
  );
}

const real = awsClients({ maxAttempts: 1 });
type Clients = ReturnType<typeof awsClients>;

/** The real clients, whose calls end here. */
function clientsThat(answer: (operation: string) => unknown): Clients {
  return Object.fromEntries(
    Object.entries(real).map(([name, make]) => [
      name,
      async () => {
        const client = Object.create(await (make as () => Promise<Athena>)()) as { send: unknown };
        client.send = async (command: object) => answer(command.constructor.name.replace(/Command$/, ''));
        return client;
      },
    ]),
  ) as Clients;
}
const strangeClients = (dice: Dice): Clients =>
  clientsThat((operation) => {
    // A query that does not end is waited for, for two minutes.
    if (operation === 'GetQueryExecution')
      return { QueryExecution: { Status: { State: dice.of(['SUCCEEDED', 'FAILED', 'CANCELLED']) } } };
    const answered = awsAnswer(dice);
    return typeof answered === 'object' && answered !== null ? answered : {};
  });

const awsAnswers: Door = {
  name: 'AWS answers of any shape',
  enter: (dice) => {
    const clients = strangeClients(dice);
    const ledger = {
      looks: {} as never,
      query: async () =>
        ({ rows: [], evidence: { source: 'ledger', query: '', parameters: {}, rows: [] } }) as never,
    };
    return probed(dice, { ...clients, ledger, patientLambda: clients.lambda });
  },
};

type ErrorClass = new (options: { message: string; $metadata: { httpStatusCode: number } }) => Error;
let modelled: ErrorClass[] | undefined;

/** Every error that the clients' models name. */
async function errorsOfAws(): Promise<ErrorClass[]> {
  modelled ??= (
    await Promise.all([
      import('@aws-sdk/client-athena'),
      import('@aws-sdk/client-auto-scaling'),
      import('@aws-sdk/client-cloudwatch'),
      import('@aws-sdk/client-cloudwatch-logs'),
      import('@aws-sdk/client-glue'),
      import('@aws-sdk/client-iam'),
      import('@aws-sdk/client-lambda'),
      import('@aws-sdk/client-s3'),
      import('@aws-sdk/client-secrets-manager'),
      import('@aws-sdk/client-sns'),
      import('@aws-sdk/client-sqs'),
      import('@aws-sdk/client-sts'),
    ])
  ).flatMap((client) =>
    Object.entries(client as Record<string, unknown>).flatMap(([name, value]) =>
      typeof value === 'function' && value.prototype instanceof Error && !name.endsWith('ServiceException')
        ? [value as ErrorClass]
        : [],
    ),
  );
  return modelled;
}

const awsErrors: Door = {
  name: 'AWS errors of every modelled kind',
  async enter(dice) {
    const Kind = dice.of(await errorsOfAws());
    const error = new Kind({
      message: dice.of(NASTY),
      $metadata: { httpStatusCode: dice.of([400, 403, 404, 429, 500, 503]) },
    });
    const { class: kind, words } = classify(error, NOW);
    must(['refused', 'not-now', 'unanswered'].includes(kind), `${error.name} is of no class: ${kind}`);
    // What AWS writes may quote anybody: people get its kind.
    must(words === undefined || !words.includes('<script>'), `${error.name} quotes AWS's own words`);
    const clients = clientsThat(() => {
      throw error;
    });
    const ledger = { looks: {} as never, query: async () => Promise.reject(error) };
    const ended = await probed(dice, { ...clients, ledger, patientLambda: clients.lambda });
    // That something is not there may be an answer.
    const isAnswer = /NotFound|NoSuch|NotExist/.test(error.name);
    must(isAnswer || ended === 'did not answer', `${error.name} counts as an answer`);
    return kind;
  },
};

const messages: Door = {
  name: 'messages',
  async enter(dice) {
    const text = (): string => dice.of(NASTY);
    const message: Notification = {
      event: 'escalated',
      subject: text(),
      body: text(),
      ...(dice.chance(0.8) && {
        incident: {
          id: 'INC-1',
          severity: 'SEV-2' as const,
          title: text(),
          about: text(),
          says: text(),
          resources: [text()],
        },
      }),
      ...(dice.chance(0.5) && { asks: { what: text(), by: NOW.toISOString(), commands: [text()] } }),
    };
    let sent: { Subject?: string; Message?: string } = {};
    const sns = { publish: async (input: typeof sent) => void (sent = input) };
    await createNotifier(async () => sns as never)('arn:aws:sns:us-east-1:012345678901:t', message);
    const { Subject = '', Message = '' } = sent;
    must(/^[ -~]{1,99}$/.test(Subject), `a mail's subject is ${JSON.stringify(Subject)}`);
    must(Buffer.byteLength(Message) <= 256 * 1024, 'a message is larger than SNS takes');
    const { default: mail = '', sms = '' } = JSON.parse(Message) as { default?: string; sms?: string };
    must(mail !== '' && !/(?![\t\n])\p{Cc}/u.test(mail), 'a mail holds control characters');
    must(/^[ -~\n]+$/.test(sms) && sms.length <= SMS_LENGTH, `an SMS is ${JSON.stringify(sms)}`);
    return 'sent';
  },
};

export const DOORS: readonly Door[] = [
  envelopes,
  manual,
  commandDoor,
  links,
  pages,
  configuration,
  manifests,
  sqlAnswers,
  awsAnswers,
  awsErrors,
  messages,
];

/** Of a door's case its own number, so that one can be repeated alone. */
export const seedOf = (seed: number, door: string, index: number): number =>
  createHash('sha256').update(`${seed} ${door} ${index}`).digest().readUInt32BE();
