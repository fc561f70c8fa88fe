// Now: open calls, queues, agents, updated each second. Only what changed is written; only rows in sight are drawn.

import { showCompleteness } from '../coverage.js';
import { el, setText } from '../dom.js';
import { count, seconds, words } from '../format.js';
import { figure, state, tablePanel } from '../parts.js';
import { go, href, remember, zone } from '../state.js';
import { DataTable } from '../table.js';
import { clock } from '../time.js';
import { agentFilter, agentsTable, stateFigures } from './agents_now.js';
import { follow, liveNow } from './live_data.js';

export async function show({ root, query, signal }) {
  const first = await liveNow(signal);
  if (signal.aborted) return;
  const parts = build(query);
  root.replaceChildren(parts.line, parts.numbers, el('div', { class: 'row' }, parts.queuePanel, parts.callPanel), parts.agentPanel);
  draw(parts, first);
  follow(signal, (now) => draw(parts, now), (error) => setText(parts.told, `No answer since ${clock(parts.at, zone())}: ${error.message}`));
}

function build(query) {
  const told = el('span', { role: 'status', 'data-is': 'time' });
  const queues = queuesTable();
  const calls = callsTable(query.get('calls') ?? 'state_since_ms', (sort) => remember({ calls: sort }));
  const agents = agentsTable(query.get('agents') ?? 'agent', (sort) => remember({ agents: sort }));
  const callBox = callFilter(calls);
  const agentBox = agentFilter(agents);
  const [callPanel, agentPanel] = [tablePanel('Open calls', callBox.node, calls.node), tablePanel('Agents', agentBox.node, agents.node)];
  const queuePanel = tablePanel('Queues', null, queues.node);
  callPanel.classList.add('two-thirds');
  queuePanel.classList.add('third');
  return {
    told, line: el('p', { class: 'note live-line' }, el('i', { class: 'beat', 'aria-hidden': 'true' }), told),
    numbers: el('div', { class: 'figures' }), queues, calls, agents, callBox, agentBox, callPanel, agentPanel, queuePanel,
  };
}

function draw(parts, now) {
  parts.at = now.asOf;
  setText(parts.told, `As of ${clock(now.asOf, zone())}, renewed each second.`);
  showCompleteness(now.completeness);
  const waiting = now.queues.reduce((all, q) => all + Number(q.waiting), 0);
  const longest = Math.max(0, ...now.queues.map((q) => Number(q.longest_wait_s ?? 0)));
  parts.numbers.replaceChildren(
    figure({ name: 'Open calls', value: count(now.calls.length), measure: 'open_calls' }),
    figure({ name: 'Waiting', value: count(waiting), measure: 'waiting_now' }),
    figure({ name: 'Longest wait', value: waiting > 0 ? seconds(longest) : seconds(0), measure: 'longest_wait_now' }),
    figure({ name: 'Agents logged in', value: count(now.agents.length), measure: 'agents_now' }),
    ...stateFigures(now.agents));
  parts.queues.setRows(now.queues);
  parts.calls.since = now.asOf;
  parts.callBox.show(now.calls);
  parts.agents.since = now.asOf;
  parts.agentBox.show(now.agents);
}

function queuesTable() {
  return new DataTable({
    caption: 'Queues now', sort: '-waiting', empty: 'No queue holds a call.', marks: (r) => ({ queue: r.queue }), open: (r) => go(['queues', r.queue]),
    columns: [
      { key: 'queue', label: 'Queue', cell: (r) => el('a', { href: href(['queues', r.queue]), text: r.queue }), sig: (r) => r.queue },
      { key: 'waiting', label: 'Waiting', kind: 'int', measure: 'waiting_now' },
      { key: 'longest_wait_s', label: 'Longest', kind: 'seconds', measure: 'longest_wait_now', value: (r) => (r.waiting > 0 ? r.longest_wait_s : null) },
    ],
  });
}

function callsTable(sort, onSort) {
  const tz = zone();
  const table = new DataTable({
    caption: 'Open calls', tall: true, sort, onSort, empty: 'No call is open.', marks: (r) => ({ interaction: r.interaction_id }), open: (r) => go(['calls', r.interaction_id]),
    columns: [
      { key: 'from_number', label: 'From', cell: (r) => el('a', { href: href(['calls', r.interaction_id]), text: r.from_number ?? 'unknown' }), sig: (r) => r.interaction_id },
      { key: 'state', label: 'State', kind: 'code', cell: (r) => state(r.state), sig: (r) => r.state },
      { key: 'held', label: 'For', kind: 'seconds', measure: 'call_state_age', value: (r) => Math.max(0, (table.since - r.state_since_ms) / 1000) },
      { key: 'resource', label: 'At' },
      { key: 'queue', label: 'Queue' },
      { key: 'start_ms', label: 'Began', kind: 'time', value: (r) => clock(r.start_ms, tz) },
      { key: 'to_number', label: 'To' },
    ],
  });
  table.since = Date.now();
  return table;
}

function callFilter(table) {
  let calls = [];
  const input = el('input', { type: 'search', placeholder: 'Number, state, queue or agent', 'aria-label': 'Narrow the calls', on: { input: () => apply() } });
  const told = el('span', { class: 'note', role: 'status' });
  const apply = () => {
    const wanted = input.value.trim().toLowerCase();
    const text = (c) => `${c.from_number} ${c.to_number} ${words(c.state)} ${c.queue ?? ''} ${c.resource ?? ''}`.toLowerCase();
    const shown = wanted ? calls.filter((c) => text(c).includes(wanted)) : calls;
    setText(told, wanted ? `${count(shown.length)} of ${count(calls.length)}` : '');
    table.setRows(shown);
  };
  return { node: [told, input], show: (all) => { calls = all; apply(); } };
}
