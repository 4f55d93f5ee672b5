import type { Ledger } from '../platform/ledger/queryable.ts';
import { oneLine, printable } from '../domain/foreign-text.ts';
import { checked } from '../platform/checked.ts';
import type { Log } from '../platform/log.ts';
import type { Start } from '../intake/start/start-run.ts';
import type { Notify } from '../notifications/notify.ts';
import type { ReadTools } from '../platform/clients.ts';
import type { Settings } from '../platform/settings.ts';
import { withFullIds } from './full-ids.ts';
import { isRefusal, refusal, type Refusal } from './refusal.ts';
import { auditRefusal } from '../record/orders.ts';
import { provenCaller, type CallerNeeds, type ProvenPerson } from './caller.ts';
import type { Caller } from '../domain/run-request.ts';
import { claimCommand, recordAnswer, type FirstTime } from '../record/commands.ts';
import { askAnchor } from '../record/audit/ask-anchor.ts';
import { EVERYBODY, type Answer, type CommandCall, type CommandDefinition } from './definition.ts';
import { isUrlEvent, readRequest, type Command, type Sent } from './request.ts';

export interface ResponderNeeds extends CallerNeeds {
  readonly commands: Readonly<Record<string, CommandDefinition>>;
  readonly settings: Settings;
  readonly pool: () => Ledger;
  readonly tools: ReadTools;
  readonly start: Start;
  readonly notify: Notify;
  readonly now: () => Date;
  readonly log: Log;
}

/** With its nonce and its time. */
type GivenCommand = Command & { readonly nonce: string; readonly at: string };

/** How far a command's time may differ from ours: as far as a signature's. */
const FRESH_MS = 5 * 60_000;

/** By the function's URL with an HTTP status, a plain invoke with the answer alone. */
export function createResponder(needs: ResponderNeeds) {
  return async (event: unknown): Promise<unknown> => {
    const outcome = await respond(event, needs);
    const { status, ...said } = isRefusal(outcome) ? told(outcome) : { status: undefined, ...outcome };
    const answer = { ...said, text: printable(said.text) };
    if (!isUrlEvent(event)) return answer;
    return {
      statusCode: status ?? (answer.ok ? 200 : 422),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(answer),
    };
  };
}

const told = ({ status, refused }: Refusal): Answer => ({ status, ok: false, text: refused });

async function respond(event: unknown, needs: ResponderNeeds): Promise<Answer | Refusal> {
  const sent = readRequest(event);
  if (isRefusal(sent)) return sent;
  const { command } = sent;
  const definition = Object.hasOwn(needs.commands, command.name) ? needs.commands[command.name] : undefined;
  if (!definition) return unknownCommand(command.name, needs.commands);
  const input = checked(definition.schema.strict(), command.input);
  if ('mistakes' in input) return wrongInput(command.name, definition, input.mistakes);
  const person = await admitted(sent, definition, needs);
  if (isRefusal(person)) return person;
  const given = complete(command, needs.now());
  if (isRefusal(given)) return given;
  const whole = await withFullIds(input.data, definition, { pool: needs.pool(), now: needs.now() }).catch(
    // A ledger that does not answer refuses the command itself, in its own words.
    () => ({ input: input.data }),
  );
  if (isRefusal(whole)) return whole;
  const call = callOf(whole.input, person, needs);
  return definition.looksOnly
    ? carriedOut(given.name, definition, call)
    : once(given, definition, call, needs);
}

const callOf = (
  input: unknown,
  { caller, may }: ProvenPerson,
  { settings, pool, tools, start, notify, now, log }: ResponderNeeds,
): CommandCall => ({ input, caller, may, settings, pool: pool(), tools, start, notify, now: now(), log });

/**
 * The listed person who sent it, if they may give this command. The right to invoke the function
 * proves nothing: AWS's permissions let services in, too. Every refusal is audited.
 */
async function admitted(
  sent: Sent,
  definition: CommandDefinition,
  needs: ResponderNeeds,
): Promise<ProvenPerson | Refusal> {
  const found = sent.userArn === undefined ? plainInvoke(sent.command) : await provenCaller(sent, needs);
  const person = isRefusal(found) ? found : allowed(found, sent.command.name, definition);
  if (!isRefusal(person) || person.status !== 403) return person;
  const { log, pool, now } = needs;
  const about = { command: sent.command.name, arn: person.arn, says: sent.userArn };
  log.warn('a command was refused', { ...about, refused: person.refused });
  await auditRefusal(pool(), { ...about, at: now() }).catch((error: unknown) =>
    log.error('a refusal could not be audited', { ...about, error }),
  );
  return person;
}

function allowed(
  person: ProvenPerson,
  name: string,
  { may: wanted }: CommandDefinition,
): ProvenPerson | Refusal {
  if (wanted.some((verb) => person.may.includes(verb))) return person;
  const { arn, person: who } = person.caller;
  return refusal(
    403,
    `${who} may ${person.may.join(', ')}; ${name} needs ${wanted.join(' or ')}. Nothing was done; ask somebody who may, or the owner of people.commanders in the configuration.`,
    arn,
  );
}

/** Claims the nonce, and only then carries the command out. */
async function once(
  given: GivenCommand,
  definition: CommandDefinition,
  call: CommandCall,
  needs: ResponderNeeds,
): Promise<Answer | Refusal> {
  const { caller } = call;
  let first: FirstTime<Answer> | undefined;
  try {
    first = await claimCommand(call.pool, given, caller, call.now);
  } catch (error) {
    needs.log.error('a command could not be recorded', { command: given.name, error });
    const why = error instanceof Error ? error.message : String(error);
    return refusal(
      503,
      `the ledger does not take the command (${why}): nothing was done. Send it again later.`,
    );
  }
  if (first) return replayed(first, caller);
  const answer = await carriedOut(given.name, definition, call);
  await recordAnswer(call.pool, given.nonce, answer, call.now).catch((error: unknown) =>
    needs.log.error('an answer could not be recorded', { nonce: given.nonce, answer, error }),
  );
  if (definition.may !== EVERYBODY)
    await askAnchor(call.tools, call.settings, { at: call.now.toISOString() }).catch((error: unknown) =>
      needs.log.warn('an order could not be anchored; the day’s anchor does it', {
        nonce: given.nonce,
        error,
      }),
    );
  return answer;
}

async function carriedOut(name: string, definition: CommandDefinition, call: CommandCall): Promise<Answer> {
  try {
    return await definition.answer(call as never);
  } catch (error) {
    call.log.error('a command failed', { command: name, caller: call.caller, error });
    const why = error instanceof Error ? error.message : String(error);
    const text = `${name} failed: ${why}. It may have done a part: check before you send it again.`;
    return { status: 500, ok: false, text };
  }
}

function complete(command: Command, now: Date): GivenCommand | Refusal {
  const { nonce, at } = command;
  if (nonce === undefined || at === undefined) {
    const lacking = nonce === undefined ? 'nonce (a UUID made for it)' : 'at (the time)';
    return refusal(400, `the command has no ${lacking}: nothing was done. Send it with \`npm run respond\`.`);
  }
  if (Math.abs(Date.parse(at) - now.getTime()) > FRESH_MS) {
    return refusal(
      403,
      `the command is of ${at}, and here it is ${now.toISOString()}; wanted at most 5 minutes between. Nothing was done; set the clock right, and send it again.`,
    );
  }
  return { ...command, nonce, at };
}

function unknownCommand(name: string, commands: ResponderNeeds['commands']): Refusal {
  const list = Object.values(commands).map(({ usage, about }) => `  ${usage.padEnd(48)} ${about}`);
  return refusal(
    400,
    [`there is no command "${oneLine(name, 100)}"; nothing was done. There are`, ...list].join('\n'),
  );
}

const wrongInput = (name: string, { usage }: CommandDefinition, mistakes: string): Refusal =>
  refusal(
    400,
    `${name} got a wrong input; nothing was done.\n${mistakes}\nUsage: npm run respond -- ${usage}`,
  );

/** The same command for `npm run respond`. */
function plainInvoke({ name, input }: Command): Refusal {
  const options = Object.entries(input).map(
    ([key, value]) => `--${key} ${shellWord(typeof value === 'string' ? value : JSON.stringify(value))}`,
  );
  const line = oneLine(['npm run respond --', name, ...options].join(' '));
  return refusal(
    403,
    `${name} must know who asks, and a plain invoke does not prove it: nothing was done. Send it through the function's URL: ${line}`,
  );
}

/** One word for the shell that the line is pasted into. */
const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The first answer is for the first sender only: a replay of another's command learns nothing. */
function replayed({ caller, at, answer }: FirstTime<Answer>, { arn }: Caller): Refusal {
  const came =
    caller === arn
      ? `at ${at.toISOString()}, and ${answer ? `was answered: ${answer.text}` : 'has no answer yet'}`
      : 'from somebody else';
  return refusal(
    409,
    `this command came before, ${came}\nNothing was done again. To repeat it, sign it again.`,
  );
}
