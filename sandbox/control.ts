import type { ServerResponse } from 'node:http';
import * as z from 'zod';
import { CRASH_POINTS, crashAt, type CrashPointName } from './control-crash.ts';
import { MOMENTS, type Moment, type MomentName } from './control-moments.ts';
import { stateOf } from './control-state.ts';
import { faultNamed } from './faults/all.ts';
import type { Sandbox } from './sandbox.ts';
import { settle } from './scenario.ts';
import type { ControlRoutes } from '../emulator/wire/server.ts';

/** A week: nothing that the responder waits for takes longer. */
const MOST_MINUTES = 10_080;
/** As long as a run may take, with its hour of waiting for the ledger. */
const DEFAULT_LIMIT_MINUTES = 150;

const names = <T extends string>(table: Record<T, unknown>) => Object.keys(table) as [T, ...T[]];
const minutes = z.number().positive().max(MOST_MINUTES);

const FaultBody = z.strictObject({ name: z.string() });
const AdvanceBody = z
  .strictObject({
    minutes: minutes.optional(),
    until: z.enum(names<MomentName>(MOMENTS)).optional(),
    limitMinutes: minutes.default(DEFAULT_LIMIT_MINUTES),
  })
  .refine((body) => (body.minutes === undefined) !== (body.until === undefined), {
    error: 'wanted either minutes or until',
  });
const CrashBody = z.strictObject({ at: z.enum(names<CrashPointName>(CRASH_POINTS)) });

interface Route {
  readonly example?: object;
  readonly handle: (body: unknown) => Promise<object>;
}

/** The request is wrong; the answer says why, with an example of a right one. */
class Mistake extends Error {
  override readonly name = 'Mistake';
}

/** What people and tests do to the world beside AWS's own API: break it, let time pass, look at it. */
export function controlRoutes(sandbox: Sandbox): ControlRoutes {
  const { clock } = sandbox;
  let broken = new Date(0);
  let moving: string | undefined;

  /** Two at once would each jump over what the other waits for. */
  async function alone<T>(what: string, move: () => Promise<T>): Promise<T> {
    if (moving) throw new Mistake(`the clock is being advanced already (${moving}); wait for that to end`);
    moving = what;
    try {
      return await move();
    } finally {
      moving = undefined;
    }
  }

  const routes: Record<string, Route> = {
    'GET /_sandbox/state': { handle: () => stateOf(sandbox) },
    'POST /_sandbox/settle': {
      handle: () =>
        alone('settle', async () => {
          await settle(sandbox);
          return { now: clock.now() };
        }),
    },
    'POST /_sandbox/fault': {
      example: { name: 'not-ingested' },
      async handle(body) {
        const { name } = wanted(FaultBody, body);
        const fault = known(name);
        broken = clock.now();
        await fault.inject(sandbox);
        const { about, kind, runs, actions } = fault;
        return { injected: name, about, kind, runs, actions, now: clock.now() };
      },
    },
    'POST /_sandbox/advance': {
      example: { until: 'runs-ended', limitMinutes: DEFAULT_LIMIT_MINUTES },
      async handle(body) {
        const asked = wanted(AdvanceBody, body);
        return alone(JSON.stringify(asked), async () => {
          const moment: Moment | undefined = asked.until && MOMENTS[asked.until];
          const limit = later(clock.now(), asked.minutes ?? asked.limitMinutes);
          if (!moment) await clock.advanceTo(limit);
          const reached = !moment || (await clock.advanceUntil(() => moment.holds(sandbox, broken), limit));
          return { reached, now: clock.now() };
        });
      },
    },
    'POST /_sandbox/crash': {
      example: { at: 'diagnosing' },
      async handle(body) {
        const { at } = wanted(CrashBody, body);
        crashAt(sandbox, at);
        return { crashesWhen: CRASH_POINTS[at].about };
      },
    },
  };

  return async (req, res, body) => {
    const route = routes[`${req.method} ${req.url}`];
    if (!route) {
      const error = `the sandbox has no ${req.method} ${req.url}`;
      answer(res, 404, { error, routes: Object.keys(routes) });
      return true;
    }
    try {
      answer(res, 200, await route.handle(parsed(body)));
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof Mistake) answer(res, 400, { error: message, example: route.example });
      else answer(res, 500, { error: message });
    }
    return true;
  };
}

const later = (from: Date, more: number): Date => new Date(from.getTime() + more * 60_000);

function known(name: string) {
  try {
    return faultNamed(name);
  } catch (error) {
    throw new Mistake((error as Error).message);
  }
}

function parsed(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Mistake(`the body is not JSON: ${(error as Error).message}`);
  }
}

function wanted<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new Mistake(`the body is not as wanted: ${z.prettifyError(read.error)}`);
}

const answer = (res: ServerResponse, status: number, body: object): unknown =>
  res.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
