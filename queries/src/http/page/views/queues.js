// All queues in a period: figures, calls by interval, one row per queue. The first view that people see.

import { report, reportUrl } from '../api.js';
import { spark } from '../chart.js';
import { showCompleteness } from '../coverage.js';
import { el } from '../dom.js';
import { seconds } from '../format.js';
import { downloads, num, tablePanel } from '../parts.js';
import { go, href, period, remember } from '../state.js';
import { DataTable } from '../table.js';
import { daysBetween } from '../time.js';
import { liveNow } from './live_data.js';
import { COLUMNS, charts, figures, interval, intervalChoice, intervalTable, slots, trimmed } from './queue_parts.js';
import { sum, sumBy } from './queue_sums.js';

export async function show({ root, query, signal }) {
  const asked = period();
  const days = daysBetween(asked.from, asked.to);
  const by = interval(query, days);
  const [answer, waiting] = await Promise.all([
    report('queue-summary', asked, { by }, signal),
    waitingNow(asked, signal),
  ]);
  if (signal.aborted) return;
  showCompleteness(answer.completeness);
  const perSlot = new Map(sumBy(answer.rows, 'period_key').map((s) => [Number(s.period_key), s]));
  const positions = trimmed(slots(asked, by), (p) => perSlot.has(p.key));
  const bySlot = positions.map((p) => perSlot.get(p.key));
  const queues = sumBy(answer.rows, 'queue').map((q) => ({ ...q, trend: trend(q.rows, positions) }));
  root.replaceChildren(
    figures(sum(answer.rows), bySlot, {}, waiting),
    el('div', { class: 'row' }, ...halves(charts(positions, bySlot, intervalChoice(by, days)))),
    table(queues, query, asked, by),
    intervals(positions, perSlot, by),
  );
}

function halves([calls, level]) {
  calls.classList.add('two-thirds');
  level.classList.add('third');
  return [calls, level];
}

/** How many wait at this moment; only where the period reaches it. A live view that does not answer takes nothing away. */
async function waitingNow({ to, latest }, signal) {
  if (to <= latest) return null;
  const now = await liveNow(signal, 1).catch(() => null);
  return (
    now && {
      n: now.waiting,
      more: now.waiting > 0 ? ['longest ', num(seconds(now.longest), 'longest_wait_now')] : null,
    }
  );
}

function trend(rows, positions) {
  const entered = new Map(rows.map((r) => [Number(r.period_key), r.entered]));
  return positions.map((p) => entered.get(p.key) ?? 0);
}

/** What the charts show, as a table. */
function intervals(positions, perSlot, by) {
  const data = intervalTable('All queues by interval', positions, perSlot, by, {});
  return el(
    'details',
    { class: 'panel folded' },
    el('summary', {}, el('h2', { text: 'All queues by interval, as a table' })),
    data.node,
  );
}

function table(queues, query, asked, by) {
  const name = {
    key: 'queue',
    label: 'Queue',
    cell: (r) => el('a', { href: href(['queues', r.queue]), text: r.queue }),
    sig: (r) => r.queue,
  };
  const curve = {
    key: 'trend',
    label: 'Entered over time',
    sort: false,
    value: () => '',
    cell: (r) => el('span', { class: 'trend' }, spark(r.trend)),
    sig: (r) => r,
  };
  const data = new DataTable({
    caption: 'Queues',
    columns: [name, COLUMNS[0], curve, ...COLUMNS.slice(1)],
    rows: queues,
    tall: true,
    sort: query.get('sort') ?? '-entered',
    onSort: (sort) => remember({ sort }),
    marks: (r) => ({ queue: r.queue }),
    open: (r) => go(['queues', r.queue]),
    total: (rows) => ({ label: 'All queues', ...sum(rows.flatMap((r) => r.rows)) }),
    empty: 'No call entered a queue in this period.',
  });
  return tablePanel(
    'Queues',
    downloads((format) => reportUrl('queue-summary', asked, { by, format })),
    data.node,
  );
}
