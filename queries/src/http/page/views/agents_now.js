// The agents who are logged in now: state, since when, reason, call; drawn anew each second.

import { el, setText } from '../dom.js';
import { count, words } from '../format.js';
import { Figures, state, tablePanel } from '../parts.js';
import { go, href, remember, zone } from '../state.js';
import { DataTable } from '../table.js';
import { clock, moment } from '../time.js';
import { agentsPerState, follow, liveNow } from './live_data.js';
export async function showNow({ root, query, signal }, choice) {
  const table = agentsTable(query.get('sort') ?? 'agent', (sort) => remember({ sort }));
  const filter = agentFilter(table);
  const numbers = new Figures();
  const told = el('span', { role: 'status', 'data-is': 'time' });
  const draw = (now) => {
    setText(told, asOfText(now));
    table.asOf = now.asOf;
    numbers.draw([['Logged in', count(now.allAgents), { measure: 'agents_now' }], ...stateFigures(now.states)]);
    filter.show(now.agents);
  };
  const first = await liveNow(signal);
  if (signal.aborted) return;
  root.replaceChildren(
    el('div', { class: 'controls' }, choice, el('span', { class: 'note' }, told)),
    numbers.node,
    tablePanel('Agents now', filter.node, table.node),
  );
  draw(first);
  follow(signal, draw, () => {});
}

/** What a view of now says about its time. */
export function asOfText(now) {
  const tz = zone();
  if (now.isSilent) return `As of ${moment(now.asOf, tz)}: no source has told of anything later.`;
  const lag = now.complete === null || now.asOf - now.complete > LATE_MS;
  const complete = now.complete === null ? 'a source was never heard' : `complete up to ${moment(now.complete, tz)}`;
  return `As of ${clock(now.asOf, tz)}, renewed each second${lag ? `; ${complete}` : ''}.`;
}

/** How far behind the slowest source may be without a word. */
const LATE_MS = 15_000;

/** One figure per state: name, text, marks. */
export function stateFigures(states) {
  return agentsPerState(states).map(([code, n]) => [
    code,
    count(n),
    { measure: 'agents_in_state', state: code },
    () => state(code),
  ]);
}

/** A table of agents that tells how long each is in the state at the time of the answer. */
export function agentsTable(sort, onSort) {
  const held = (r) => Math.max(0, (table.asOf - r.since) / 1000);
  const tz = zone();
  const table = new DataTable({
    caption: 'Agents who are logged in',
    tall: true,
    sort,
    onSort,
    empty: 'Nobody is logged in.',
    marks: (r) => ({ agent: r.agent }),
    open: (r) => go(['agents', r.agent]),
    columns: [
      {
        key: 'agent',
        label: 'Agent',
        cell: (r) => el('a', { href: href(['agents', r.agent]), text: r.agent }),
        sig: (r) => r.agent,
      },
      { key: 'state', label: 'State', cell: (r) => state(r.state), sig: (r) => r.state, kind: 'code' },
      { key: 'held', label: 'For', kind: 'seconds', measure: 'state_age', value: held },
      {
        key: 'since',
        label: 'Since',
        kind: 'time',
        value: (r) => r.since,
        cell: (r) => clock(r.since, tz),
        sig: (r) => r.since,
      },
      { key: 'reason', label: 'Reason', kind: 'code' },
      { key: 'dn', label: 'DN' },
      {
        key: 'call_uuid',
        label: 'Call',
        cell: (r) =>
          r.interaction_id ? el('a', { href: href(['calls', r.interaction_id], { open: 1 }), text: 'open' }) : '\u2013',
        sig: (r) => r.interaction_id,
      },
      {
        key: 'began',
        label: 'Login',
        kind: 'time',
        value: (r) => r.began,
        cell: (r) => clock(r.began, tz),
        sig: (r) => r.began,
      },
    ],
  });
  table.asOf = Date.now();
  return table;
}

/** A field that narrows the agents by name, state or reason. */
export function agentFilter(table) {
  let agents = [];
  const input = el('input', {
    type: 'search',
    placeholder: 'Name, state or reason',
    'aria-label': 'Narrow the agents',
    on: { input: () => apply() },
  });
  const told = el('span', { class: 'note', role: 'status' });
  const apply = () => {
    const wanted = input.value.trim().toLowerCase();
    const shown = agents.filter(
      (a) => !wanted || `${a.agent} ${words(a.state)} ${a.reason ?? ''}`.toLowerCase().includes(wanted),
    );
    const text = wanted ? `${count(shown.length)} of ${count(agents.length)}` : '';
    if (told.textContent !== text) told.textContent = text;
    table.setRows(shown);
  };
  return {
    node: [told, input],
    show: (all) => {
      agents = all;
      apply();
    },
  };
}
