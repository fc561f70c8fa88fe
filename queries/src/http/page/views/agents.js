// All agents: now (state, since when, reason, call) or in a period (time by state, occupancy, calls handled).

import { report, reportUrl } from '../api.js';
import { cellbar, legend } from '../chart.js';
import { showCompleteness } from '../coverage.js';
import { el } from '../dom.js';
import { count, percent, seconds } from '../format.js';
import { downloads, figure, segments, tablePanel } from '../parts.js';
import { change, go, href, period, remember } from '../state.js';
import { DataTable } from '../table.js';
import { daysBetween } from '../time.js';
import { STATES, STATE_COLUMNS, stateBar, sumActivity } from './agent_parts.js';
import { showNow } from './agents_now.js';

export async function show(context) {
  const { root, query, signal } = context;
  const choice = segments(
    'What to show',
    [
      ['period', 'In the period'],
      ['now', 'Now'],
    ],
    query.get('show') ?? 'period',
    (show) => change({ show: show === 'now' ? 'now' : null }),
  );
  if (query.get('show') === 'now') return showNow(context, choice);
  const asked = period();
  const days = daysBetween(asked.from, asked.to);
  const activity = await report('agent-summary-activity', asked, { by: days > 1 ? 'month' : 'day' }, signal);
  if (signal.aborted) return undefined;
  showCompleteness(activity.completeness);
  const rows = byAgent(activity.rows, null);
  const agents = table(rows, query, asked, days <= MOST_DAYS ? HANDLING : []);
  root.replaceChildren(choice, figures(rows), agents.panel);
  return days <= MOST_DAYS ? addHandling(agents, activity.rows, asked, signal) : undefined;
}

/** Adds what the agents handled once it is known: attempts are many, and the rest of the view need not wait for them. */
function addHandling({ panel, data }, rows, asked, signal) {
  panel.setAttribute('aria-busy', 'true');
  handled(asked, signal)
    .then(
      (handling) => {
        if (!signal.aborted && handling) data.setRows(byAgent(rows, handling));
      },
      () => {},
    )
    .finally(() => panel.removeAttribute('aria-busy'));
}

/** What each agent handled, summed in the browser; nothing when there are too many attempts for that. */
async function handled(asked, signal) {
  const answer = await report('interaction-handling-attempt', asked, {}, signal);
  if (answer.more) return null;
  const sums = new Map();
  for (const row of answer.rows.filter((r) => r.resource_type === 'AGENT')) {
    const s = sums.get(row.resource) ?? { attempts: 0, talk_s: 0, hold_s: 0, acw_s: 0 };
    s.attempts += 1;
    for (const name of ['talk_s', 'hold_s', 'acw_s']) s[name] += row[name];
    sums.set(row.resource, s);
  }
  return sums;
}

const MOST_DAYS = 2;

function byAgent(rows, handling) {
  const groups = new Map();
  for (const row of rows) groups.set(row.agent, [...(groups.get(row.agent) ?? []), row]);
  return [...groups].map(([agent, of]) => ({
    agent,
    ...sumActivity(of),
    ...(handling?.get(agent) ?? (handling ? { attempts: 0 } : {})),
  }));
}

function figures(rows) {
  const all = sumActivity(rows);
  const share = (s) => (all.active_s > 0 ? s / all.active_s : null);
  return el(
    'div',
    { class: 'figures' },
    figure({ name: 'Agents', value: count(rows.length), measure: 'agents' }),
    figure({ name: 'Logged in', value: seconds(all.active_s), measure: 'active_s' }),
    figure({ name: 'Occupancy', value: percent(all.occupancy), measure: 'occupancy' }),
    ...STATES.slice(0, 4).map((state) =>
      figure({ name: state.name, value: percent(share(all[state.s])), measure: state.s.replace(/_s$/, '_share') }),
    ),
  );
}

function table(rows, query, asked, handling) {
  const longest = Math.max(...rows.map((r) => r.active_s), 1);
  const name = {
    key: 'agent',
    label: 'Agent',
    cell: (r) => el('a', { href: href(['agents', r.agent]), text: r.agent }),
    sig: (r) => r.agent,
  };
  const bar = {
    key: 'bar',
    label: 'Time by state',
    sort: false,
    value: () => '',
    cell: (r) => stateBar(r, longest),
    sig: (r) => r,
  };
  const occupancy = {
    ...STATE_COLUMNS.at(-1),
    cell: (r) => [percent(r.occupancy), cellbar(r.occupancy, 'busy')],
    sig: (r) => r.occupancy,
  };
  const data = new DataTable({
    caption: 'Agents in the period',
    rows,
    tall: true,
    sort: query.get('sort') ?? 'agent',
    onSort: (sort) => remember({ sort }),
    columns: [name, bar, STATE_COLUMNS[0], occupancy, ...handling, ...STATE_COLUMNS.slice(1, -1)],
    marks: (r) => ({ agent: r.agent }),
    open: (r) => go(['agents', r.agent]),
    empty: 'No agent was logged in in this period.',
  });
  const tools = [legend(STATES), downloads((format) => reportUrl('agent-summary-activity', asked, { format }))];
  return { panel: tablePanel('Agents', tools, data.node), data };
}

const HANDLING = [
  {
    key: 'attempts',
    label: 'Attempts',
    kind: 'int',
    measure: 'attempts',
    meaning: 'Calls presented to the agent or made by the agent',
  },
  { key: 'talk_s', label: 'Talk', kind: 'seconds', measure: 'talk_s' },
  { key: 'hold_s', label: 'Hold', kind: 'seconds', measure: 'hold_s' },
  {
    key: 'acw_s',
    label: 'After calls',
    kind: 'seconds',
    measure: 'acw_s',
    meaning: 'After-call work that belongs to the attempts',
  },
];
