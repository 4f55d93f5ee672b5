import type { People } from '../domain/people.ts';
import { dayOf, monthBegin, weekBegin, type Day } from '../platform/calendar.ts';
import { firstRow, type Queryable } from '../platform/ledger/queryable.ts';
import { MESSAGE } from './calls.ts';
import { iso } from './episode-status.ts';

/**
 * A day's figures. $1 is its first moment, $2 the first of the next day; all is as of $2, so that a
 * later report says the same. Each gives one row with one column, `answer`. A `lateral` with a limit looks a few rows
 * up, where a join would read a table of all times.
 */

const seconds = (from: string, to: string): string => `extract(epoch from ${to} - ${from})::int`;
const list = (query: string): string =>
  `select coalesce(json_agg(listed), '[]') as answer from (${query}) listed`;
/** Null without values. */
const median = (value: string, where: string): string =>
  `round(percentile_cont(0.5) within group (order by ${value}) filter (where ${where}))::int`;

/**
 * Who ended an episode: a run that carried out a plan, a person's command, people who were called or had acknowledged
 * before the fault was gone, or nobody.
 */
const CLOSED_BY = `case when ep.closed_at < $2 then
  case when closing.run_id is null then 'people' when closing.outcome = 'resolved' then 'machine'
       when ep.acknowledged_at <= ep.closed_at or called.run_id is not null then 'called' else 'itself' end end`;

/** A run of the episode that left its fault to people. */
const CALLED = `
select run_id from responder.run left_to where left_to.incident_id = ep.incident_id and left_to.mode = 'live'
  and left_to.ended_at >= ep.opened_at and left_to.ended_at < ep.closed_at
  and left_to.outcome in ('escalated', 'refused', 'ineffective', 'inconclusive', 'failed') limit 1`;

/** Episodes that were open at any time of the day, without later events. */
const EPISODES = `
select ep.incident_id as incident, ep.episode, i.playbook, i.target_key as target, ep.severity, ep.opened_at,
       case when ep.acknowledged_at < $2 then ep.acknowledged_at end as acknowledged_at,
       case when ep.acknowledged_at < $2 then ep.acknowledged_by end as acknowledged_by,
       case when ep.closed_at < $2 then ep.closed_at end as closed_at, ${CLOSED_BY} as closed_by, ep.opened_by_run
from responder.episode ep
cross join lateral (select playbook, target_key from responder.incident of where of.incident_id = ep.incident_id limit 1) i
left join lateral (select run_id, outcome from responder.run where run.run_id = ep.closed_by_run limit 1) closing on true
left join lateral (${CALLED}) called on true
where ep.opened_at < $2 and (ep.closed_at is null or ep.closed_at >= $1)`;

const INCIDENTS = list(`
select incident, episode, playbook, target, severity, ${iso('opened_at')} as "openedAt", opened_at >= $1 as "openedThatDay",
       ${iso('acknowledged_at')} as "acknowledgedAt", acknowledged_by as "acknowledgedBy",
       ${seconds('opened_at', 'acknowledged_at')} as "secondsToAcknowledge",
       ${iso('closed_at')} as "closedAt", closed_by as "closedBy", ${seconds('opened_at', 'closed_at')} as "secondsToRepair",
       ${seconds('opened_at', '$2::timestamptz')} as "ageSeconds", opened_by_run as run,
       (select request #> '{cause,alarm}' from responder.run where run_id = opened_by_run) as alarm
from (${EPISODES}) e order by severity, opened_at, incident`);

const SEVERITIES = list(`
select severity, count(*) filter (where opened_at >= $1)::int as opened,
       count(*) filter (where opened_at is not null and closed_at is null)::int as open,
       count(*) filter (where closed_at is not null)::int as closed,
       ${median(`extract(epoch from acknowledged_at - opened_at)`, 'acknowledged_at >= $1')} as "medianToAcknowledge",
       ${median(`extract(epoch from closed_at - opened_at)`, 'closed_at is not null')} as "medianToRepair"
from unnest(array['SEV-1', 'SEV-2', 'SEV-3', 'SEV-4']) as severity left join (${EPISODES}) e using (severity)
group by severity order by severity`);

const ENDED = `ended_at >= $1 and ended_at < $2`;

const RUNS = list(`
select playbook, mode, outcome, count(*)::int as count from responder.run where ${ENDED}
group by playbook, mode, outcome order by playbook, mode, outcome`);

/** $1: the day's end. */
const AT_WORK = `
select to_json(count(*)::int) as answer from responder.run
where mode = 'live' and opened_at < $1 and (ended_at is null or ended_at >= $1)`;

/**
 * A plan's money is the most that it would charge, settle or distribute again. Several runs on one
 * target have the same money: the largest of each target counts, once.
 */
const MONEY = list(`
with plan as (
  select playbook, target_key, (effect ->> 'usd')::numeric as usd, outcome = 'resolved' and fence is not null as repaired
  from responder.run where mode = 'live' and ${ENDED} and decision ->> 'kind' = 'act'
), target as (
  select playbook, target_key, max(usd) as at_risk, max(usd) filter (where repaired) as repaired, count(*) as plans,
         count(*) filter (where usd is null) as unforeseen
  from plan group by playbook, target_key
)
select playbook, sum(plans)::int as plans, sum(unforeseen)::int as unforeseen,
       coalesce(sum(at_risk), 0)::numeric(30, 2)::text as "atRisk", coalesce(sum(repaired), 0)::numeric(30, 2)::text as repaired
from target group by playbook order by sum(at_risk) desc nulls last, playbook`);

const REFUSED = list(`
select guard, run.playbook, count(distinct g.run_id)::int as runs,
       (array_agg(g.figures order by g.checked_at desc, g.run_id))[1] as figures,
       (array_agg(g.run_id order by g.checked_at desc, g.run_id))[1] as "lastRun"
from responder.guard g join responder.run using (run_id)
where answer = 'refuse' and mode = 'live' and checked_at >= $1 and checked_at < $2
group by guard, run.playbook order by runs desc, guard, run.playbook`);

const WAITED = `requested_at < $2 and (decided_at is null or decided_at >= $2)`;

const APPROVALS = `
select json_build_object(
  'asked', count(*) filter (where requested_at >= $1 and requested_at < $2),
  'given', count(*) filter (where state = 'approved' and decided_at >= $1 and decided_at < $2),
  'refused', count(*) filter (where state = 'refused' and decided_at >= $1 and decided_at < $2),
  'expired', count(*) filter (where state = 'expired' and decided_at >= $1 and decided_at < $2),
  'void', count(*) filter (where state = 'void' and decided_at >= $1 and decided_at < $2),
  'waiting', coalesce(json_agg(json_build_object('id', approval_id, 'run', run_id, 'playbook', playbook, 'people', people,
                'given', given, 'expiresAt', ${iso('expires_at')}) order by expires_at) filter (where ${WAITED}), '[]')
) as answer
from (select approval.*, run.playbook,
             (select count(*) from responder.approver p where p.approval_id = approval.approval_id and p.at < $2)::int as given
      from responder.approval join responder.run using (run_id)
      where requested_at < $2 and (decided_at is null or decided_at >= $1)) a`;

/** The network may take a minute. */
const LATE = `told_at > due_at + interval '1 minute'`;
/** Without a confirmed subscription nobody was notified. */
const UNTOLD = `(told_at is null or told_at >= $2 or confirmed is not distinct from 0)`;

const NOTIFIED = `
select json_build_object('due', count(*), 'inTime', count(*) filter (where not ${UNTOLD} and not ${LATE}),
  'late', count(*) filter (where not ${UNTOLD} and ${LATE}), 'untold', count(*) filter (where ${UNTOLD}),
  'failings', coalesce(json_agg(json_build_object('incident', incident_id, 'episode', episode, 'message', ${MESSAGE},
      'recipient', recipient, 'dueAt', ${iso('due_at')}, 'toldAt', case when not ${UNTOLD} then ${iso('told_at')} end,
      'tries', tries, 'why', why)
    order by due_at, incident_id, kind, severity, level, batch, recipient) filter (where ${UNTOLD} or ${LATE}), '[]')) as answer
from responder.told where due_at >= $1 and due_at < $2`;

interface Notified {
  readonly due: number;
  readonly inTime: number;
  readonly late: number;
  readonly untold: number;
}

/** Of those that were due then. */
export async function notificationsBetween(on: Queryable, from: string, until: string): Promise<Notified> {
  const row = await firstRow<{ answer: Notified }>(on, NOTIFIED, [from, until]);
  if (!row) throw new Error('the ledger gave no row for the notifications; wanted one');
  return row.answer;
}

/** The last level was called, and its time ran out on that day. $3: the ladders. */
const EXHAUSTED = list(`
select incident_id as incident, episode, told.severity, told.level, ${iso('min(ended.at)')} as at
from responder.told join responder.episode ep using (incident_id, episode)
join json_each($3::json) as ladder(severity, value)
  on told.kind = 'call' and told.severity = ladder.severity and told.level = json_array_length(ladder.value -> 'rungs')
cross join lateral (select coalesce(told_at, due_at) + make_interval(mins => (ladder.value ->> 'acknowledgeMinutes')::int) as at) ended
where coalesce(told_at, due_at) < $2
  and coalesce(told_at, due_at) >= $1::timestamptz
    - make_interval(mins => (select max((value ->> 'acknowledgeMinutes')::int) from json_each($3::json)))
  and ended.at >= $1 and ended.at < $2 and coalesce(ep.closed_at, 'infinity') > ended.at
  and (coalesce(ep.acknowledged_at, 'infinity') > ended.at or ep.acknowledged_severity > ladder.severity)
group by incident_id, episode, told.severity, told.level order by at, incident_id`);

/** $3: hours until one is due. After an incident of high severity it is due even without a draft. */
const POSTMORTEMS = list(`
select ep.incident_id as incident, ep.episode, ep.severity, ${iso('pm.drafted_at')} as "draftedAt", pm.prefix,
       ${iso('due.at')} as "dueAt", due.at < $2 as overdue
from (select incident_id, episode, drafted_at, prefix from responder.postmortem
      where drafted_at < $2 and (signed_at is null or signed_at >= $2)
      union all
      select incident_id, episode, null, null from responder.episode ended
      where severity in ('SEV-1', 'SEV-2') and closed_at < $2 and closed_at >= $1::timestamptz - interval '14 days'
        and (select 1 from responder.postmortem drafted where drafted.incident_id = ended.incident_id
             and drafted.episode = ended.episode and drafted.drafted_at < $2 limit 1) is null) pm
cross join lateral (select * from responder.episode where (episode.incident_id, episode.episode) = (pm.incident_id, pm.episode) limit 1) ep
cross join lateral (select coalesce(ep.closed_at, pm.drafted_at) + make_interval(hours => $3::int) as at) due
order by due.at, ep.incident_id`);

const SIGNED = `
select to_json(count(*)::int) as answer from responder.postmortem where signed_at >= $1 and signed_at < $2`;

const OPERATIONS = `
select json_build_object('count', coalesce(sum(operations), 0)::int, 'runs', count(*)::int,
                         'uncounted', count(*) filter (where operations is null)::int) as answer
from responder.run where ${ENDED}`;

/** $1, $2: the span. */
const SPAN = `
select json_build_object('opened', (select count(*) from responder.episode where opened_at >= $1 and opened_at < $2),
  'closed', count(*) filter (where closed_at is not null),
  'byMachine', count(*) filter (where closed_by = 'machine'),
  'byPeople', count(*) filter (where closed_by in ('people', 'called')),
  'runs', (select count(*) from responder.run where mode = 'live' and ${ENDED}),
  'resolved', (select count(*) from responder.run where mode = 'live' and outcome = 'resolved' and ${ENDED}),
  'repaired', (select coalesce(sum(usd), 0)::numeric(30, 2)::text from (
     select max((effect ->> 'usd')::numeric) as usd from responder.run
     where mode = 'live' and ${ENDED} and decision ->> 'kind' = 'act' and outcome = 'resolved' and fence is not null
     group by playbook, target_key) target)) as answer
from (${EPISODES}) e`;

/** $1 to $3: dates, and the first moments of each day and of the next. */
const TREND = list(`
select day.date,
  (select json_object_agg(severity, coalesce(count, 0))
   from unnest(array['SEV-1', 'SEV-2', 'SEV-3', 'SEV-4']) s(severity)
   left join (select severity, count(*) from responder.episode where opened_at >= day.begins and opened_at < day.ends
              group by severity) of_day using (severity)) as opened,
  (select ${median('extract(epoch from acknowledged_at - opened_at)', 'true')} from responder.episode
   where acknowledged_at >= day.begins and acknowledged_at < day.ends) as "medianToAcknowledge",
  (select ${median('extract(epoch from closed_at - opened_at)', 'true')} from responder.episode
   where closed_at >= day.begins and closed_at < day.ends) as "medianToRepair",
  (select coalesce(sum(operations), 0)::int from responder.run where ended_at >= day.begins and ended_at < day.ends) as operations
from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as day(date, begins, ends) order by day.date`);

const listOfEpisodes = (changed: string): string => `
  (select coalesce(json_agg(json_build_object('incident', incident_id, 'episode', episode) order by incident_id, episode), '[]')
   from responder.episode where opened_at < $1 and ${changed} >= $1)`;

/** Changes since of episodes that were open at the day's end, $1. */
const SINCE = `
select json_build_object('closedSince', ${listOfEpisodes('closed_at')}, 'acknowledgedSince', ${listOfEpisodes('acknowledged_at')}) as answer`;

export interface DayAsked {
  readonly day: Day;
  /** Days to compare with, including itself. */
  readonly trend: readonly Day[];
  readonly ladders: People['ladders'];
  readonly postmortemHours: number;
}

/** As in the ledger: the caller checks the shape. */
export async function figuresOfDay(on: Queryable, { day, trend, ladders, postmortemHours }: DayAsked) {
  const answer = async (question: string, values: readonly unknown[]): Promise<unknown> =>
    (await firstRow<{ answer: unknown }>(on, question, values))?.answer;
  const { from, until } = day;
  const since = (date: string): string => dayOf(date, day.zone).from;
  const of = (question: string, ...more: unknown[]) => answer(question, [from, until, ...more]);
  const [dates, begins, ends] = [
    trend.map((one) => one.date),
    trend.map((one) => one.from),
    trend.map((one) => one.until),
  ];
  return {
    incidents: await of(INCIDENTS),
    severities: await of(SEVERITIES),
    runs: await of(RUNS),
    atWork: await answer(AT_WORK, [until]),
    money: await of(MONEY),
    refused: await of(REFUSED),
    approvals: await of(APPROVALS),
    told: await notificationsBetween(on, from, until),
    exhausted: await of(EXHAUSTED, JSON.stringify(ladders)),
    postmortems: { signed: await of(SIGNED), unsigned: await of(POSTMORTEMS, postmortemHours) },
    operations: await of(OPERATIONS),
    trend: await answer(TREND, [dates, begins, ends]),
    toDate: {
      week: await answer(SPAN, [since(weekBegin(day.date)), until]),
      month: await answer(SPAN, [since(monthBegin(day.date)), until]),
    },
    since: await answer(SINCE, [until]),
  };
}
