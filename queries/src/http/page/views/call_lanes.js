// Turns one interaction into lanes of spans: what the caller went through, the queues, every attempt by its states; and the
// links from who handed the call over to who got it. It draws nothing and asks nothing.

import { ms } from '../api.js';
import { words } from '../format.js';

/** The kinds of spans with their names, for the legend. */
export const KINDS = [
  { kind: 'ivr', name: 'IVR' },
  { kind: 'queue', name: 'Waiting' },
  { kind: 'ring', name: 'Ringing or dialling' },
  { kind: 'talk', name: 'Talking' },
  { kind: 'hold', name: 'On hold' },
  { kind: 'consult', name: 'Consulting' },
  { kind: 'conference', name: 'In conference' },
  { kind: 'wrap', name: 'After-call work' },
];

const NAMES = Object.fromEntries(KINDS.map((k) => [k.kind, k.name]));

/** Lanes, links and the time they span. */
export function lanesOf(call) {
  const attempts = call.attempts.map(withTimes).sort((a, b) => a.first - b.first || a.ordinal - b.ordinal);
  const passages = call.passages.map((p) => ({ ...p, from: ms(p.started), to: ms(p.ended) }));
  const queues = queueLanes(passages);
  const shown = attempts.filter((a) => !['QUEUE', 'ROUTINGPOINT'].includes(a.resource_type) || queues.length === 0);
  const lanes = [...queues, ...shown.map(attemptLane)].sort((a, b) => a.spans[0].from - b.spans[0].from);
  const caller = callerLane(call, attempts, passages);
  const all = [caller, ...lanes];
  const spans = all.flatMap((lane) => lane.spans);
  const from = Math.min(ms(call.started), ...spans.map((s) => s.from));
  const to = Math.max(ms(call.ended), ...spans.map((s) => s.to));
  return { lanes: all, links: links(all, attempts, passages), from, to };
}

function withTimes(attempt) {
  const states = attempt.states
    .map((s) => ({ ...s, from: ms(s.started), to: ms(s.ended) }))
    .sort((a, b) => a.from - b.from);
  const [from, to] = [ms(attempt.started), ms(attempt.ended)];
  return { ...attempt, states, from, to, first: states[0]?.from ?? from };
}

function queueLanes(passages) {
  const names = [...new Set(passages.map((p) => p.queue ?? 'unknown queue'))];
  return names.map((name) => {
    const own = passages.filter((p) => (p.queue ?? 'unknown queue') === name);
    const spans = own.map((p) => ({
      kind: 'queue',
      name: 'Waiting',
      from: p.from,
      to: p.to,
      more: [['ended', result(p)]],
      data: { passage: p.passage_id },
    }));
    return { id: `q:${name}`, name, more: 'Queue', spans };
  });
}

function attemptLane(attempt) {
  const spans = attempt.states.length > 0 ? attempt.states.map((s) => stateSpan(attempt, s)) : [wholeSpan(attempt)];
  const lead = leadSpan(attempt);
  const name = attempt.resource ?? attempt.dn ?? 'unknown';
  const dn = attempt.dn && attempt.dn !== name ? attempt.dn : null;
  const type = attempt.agent ? null : words(attempt.resource_type);
  const more = [type, words(attempt.role), dn ? `DN ${dn}` : null].filter(Boolean).join(', ');
  return { id: attempt.attempt_id, name, more, agent: attempt.agent, spans: lead ? [lead, ...spans] : spans };
}

function kindOfState({ state, state_descriptor: part }) {
  if (state === 'HOLD') return 'hold';
  if (state === 'WRAP') return 'wrap';
  if (state === 'ALERT' || state === 'INITIATE') return 'ring';
  if (part === 'CONSULT') return 'consult';
  return part === 'CONFERENCE' ? 'conference' : 'talk';
}

const PART = { CONSULT: ', consult', CONFERENCE: ', conference', POSTTRANSFER: ', after the transfer' };

function stateSpan(attempt, s) {
  const isIvr = attempt.resource_type === 'IVRPORT';
  const kind = isIvr && s.state === 'CONNECT' ? 'ivr' : kindOfState(s);
  const base = s.state === 'ALERT' ? 'Ringing' : s.state === 'INITIATE' ? 'Dialling' : NAMES[kind];
  const name = kind === 'consult' || kind === 'conference' ? base : `${base}${PART[s.state_descriptor] ?? ''}`;
  return {
    kind,
    name,
    short: base,
    from: s.from,
    to: s.to,
    more: [
      ['role', words(attempt.role)],
      ['result', result(attempt)],
    ],
    state: s,
  };
}

function wholeSpan(attempt) {
  const kind = { IVRPORT: 'ivr', QUEUE: 'queue', ROUTINGPOINT: 'queue' }[attempt.resource_type] ?? 'talk';
  return { kind, name: NAMES[kind], from: attempt.from, to: attempt.to, more: [['result', result(attempt)]] };
}

/** Time on a routing point before the attempt, where no queue tells of it. */
function leadSpan(attempt) {
  if (attempt.passage_id || attempt.states.length === 0 || attempt.first - attempt.from < 1) return null;
  return {
    kind: 'queue',
    name: 'Routing',
    from: attempt.from,
    to: attempt.first,
    more: [['at', attempt.last_routing_point ?? 'unknown']],
  };
}

/** Result and reason in words. */
export function result(row) {
  return [words(row.result), words(row.reason)].filter((t) => t && t !== '\u2013').join(', ') || 'Unspecified';
}

const RANK = ['conference', 'talk', 'hold', 'ring', 'queue', 'ivr'];

/** What the caller went through: at each moment the strongest of what was going on in the caller's own call. */
function callerLane(call, attempts, passages) {
  const own = attempts.filter((a) => a.role !== 'INITIATEDCONSULT');
  const pieces = [
    ...own
      .flatMap((a) => attemptLane(a).spans)
      .filter((s) => RANK.includes(s.kind) && s.state?.state_descriptor !== 'CONSULT'),
    ...passages.map((p) => ({ kind: 'queue', from: p.from, to: p.to })),
  ];
  const [from, to] = [ms(call.started), ms(call.ended)];
  const outbound = call.interaction_type === 'OUTBOUND';
  const name = (outbound ? call.target_address : call.source_address) ?? 'unknown number';
  return {
    id: 'caller',
    name,
    more: outbound ? 'Customer, called' : 'Caller',
    spans: merged(pieces, from, to),
    low: true,
  };
}

function merged(pieces, from, to) {
  const cuts = [...new Set([from, to, ...pieces.flatMap((p) => [p.from, p.to])])]
    .filter((t) => t >= from && t <= to)
    .sort((a, b) => a - b);
  const found = [];
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const here = pieces.filter((p) => p.from <= cuts[i] && p.to >= cuts[i + 1]);
    const kind = RANK.find((k) => here.some((p) => p.kind === k)) ?? 'idle';
    if (found.at(-1)?.kind === kind) found.at(-1).to = cuts[i + 1];
    else found.push({ kind, name: NAMES[kind] ?? 'Between', from: cuts[i], to: cuts[i + 1] });
  }
  return found;
}

/** From a queue to whom it distributed, and from who handed over to who got it. */
function links(lanes, attempts, passages) {
  const index = new Map(lanes.map((lane, i) => [lane.id, i]));
  const first = new Map(attempts.map((a) => [a.attempt_id, a.first]));
  const link = (fromId, toId, at, name) =>
    index.has(fromId) && index.has(toId) ? [{ from: [index.get(fromId), at], to: [index.get(toId), at], name }] : [];
  return [
    ...passages.flatMap((p) => link(`q:${p.queue ?? 'unknown queue'}`, p.target_attempt_id, p.to, 'distributed')),
    ...attempts
      .filter((a) => a.received_from_attempt_id && !a.passage_id)
      .flatMap((a) => link(a.received_from_attempt_id, a.attempt_id, first.get(a.attempt_id), 'handed over')),
  ];
}
