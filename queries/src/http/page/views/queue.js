// One queue in a period: its figures, its calls by interval, and the same as a table.

import { report, reportUrl } from '../api.js';
import { showCompleteness } from '../coverage.js';
import { el } from '../dom.js';
import { downloads, tablePanel } from '../parts.js';
import { href, period } from '../state.js';
import { daysBetween } from '../time.js';
import { charts, figures, interval, intervalChoice, intervalTable, slots, trimmed } from './queue_parts.js';
import { sum, sumBy } from './queue_sums.js';

export async function show({ root, parts, query, signal }) {
  const asked = period();
  const queue = parts[1];
  const days = daysBetween(asked.from, asked.to);
  const by = interval(query, days);
  const answer = await report('queue-summary', asked, { by, queue }, signal);
  if (signal.aborted) return;
  showCompleteness(answer.completeness);
  const rows = answer.rows.filter((r) => r.queue === queue);
  const perSlot = new Map(sumBy(rows, 'period_key').map((s) => [Number(s.period_key), s]));
  const positions = trimmed(slots(asked, by), (p) => perSlot.has(p.key));
  const bySlot = positions.map((p) => perSlot.get(p.key));
  const [calls, level] = charts(positions, bySlot, intervalChoice(by, days));
  calls.classList.add('two-thirds');
  level.classList.add('third');
  root.replaceChildren(
    figures(sum(rows), bySlot, { queue }),
    el('div', { class: 'row' }, calls, level),
    table(queue, asked, by, positions, perSlot),
    links(queue),
  );
}

function table(queue, asked, by, positions, perSlot) {
  const data = intervalTable(`${queue} by interval`, positions, perSlot, by, { queue });
  return tablePanel(
    'By interval',
    downloads((format) => reportUrl('queue-summary', asked, { by, queue, format })),
    data.node,
  );
}

function links(queue) {
  return el(
    'p',
    { class: 'controls' },
    el('a', { class: 'button', href: href(['abandoned'], { queue }), text: 'Abandoned calls of this queue' }),
    el('a', { class: 'button', href: href(['calls'], { queue }), text: 'Calls of this queue' }),
  );
}
