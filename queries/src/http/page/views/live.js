// Now: open calls, queues, agents, updated each second. Only what changed is written; only rows in sight are drawn.

import { el, setText } from '../dom.js';
import { count, seconds, words } from '../format.js';
import { Figures, state, tablePanel } from '../parts.js';
import { go, href, remember, zone } from '../state.js';
import { DataTable } from '../table.js';
import { clock } from '../time.js';
import { agentFilter, agentsTable, asOfText, stateFigures } from './agents_now.js';
import { follow, liveNow } from './live_data.js';

export async function show({ root, query, signal }) {
  const first = await liveNow(signal);
  if (signal.aborted) return;
  const parts = build(query);
  root.replaceChildren(
    parts.line,
    parts.numbers.node,
    el('div', { class: 'row' }, parts.queuePanel, parts.callPanel),
    parts.agentPanel,
  );
  draw(parts, first);
  follow(
    signal,
    (now) => draw(parts, now),
    (error) => setText(parts.told, `No answer since ${clock(parts.asOf, zone())}: ${error.message}`),
  );
}

function build(query) {
  const told = el('span', { role: 'status', 'data-is': 'time' });
  const queues = queuesTable();
  const calls = callsTable(query.get('calls') ?? '-held', (sort) => remember({ calls: sort }));
  const agents = agentsTable(query.get('agents') ?? 'agent', (sort) => remember({ agents: sort }));
  const callBox = callFilter(calls);
  const agentBox = agentFilter(agents);
  const [callPanel, agentPanel] = [
    tablePanel('Open calls', callBox.node, calls.node),
    tablePanel('Agents', agentBox.node, agents.node),
  ];
  const queuePanel = tablePanel('Queues', null, queues.node);
  callPanel.classList.add('two-thirds');
  queuePanel.classList.add('third');
  return {
    told,
    line: el('p', { class: 'note live-line' }, el('i', { class: 'beat', 'aria-hidden': 'true' }), told),
    numbers: new Figures(),
    queues,
    calls,
    agents,
    callBox,
    agentBox,
    callPanel,
    agentPanel,
    queuePanel,
  };
}

function draw(parts, now) {
  parts.asOf = now.asOf;
  setText(parts.told, asOfText(now));
  parts.line.classList.toggle('still', now.isSilent);
  parts.numbers.draw([
    ['Open calls', count(now.allCalls), { measure: 'open_calls' }],
    ['Waiting', count(now.waiting), { measure: 'waiting_now' }],
    ['Longest wait', seconds(now.longest), { measure: 'longest_wait_now' }],
    ['Agents logged in', count(now.allAgents), { measure: 'agents_now' }],
    ...stateFigures(now.states),
  ]);
  parts.queues.setRows(now.queues);
  parts.calls.asOf = now.asOf;
  parts.callBox.show(now.calls);
  parts.agents.asOf = now.asOf;
  parts.agentBox.show(now.agents);
}

function queuesTable() {
  return new DataTable({
    caption: 'Queues now',
    sort: '-waiting',
    empty: 'Nobody waits.',
    marks: (r) => ({ queue: r.queue }),
    open: (r) => go(['queues', r.queue]),
    columns: [
      {
        key: 'queue',
        label: 'Queue',
        cell: (r) => el('a', { href: href(['queues', r.queue]), text: r.queue }),
        sig: (r) => r.queue,
      },
      { key: 'waiting', label: 'Waiting', kind: 'int', measure: 'waiting_now' },
      { key: 'wait_s', label: 'Longest', kind: 'seconds', measure: 'longest_wait_now' },
    ],
  });
}

function callsTable(sort, onSort) {
  const tz = zone();
  const table = new DataTable({
    caption: 'Open calls',
    tall: true,
    sort,
    onSort,
    empty: 'No call is open.',
    marks: (r) => ({ interaction: r.interaction_id }),
    open: (r) => go(['calls', r.interaction_id], { open: 1 }),
    columns: [
      {
        key: 'source_address',
        label: 'From',
        cell: (r) =>
          el('a', { href: href(['calls', r.interaction_id], { open: 1 }), text: r.source_address ?? 'unknown' }),
        sig: (r) => r.interaction_id,
      },
      { key: 'state', label: 'State', kind: 'code', cell: (r) => state(r.state), sig: (r) => r.state },
      {
        key: 'held',
        label: 'For',
        kind: 'seconds',
        measure: 'call_state_age',
        value: (r) => Math.max(0, (table.asOf - r.since) / 1000),
      },
      { key: 'resource', label: 'At' },
      { key: 'queue', label: 'Queue' },
      {
        key: 'began',
        label: 'Began',
        kind: 'time',
        value: (r) => r.began,
        cell: (r) => clock(r.began, tz),
        sig: (r) => r.began,
      },
      { key: 'target_address', label: 'To' },
    ],
  });
  table.asOf = Date.now();
  return table;
}

function callFilter(table) {
  let calls = [];
  const input = el('input', {
    type: 'search',
    placeholder: 'Number, state, queue or agent',
    'aria-label': 'Narrow the calls',
    on: { input: () => apply() },
  });
  const told = el('span', { class: 'note', role: 'status' });
  const apply = () => {
    const wanted = input.value.trim().toLowerCase();
    const text = (c) =>
      `${c.source_address} ${c.target_address} ${words(c.state)} ${c.queue ?? ''} ${c.resource ?? ''}`.toLowerCase();
    const shown = wanted ? calls.filter((c) => text(c).includes(wanted)) : calls;
    setText(told, wanted ? `${count(shown.length)} of ${count(calls.length)}` : '');
    table.setRows(shown);
  };
  return {
    node: [told, input],
    show: (all) => {
      calls = all;
      apply();
    },
  };
}
