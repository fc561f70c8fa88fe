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
  const rows = answer.rows.map((r) => ({ ...r, at: ms(r.abandoned_time), number: r.customer_number }));
  root.replaceChildren(form(queue), figures(rows, queue), list(rows, asked, queue, query));
}

function form(queue) {
  const input = el('input', {
    type: 'search',
    id: 'f-queue',
    value: queue ?? '',
    placeholder: 'any',
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const onSubmit = (event) => {
    event.preventDefault();
    change({ queue: input.value.trim() || null });
  };
  return el(
    'form',
    { class: 'form panel', 'aria-label': 'Narrow the calls', on: { submit: onSubmit } },
    field('Queue', input),
    submit('Show'),
  );
}

function figures(rows, queue) {
  const waits = rows.map((r) => Number(r.wait_s)).sort((a, b) => a - b);
  const data = { queue };
  return el(
    'div',
    { class: 'figures' },
    figure({ name: 'Abandoned calls', value: count(rows.length), measure: 'abandoned_calls', data }),
    figure({
      name: 'Different numbers',
      value: count(new Set(rows.map((r) => r.number).filter(Boolean)).size),
      measure: 'abandoned_numbers',
      data,
    }),
    figure({ name: 'Median wait', value: seconds(median(waits)), measure: 'abandoned_median_wait', data }),
    figure({ name: 'Longest wait', value: seconds(waits.at(-1)), measure: 'abandoned_longest_wait', data }),
  );
}

function median(sorted) {
  if (sorted.length === 0) return null;
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const HOW = { QUEUED: 'Waiting', RINGING: 'Ringing', ONHOLD: 'On hold' };

function list(rows, asked, queue, query) {
  const when = daysBetween(asked.from, asked.to) > 1 ? moment : clock;
  const data = new DataTable({
    caption: 'Abandoned calls',
    rows,
    tall: true,
    sort: query.get('sort') ?? '-at',
    onSort: (sort) => remember({ sort }),
    marks: (r) => ({ attempt: r.attempt_id }),
    open: (r) => go(['calls', r.interaction_id]),
    empty: 'No call was abandoned in this period.',
    columns: [
      {
        key: 'number',
        label: 'Call back',
        value: (r) => r.number ?? '',
        cell: (r) => (r.number ? el('a', { href: `tel:${r.number}`, text: r.number }) : 'number unknown'),
        sig: (r) => r.number,
      },
      {
        key: 'at',
        label: 'Gave up',
        kind: 'time',
        value: (r) => r.at,
        cell: (r) => el('a', { href: href(['calls', r.interaction_id]), text: when(r.at, asked.tz) }),
        sig: (r) => r.interaction_id,
      },
      { key: 'queue', label: 'Queue' },
      {
        key: 'wait_s',
        label: 'Waited',
        kind: 'seconds',
        measure: 'abandoned.wait_s',
        meaning:
          'From entry into the queue, or from ringing, to giving up; the last hold where the caller gave up on hold',
      },
      { key: 'how', label: 'While', value: (r) => HOW[r.how] ?? words(r.how) },
      {
        key: 'agent',
        label: 'With agent',
        cell: (r) => (r.agent ? el('a', { href: href(['agents', r.agent]), text: r.agent }) : '\u2013'),
        sig: (r) => r.attempt_id,
      },
      {
        key: 'earlier_wait_s',
        label: 'Waited before',
        kind: 'seconds',
        measure: 'abandoned.earlier_wait_s',
        meaning: 'Time in queues that led to attempts before this one which were not answered',
      },
      { key: 'service_type', label: 'Service' },
      { key: 'customer_segment', label: 'Segment' },
    ],
  });
  return tablePanel(
    'Abandoned calls',
    downloads((format) => reportUrl('abandoned-calls', asked, { queue, format })),
    data.node,
  );
}
