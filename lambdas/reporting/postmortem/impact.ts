import { duration, exactMoment, list } from '../../domain/words.ts';
import { auditKey } from '../../record/audit-keys.ts';
import type { Figure, Part } from './document.ts';
import type { Gathered } from '../../record/gathered.ts';
import { fact, type Source, type Sources } from './source.ts';
import { triggerOf } from './summary.ts';

/** The impact in figures. What customers noticed only people know. */
export function impactOf(gathered: Gathered, sources: Sources): Part[] {
  const { effect, durations } = gathered;
  const { plans, rows, usd, tenants, proven } = effect;
  const { record } = sources;
  const figures: Figure[] = [...times(gathered, sources)];
  if (plans > 0) {
    const all = proven.plans === plans;
    const most = all ? '' : ', at most';
    const did = all ? 'were' : 'would be';
    const how = all
      ? `carried out by ${plans === 1 ? 'the plan' : `the ${plans} plans`}, and proven`
      : `foreseen for ${plans === 1 ? 'the plan' : `the ${plans} plans`} that began, at most; of it ${proven.rows} rows and ${proven.usd} USD proven`;
    figures.push(
      figure(`Rows${most}`, String(rows), rows, 'rows', `${rows} rows ${did} changed, as ${how}`, record),
      figure(
        `USD${most}`,
        usd,
        usd,
        'USD',
        `${usd} USD ${did} charged, settled or distributed again, as ${how}`,
        record,
      ),
      figure(
        `Tenants${most}`,
        String(tenants.length),
        tenants.length,
        'tenants',
        `the figures of ${tenants.length} tenants ${did} changed, as ${how}${tenants.length > 0 ? `: ${named(tenants)}` : ''}`,
        record,
      ),
    );
  }
  const parts: Part[] = [{ kind: 'figures', figures }];
  if (plans === 0)
    parts.push({
      kind: 'facts',
      facts: [fact('No plan of the machine was begun, so it changed nothing', record)],
    });
  if (durations.toAcknowledge === null)
    parts.push({ kind: 'facts', facts: [fact('Nobody has acknowledged the incident', record)] });
  return parts;
}

/** Further ids are in the record. */
const MOST_NAMED = 20;
const named = (tenants: readonly string[]): string =>
  tenants.length <= MOST_NAMED
    ? list(tenants)
    : `${tenants.slice(0, MOST_NAMED).join(', ')} and ${tenants.length - MOST_NAMED} others, in record.json`;

function times(gathered: Gathered, sources: Sources): Figure[] {
  const { durations, openedAt, closedAt, acknowledgedAt, acknowledgedBy, severity, episode } = gathered;
  const { record } = sources;
  const resolved = sources.audit(auditKey.resolved(episode));
  const opened = sources.audit(auditKey.opened(episode));
  const figures: Figure[] = [];
  const { fault, firstAlarmAt, toAcknowledge, toFirstAction, toResolve } = durations;
  const trigger = triggerOf(gathered);
  if (trigger?.fault) {
    const { began } = trigger.fault;
    const since = (moment: string): number => Math.round((Date.parse(moment) - Date.parse(began)) / 1_000);
    figures.push(
      seconds(
        'Fault of the business',
        since(closedAt),
        `by what the alarm ${trigger.alarm} measured, it began at ${exactMoment(began)} and stood until ${exactMoment(closedAt)}`,
        record,
        resolved,
      ),
      seconds(
        'Time to detect',
        since(trigger.changedAt),
        `the fault began at ${exactMoment(began)}, and the alarm went off at ${exactMoment(trigger.changedAt)}`,
        record,
      ),
    );
  }
  if (fault !== null && firstAlarmAt !== null)
    figures.push(
      seconds(
        'Duration',
        fault,
        `the alarm stood from ${exactMoment(firstAlarmAt)} to ${exactMoment(closedAt)}`,
        resolved,
        record,
      ),
    );
  if (toAcknowledge !== null && acknowledgedAt !== null)
    figures.push(
      seconds(
        'Time to acknowledge',
        toAcknowledge,
        `opened at ${exactMoment(openedAt)} and acknowledged at ${exactMoment(acknowledgedAt)} by ${acknowledgedBy ?? ''}`,
        sources.audit(auditKey.acknowledged(episode, severity)),
        opened,
      ),
    );
  if (toFirstAction !== null)
    figures.push(
      seconds(
        'Time to first action',
        toFirstAction,
        `from the opening to the first action that was sent`,
        opened,
        record,
      ),
    );
  figures.push(
    seconds(
      'Time to repair',
      toResolve,
      `opened at ${exactMoment(openedAt)} and resolved at ${exactMoment(closedAt)}`,
      opened,
      resolved,
    ),
  );
  return figures;
}

const seconds = (label: string, value: number, text: string, ...sources: [Source, ...Source[]]): Figure =>
  figure(label, duration(value), value, 's', text, ...sources);

const figure = (
  label: string,
  value: string,
  amount: number | string,
  unit: string,
  text: string,
  ...sources: [Source, ...Source[]]
): Figure => ({ label, value, figure: String(amount), unit, fact: fact(text, ...sources) });
