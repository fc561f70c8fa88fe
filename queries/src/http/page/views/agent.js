// One agent in a period: time by state, the day as a strip of states with the calls below, the calls as a table.

import { ms, report, reportUrl } from '../api.js';
import { legend } from '../chart.js';
import { showCompleteness } from '../coverage.js';
import { el } from '../dom.js';
import { count, percent, seconds, words } from '../format.js';
import { downloads, figure, kindOf, nothing, panel, tablePanel } from '../parts.js';
import { go, period } from '../state.js';
import { DataTable } from '../table.js';
import { addDays, clock as clockOf, dayStartMs, longDay, moment as momentOf } from '../time.js';
import { timeline } from '../timeline.js';
import { STATES, sumActivity } from './agent_parts.js';
import { result } from './call_lanes.js';
import { attemptColumns, attemptRow } from './attempt_columns.js';

const MOST_STRIPS = 7;

export async function show({ root, parts, signal }) {
  const asked = period();
  const agent = parts[1];
  const [activity, states, attempts] = await Promise.all([
    report('agent-summary-activity', asked, { by: 'day', agent }, signal),
    report('agent-state-details', asked, { agent }, signal),
    report('interaction-handling-attempt', asked, { agent }, signal),
  ]);
  if (signal.aborted) return;
  showCompleteness(activity.completeness);
  const calls = attempts.rows.map(attemptRow);
  const stateRows = states.rows.map(stateRow);
  root.replaceChildren(
    figures(sumActivity(activity.rows), calls, { agent }),
    strips(agent, asked, stateRows, calls),
    attemptTable(agent, asked, calls),
    stateTable(agent, asked, stateRows),
  );
}

function stateRow(row) {
  const reason = row.reason_value || row.reason_key;
  return { ...row, reason, start_ms: ms(row.start_time), end_ms: ms(row.end_time) };
}

function figures(all, calls, data) {
  const of = (measure) => ({ measure, data });
  const sum = (name) => calls.reduce((n, c) => n + Number(c[name] ?? 0), 0);
  return el(
    'div',
    { class: 'figures' },
    figure({ name: 'Logged in', value: seconds(all.active_s), ...of('active_s') }),
    figure({ name: 'Occupancy', value: percent(all.occupancy), ...of('occupancy') }),
    figure({ name: 'Attempts', value: count(calls.length), ...of('attempts') }),
    figure({ name: 'Talk', value: seconds(sum('talk_s')), ...of('talk_s') }),
    figure({ name: 'Hold', value: seconds(sum('hold_s')), ...of('hold_s') }),
    figure({ name: 'After-call work', value: seconds(all.wrap_s), ...of('wrap_s') }),
    figure({ name: 'Not ready', value: seconds(all.not_ready_s), ...of('not_ready_s') }),
  );
}

/** One strip per day, of which the latest are shown. */
function strips(agent, asked, states, calls) {
  const days = [];
  for (let day = asked.from; day < asked.to; day = addDays(day, 1)) days.push(day);
  const drawn = days
    .map((day) => strip(agent, day, asked.tz, states, calls))
    .filter(Boolean)
    .slice(-MOST_STRIPS);
  const hint =
    days.length > MOST_STRIPS
      ? el('p', { class: 'note', text: 'Only the latest 7 days with states are drawn.', 'data-is': 'text' })
      : null;
  return panel(
    'States and calls',
    legend([...STATES, { kind: 'ring', name: 'Ringing or dialling' }, { kind: 'consult', name: 'Consultation' }]),
    drawn.length > 0 ? drawn : nothing('No states in this period.'),
    hint,
  );
}

function strip(agent, day, tz, states, calls) {
  const [from, to] = [dayStartMs(day, tz), dayStartMs(addDays(day, 1), tz)];
  const touches = (r) => r.end_ms > from && r.start_ms < to;
  const isFirst = (r) => r.first_row === 1;
  const [ofDay, callsOfDay] = [states.filter(touches).filter(isFirst), calls.filter(touches)];
  if (ofDay.length === 0) return null;
  const first = Math.max(from, Math.min(...ofDay.map((s) => s.start_ms)));
  const last = Math.min(to, Math.max(...ofDay.map((s) => s.end_ms)));
  const name = longDay(from + 43_200_000, tz);
  const lanes = [
    { name: 'States', spans: ofDay.map(stateSpan) },
    { name: 'Calls', spans: callsOfDay.flatMap(callSpans) },
  ];
  return el(
    'div',
    { class: 'strip' },
    el('h3', { class: 'note', text: name, 'data-is': 'time' }),
    timeline({ label: `${agent}, ${name}`, lanes, from: first - 60_000, to: last + 60_000, tz }),
  );
}

function stateSpan(s) {
  const more = s.reason ? [['reason', words(s.reason)]] : [];
  return { kind: kindOf(s.state), name: words(s.state), from: s.start_ms, to: s.end_ms, more };
}

function callSpans(c) {
  const more = [
    ['with', c.customer_number ?? 'unknown'],
    ['as', words(c.role)],
    ['result', result(c)],
  ];
  const answered = Math.min(c.end_ms, c.offered_ms + (c.ring_s + c.dial_s) * 1000);
  const isConsult = c.role === 'INITIATEDCONSULT' || c.role === 'RECEIVEDCONSULT';
  const spans = [{ kind: 'ring', name: c.dial_s > 0 ? 'Dialling' : 'Ringing', from: c.offered_ms, to: answered, more }];
  if (c.talk_s > 0)
    spans.push({
      kind: isConsult ? 'consult' : 'talk',
      name: isConsult ? 'Consultation' : 'Call',
      from: answered,
      to: c.end_ms,
      more,
    });
  return spans.filter((s) => s.to > s.from);
}

function attemptTable(agent, asked, rows) {
  const data = new DataTable({
    caption: `Attempts of ${agent}`,
    rows,
    tall: true,
    columns: attemptColumns(asked.tz, addDays(asked.from, 1) < asked.to),
    marks: (r) => ({ attempt: r.attempt_id }),
    open: (r) => go(['calls', r.interaction_id]),
    empty: 'No attempt in this period.',
  });
  return tablePanel(
    'Calls',
    downloads((format) => reportUrl('interaction-handling-attempt', asked, { agent, format })),
    data.node,
  );
}

function stateTable(agent, asked, rows) {
  const data = new DataTable({
    caption: `States of ${agent}`,
    rows,
    tall: true,
    empty: 'No states in this period.',
    marks: (r) => ({ agent, began: r.start_ms }),
    columns: [
      {
        key: 'start_ms',
        label: 'From',
        kind: 'time',
        cell: (r) => timeText(r.start_ms, asked),
        sig: (r) => r.start_ms,
      },
      { key: 'end_ms', label: 'To', kind: 'time', cell: (r) => timeText(r.end_ms, asked), sig: (r) => r.end_ms },
      { key: 'state', label: 'State', kind: 'code' },
      { key: 'reason', label: 'Reason' },
      { key: 'workmode', label: 'Work mode', kind: 'code' },
      { key: 'dn', label: 'DN' },
      { key: 'duration_s', label: 'Duration', kind: 'seconds', measure: 'agent_state.duration_s' },
    ],
  });
  return tablePanel(
    'States',
    downloads((format) => reportUrl('agent-state-details', asked, { agent, format })),
    data.node,
  );
}

function timeText(at, { tz, from, to }) {
  return addDays(from, 1) === to ? clockOf(at, tz) : momentOf(at, tz);
}
