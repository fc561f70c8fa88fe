// What the views of agents share: which states there are, their bar, sums of agent-summary-activity rows.
// It knows no addresses.

import { stack } from '../chart.js';
import { seconds } from '../format.js';

/** States of an agent in the order of bars: column of seconds, column of counts, colour, name. */
export const STATES = [
  { s: 'busy_s', n: 'busy_count', kind: 'busy', name: 'Busy' },
  { s: 'wrap_s', n: 'wrap_count', kind: 'wrap', name: 'After-call work' },
  { s: 'ready_s', n: 'ready_count', kind: 'ready', name: 'Ready' },
  { s: 'not_ready_s', n: 'not_ready_count', kind: 'notready', name: 'Not ready' },
  { s: 'other_s', n: 'other_count', kind: 'idle', name: 'Other' },
];

/** The bar of an agent's time by state, as long as `whole` seconds would be. */
export function stateBar(row, whole) {
  const parts = STATES.map((state) => ({ kind: state.kind, name: state.name, value: Number(row[state.s] ?? 0) }));
  const label = parts
    .filter((p) => p.value > 0)
    .map((p) => `${p.name} ${seconds(p.value)}`)
    .join(', ');
  return stack(parts, whole, label);
}

/** The sum of rows of one agent or of all. */
export function sumActivity(rows) {
  const all = { active_s: 0 };
  for (const name of STATES.flatMap((state) => [state.s, state.n])) all[name] = 0;
  for (const row of rows) for (const name of Object.keys(all)) all[name] += Number(row[name] ?? 0);
  const open = all.active_s - all.not_ready_s;
  all.occupancy = open > 0 ? (all.busy_s + all.wrap_s) / open : null;
  all.utilization = all.active_s > 0 ? (all.busy_s + all.wrap_s) / all.active_s : null;
  return all;
}

/** Columns of time by state. */
export const STATE_COLUMNS = [
  { key: 'active_s', label: 'Logged in', kind: 'seconds', measure: 'active_s', meaning: 'Time in all states' },
  ...STATES.map((state) => ({
    key: state.s,
    label: state.name,
    kind: 'seconds',
    measure: state.s,
    meaning: 'Time in this state',
  })),
  {
    key: 'occupancy',
    label: 'Occupancy',
    kind: 'percent',
    measure: 'occupancy',
    meaning: 'Busy and after-call work, of the time logged in without not ready',
  },
];
