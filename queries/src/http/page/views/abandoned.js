// The calls that nobody answered, with the number to call back.

import { ms, report, reportUrl } from '../api.js';
import { showCompleteness } from '../coverage.js';
import { el } from '../dom.js';
import { count, seconds, words } from '../format.js';
import { downloads, field, figure, submit, tablePanel } from '../parts.js';
import { change, go, href, period, remember } from '../state.js';
import { DataTable } from '../table.js';
import { clock, daysBetween, moment } from '../time.js';

export async function show({ root, query, signal }) {
  const asked = period();
  const queue = query.get('queue');
  const answer = await report('abandoned-calls', asked, { queue }, signal);
  if (signal.aborted) return;
  showCompleteness(answer.completeness);
  const rows = answer.rows.map((r) => ({ ...r, at: ms(r.abandoned_time ?? r.end_time ?? r.ended), number: r.number ?? r.source_address ?? r.callback_number }));
  root.replaceChildren(form(queue), figures(rows, queue), list(rows, asked, queue, query));
}

function form(queue) {
  const input = el('input', { type: 'search', id: 'f-queue', value: queue ?? '', placeholder: 'any', spellcheck: 'false', autocomplete: 'off' });
  const onSubmit = (event) => {
    event.preventDefault();
    change({ queue: input.value.trim() || null });
  };
  return el('form', { class: 'form panel', 'aria-label': 'Narrow the calls', on: { submit: onSubmit } }, field('Queue', input), submit('Show'));
}

function figures(rows, queue) {
  const waits = rows.map((r) => Number(r.wait_s)).sort((a, b) => a - b);
  const data = { queue };
  return el('div', { class: 'figures' },
    figure({ name: 'Abandoned calls', value: count(rows.length), measure: 'abandoned_calls', data }),
    figure({ name: 'Different numbers', value: count(new Set(rows.map((r) => r.number).filter(Boolean)).size), measure: 'abandoned_numbers', data }),
    figure({ name: 'Median wait', value: seconds(median(waits)), measure: 'abandoned_median_wait', data }),
    figure({ name: 'Longest wait', value: seconds(waits.at(-1)), measure: 'abandoned_longest_wait', data }));
}

function median(sorted) {
  if (sorted.length === 0) return null;
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function list(rows, asked, queue, query) {
  const when = daysBetween(asked.from, asked.to) > 1 ? moment : clock;
  const data = new DataTable({
    caption: 'Abandoned calls', rows, tall: true, sort: query.get('sort') ?? '-at', onSort: (sort) => remember({ sort }),
    marks: (r) => ({ interaction: r.interaction_id }), open: (r) => go(['calls', r.interaction_id]), empty: 'No call was abandoned in this period.',
    columns: [
      { key: 'number', label: 'Call back', value: (r) => r.number ?? '', cell: (r) => (r.number ? el('a', { href: `tel:${r.number}`, text: r.number }) : 'number unknown'), sig: (r) => r.number },
      { key: 'at', label: 'Gave up', kind: 'time', value: (r) => r.at, cell: (r) => el('a', { href: href(['calls', r.interaction_id]), text: when(r.at, asked.tz) }), sig: (r) => r.interaction_id },
      { key: 'queue', label: 'Queue' },
      { key: 'wait_s', label: 'Waited', kind: 'seconds', measure: 'abandoned_wait' },
      { key: 'where', label: 'Where', value: (r) => words(r.reason ?? r.result_reason) },
      { key: 'target_address', label: 'Dialled' },
    ],
  });
  return tablePanel('Abandoned calls', downloads((format) => reportUrl('abandoned-calls', asked, { queue, format })), data.node);
}
