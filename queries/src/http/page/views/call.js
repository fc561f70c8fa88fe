// One call: a timeline of everybody's part in it, and its facts below. Found by the interaction's key or a call's UUID.

import { get, ms } from '../api.js';
import { legend } from '../chart.js';
import { el } from '../dom.js';
import { has, number, seconds, words } from '../format.js';
import { panel, tablePanel } from '../parts.js';
import { href, zone } from '../state.js';
import { DataTable } from '../table.js';
import { clock, exact, moment } from '../time.js';
import { timeline } from '../timeline.js';
import { KINDS, lanesOf, result } from './call_lanes.js';
import { showOpen } from './open_call.js';

export async function show({ root, parts, query, signal }) {
  const id = parts[1];
  if (query.has('open') && (await showOpen(id, { root, signal }))) return;
  const path = /^-?\d+$/.test(id) ? `/interactions/${id}` : `/calls/${encodeURIComponent(id)}`;
  const call = await ended(path, id, { root, signal });
  if (signal.aborted || !call) return;
  const tz = zone();
  root.replaceChildren(
    summary(call, tz),
    picture(call, tz),
    attemptsPanel(call, tz),
    passagesPanel(call, tz),
    userData(call),
    statesPanel(call, tz),
    keys(call),
  );
}

function fact(name, value, measure, is = 'name') {
  return el(
    'div',
    {},
    el('dt', { text: name }),
    el('dd', { text: value, 'data-is': measure ? null : is, data: measure ?? {} }),
  );
}

/** The call, if it has ended; one that goes on is shown as it is now. */
async function ended(path, id, context) {
  try {
    return await get(path, {}, context.signal);
  } catch (error) {
    if (error.status === 404 && (await showOpen(id, context))) return null;
    throw error;
  }
}

/** The attempt that the call ended with: the last to end, other than consultations beside it. */
function lastOf(attempts) {
  const own = attempts.filter((a) => !['INITIATEDCONSULT', 'RECEIVEDCONSULT'].includes(a.role));
  return own.reduce((last, a) => (!last || ms(a.ended) >= ms(last.ended) ? a : last), null) ?? attempts.at(-1) ?? {};
}

function summary(call, tz) {
  const last = lastOf(call.attempts);
  return el(
    'section',
    { class: 'panel', 'aria-label': 'Summary' },
    el(
      'dl',
      { class: 'facts' },
      fact('Type', words(call.interaction_type)),
      fact('From', call.source_address ?? 'unknown'),
      fact('To', call.target_address ?? 'unknown'),
      fact('Began', moment(ms(call.started), tz), null, 'time'),
      fact('Ended', moment(ms(call.ended), tz), null, 'time'),
      fact('Lasted', seconds(call.duration_ms / 1000), { measure: 'call_duration', interaction: call.interaction_id }),
      fact('Ended as', result(last)),
      call.status === 1 ? fact('Note', 'Its end was set by rule') : null,
      call.revision > 0 ? fact('Changed after first loaded', number(call.revision, 'time'), null, 'version') : null,
    ),
  );
}

function picture(call, tz) {
  const { lanes, links, from, to } = lanesOf(call);
  const used = new Set(lanes.flatMap((lane) => lane.spans.map((s) => s.kind)));
  const named = lanes.map((lane) => ({ ...lane, href: lane.agent ? href(['agents', lane.agent]) : null }));
  const margin = Math.max(500, (to - from) * 0.01);
  return panel(
    'Timeline',
    legend(KINDS.filter((k) => used.has(k.kind))),
    timeline({ label: 'The call by party and time', lanes: named, links, from: from - margin, to: to + margin, tz }),
  );
}

const time = (key, label, tz, form = exact) => ({
  key,
  label,
  kind: 'time',
  value: (r) => ms(r[key]),
  cell: (r) => form(ms(r[key]), tz),
  sig: (r) => r[key],
});
/** What makes up a time of an attempt: of the call itself, of transfers, conferences and consultations. */
const TIMES = {
  queue_s: ['mediation_duration'],
  ring_s: ['ring_duration', 'post_cons_xfer_ring_duration', 'conf_join_ring_duration', 'cons_rcv_ring_duration'],
  dial_s: ['dial_duration', 'cons_init_dial_duration'],
  talk_s: ['talk', 'post_cons_xfer_talk', 'conf_init_talk', 'conf_join_talk', 'cons_init_talk', 'cons_rcv_talk'].map(
    timeOf,
  ),
  hold_s: ['hold', 'post_cons_xfer_hold', 'conf_init_hold', 'conf_join_hold', 'cons_init_hold', 'cons_rcv_hold'].map(
    timeOf,
  ),
  acw_s: ['after_call_work', 'customer_acw', 'cons_rcv_acw'].map(timeOf),
  consult_s: ['cons_init_talk', 'cons_rcv_talk'].map(timeOf),
};

function timeOf(name) {
  return `${name}_duration`;
}

const measured = (key, label) => ({
  key,
  label,
  kind: 'seconds',
  measure: `attempt.${key}`,
  value: (r) => TIMES[key].reduce((all, name) => all + Number(r.measures[name] ?? 0), 0),
});

function attemptsPanel(call, tz) {
  const data = new DataTable({
    caption: 'Attempts',
    rows: call.attempts ?? [],
    marks: (r) => ({ attempt: r.attempt_id }),
    columns: [
      {
        key: 'resource',
        label: 'Who',
        value: (r) => r.resource ?? r.dn ?? 'unknown',
        cell: (r) =>
          r.agent ? el('a', { href: href(['agents', r.agent]), text: r.agent }) : (r.resource ?? r.dn ?? 'unknown'),
        sig: (r) => r.attempt_id,
      },
      { key: 'role', label: 'Role', kind: 'code' },
      { key: 'result', label: 'Result', value: result },
      { key: 'queue', label: 'From queue' },
      time('started', 'Began', tz, clock),
      time('ended', 'Ended', tz, clock),
      measured('queue_s', 'Waited'),
      measured('ring_s', 'Ring'),
      measured('dial_s', 'Dial'),
      measured('talk_s', 'Talk'),
      measured('hold_s', 'Hold'),
      measured('acw_s', 'After call'),
      measured('consult_s', 'Consulting'),
      { key: 'dn', label: 'DN' },
      { key: 'agent_match', label: 'Agent is', kind: 'code' },
    ].filter((c) => !c.measure || KEPT.has(c.key) || call.attempts.some((a) => c.value(a) > 0)),
  });
  return tablePanel('Attempts', null, data.node);
}

const KEPT = new Set(['ring_s', 'talk_s', 'hold_s']);

function passagesPanel(call, tz) {
  if (!call.passages.length) return '';
  const data = new DataTable({
    caption: 'Passages through queues',
    rows: call.passages,
    marks: (r) => ({ passage: r.passage_id }),
    columns: [
      {
        key: 'queue',
        label: 'Queue',
        cell: (r) => (r.queue ? el('a', { href: href(['queues', r.queue]), text: r.queue }) : 'unknown'),
        sig: (r) => r.passage_id,
      },
      time('started', 'Entered', tz),
      time('ended', 'Left', tz),
      {
        key: 'duration_ms',
        label: 'Waited',
        kind: 'seconds',
        measure: 'passage_wait',
        value: (r) => Math.floor(ms(r.ended) / 1000) - Math.floor(ms(r.started) / 1000),
      },
      { key: 'result', label: 'Result', value: result },
    ],
  });
  return tablePanel('Queues', null, data.node);
}

/** What was attached to the attempts, each value once with all who had it. */
function userData(call) {
  const found = new Map();
  for (const attempt of call.attempts) {
    for (const [key, value] of Object.entries(attempt.user_data).filter(([, v]) => has(v))) {
      const known = found.get(`${key} ${value}`) ?? { key, value, who: new Set() };
      known.who.add(attempt.resource ?? 'unknown');
      found.set(`${key} ${value}`, known);
    }
  }
  if (found.size === 0) return '';
  const data = new DataTable({
    caption: 'User data',
    rows: [...found.values()],
    columns: [
      { key: 'key', label: 'Key', kind: 'code' },
      { key: 'value', label: 'Value' },
      { key: 'who', label: 'With the attempts of', value: (r) => [...r.who].join(', ') },
    ],
  });
  return tablePanel('User data', null, data.node);
}

function statesPanel(call, tz) {
  const rows = call.attempts
    .flatMap((a) =>
      (a.states ?? []).map((s) => ({ ...s, who: a.resource ?? a.dn ?? 'unknown', attempt_id: a.attempt_id })),
    )
    .sort((a, b) => ms(a.started) - ms(b.started));
  const data = new DataTable({
    caption: 'States of the parties',
    rows,
    tall: true,
    empty: 'No state is known.',
    marks: (r) => ({ attempt: r.attempt_id, began: ms(r.started), state: r.state, part: r.state_descriptor }),
    columns: [
      { key: 'who', label: 'Who' },
      { key: 'state', label: 'State', kind: 'code' },
      { key: 'state_role', label: 'Part', kind: 'code' },
      { key: 'state_descriptor', label: 'In', kind: 'code' },
      time('started', 'From', tz),
      time('ended', 'To', tz),
      {
        key: 'duration_ms',
        label: 'Duration',
        kind: 'seconds',
        measure: 'state_duration',
        value: (r) => Math.floor(ms(r.ended) / 1000) - Math.floor(ms(r.started) / 1000),
      },
    ],
  });
  return tablePanel('States', null, data.node);
}

function keys(call) {
  const events = call.events ? el('a', { href: call.events.replace(/^\//, ''), text: 'its events, as JSON' }) : null;
  return el(
    'p',
    { class: 'note', 'data-is': 'name' },
    'Interaction ',
    el('span', { class: 'mono', text: call.interaction_id }),
    ', call ',
    el('span', { class: 'mono', text: call.call_uuid }),
    events ? ': ' : '',
    events,
  );
}
