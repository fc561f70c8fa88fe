// The agents who are logged in now: state, since when, reason, call; drawn anew each second.

import { showCompleteness } from '../coverage.js';
import { el } from '../dom.js';
import { count, seconds } from '../format.js';
import { figure, state, tablePanel } from '../parts.js';
import { go, href, remember, zone } from '../state.js';
import { DataTable } from '../table.js';
import { clock } from '../time.js';
import { agentsPerState, follow, liveNow } from './live_data.js';
import { words } from '../format.js';

export async function showNow({ root, query, signal }, choice) {
  const table = agentsTable(query.get('sort') ?? 'agent', (sort) => remember({ sort }));
  const filter = agentFilter(table);
  const numbers = el('div', { class: 'figures' });
  const draw = (now) => {
    showCompleteness(now.completeness);
    table.since = now.asOf;
    numbers.replaceChildren(figure({ name: 'Logged in', value: count(now.agents.length), measure: 'agents_now' }), ...stateFigures(now.agents));
    filter.show(now.agents);
  };
  const first = await liveNow(signal);
  if (signal.aborted) return;
  root.replaceChildren(choice, numbers, tablePanel('Agents now', filter.node, table.node));
  draw(first);
  follow(signal, draw, () => {});
}

/** One figure per state. */
export function stateFigures(agents) {
  return agentsPerState(agents).map(([code, n]) => figure({ name: state(code), value: count(n), measure: 'agents_in_state', data: { state: code } }));
}

/** A table of agents that tells how long each is in the state at the time of the answer. */
export function agentsTable(sort, onSort) {
  const held = (r) => (table.since - r.state_since_ms) / 1000;
  const tz = zone();
  const table = new DataTable({
    caption: 'Agents who are logged in', tall: true, sort, onSort, empty: 'Nobody is logged in.', marks: (r) => ({ agent: r.agent }), open: (r) => go(['agents', r.agent]),
    columns: [
      { key: 'agent', label: 'Agent', cell: (r) => el('a', { href: href(['agents', r.agent]), text: r.agent }), sig: (r) => r.agent },
      { key: 'state', label: 'State', cell: (r) => state(r.state), sig: (r) => r.state, kind: 'code' },
      { key: 'held', label: 'For', kind: 'seconds', measure: 'state_age', value: held },
      { key: 'state_since_ms', label: 'Since', kind: 'time', value: (r) => clock(r.state_since_ms, tz) },
      { key: 'reason', label: 'Reason', kind: 'code' },
      { key: 'dn', label: 'DN' },
      { key: 'call', label: 'Call', cell: (r) => (r.call ? el('a', { href: href(['calls', r.call]), text: r.from_number ?? 'open' }) : ''), sig: (r) => r.call },
      { key: 'login_ms', label: 'Login', kind: 'time', value: (r) => clock(r.login_ms, tz) },
    ],
  });
  table.since = Date.now();
  return table;
}

/** A field that narrows the agents by name, state or reason. */
export function agentFilter(table) {
  let agents = [];
  const input = el('input', { type: 'search', placeholder: 'Name, state or reason', 'aria-label': 'Narrow the agents', on: { input: () => apply() } });
  const told = el('span', { class: 'note', role: 'status' });
  const apply = () => {
    const wanted = input.value.trim().toLowerCase();
    const shown = agents.filter((a) => !wanted || `${a.agent} ${words(a.state)} ${a.reason ?? ''}`.toLowerCase().includes(wanted));
    const text = wanted ? `${count(shown.length)} of ${count(agents.length)}` : '';
    if (told.textContent !== text) told.textContent = text;
    table.setRows(shown);
  };
  return { node: [told, input], show: (all) => { agents = all; apply(); } };
}

/** Seconds from a moment to the time of the answer, as text. */
export function since(now, moment) {
  return seconds(Math.max(0, (now - moment) / 1000));
}
