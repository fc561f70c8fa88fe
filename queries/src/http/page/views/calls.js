// Searching calls of a period by number, agent and queue; the calls found as a list, page by page.

import { ms, rows } from '../api.js';
import { showCompleteness } from '../coverage.js';
import { el } from '../dom.js';
import { count } from '../format.js';
import { field, submit, tablePanel } from '../parts.js';
import { change, go, href, period } from '../state.js';
import { DataTable } from '../table.js';
import { clock, daysBetween, moment } from '../time.js';
import { result } from './call_lanes.js';

const PAGE_ROWS = 200;
const FIELDS = [
  ['number', 'Number', 'of the caller, or dialled'],
  ['agent', 'Agent', 'EmployeeID'],
  ['queue', 'Queue', 'name'],
];

export async function show({ root, query, signal }) {
  const asked = period();
  const filters = Object.fromEntries(FIELDS.map(([name]) => [name, query.get(name)]));
  const offset = Math.max(0, Number(query.get('offset')) || 0);
  const { from, to, tz } = asked;
  const answer = await rows(
    '/interactions',
    { from, to, tz, ...filters, limit: PAGE_ROWS, offset: offset || null },
    signal,
  );
  if (signal.aborted) return;
  showCompleteness(answer.completeness);
  const found = tablePanel('Calls', null, list(answer.rows, asked).node, pages(answer, offset));
  root.replaceChildren(form(filters), found);
}

function form(filters) {
  const inputs = FIELDS.map(([name, label, hint]) => [
    label,
    el('input', {
      type: 'search',
      id: `f-${name}`,
      name,
      value: filters[name] ?? '',
      placeholder: hint,
      spellcheck: 'false',
      autocomplete: 'off',
    }),
  ]);
  const uuid = el('input', {
    type: 'search',
    id: 'f-call',
    placeholder: 'UUID, or key of the interaction',
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const onSubmit = (event) => {
    event.preventDefault();
    if (uuid.value.trim()) go(['calls', uuid.value.trim()]);
    else
      change({
        ...Object.fromEntries(inputs.map(([, input]) => [input.name, input.value.trim() || null])),
        offset: null,
      });
  };
  return el(
    'form',
    { class: 'form panel', role: 'search', 'aria-label': 'Search calls', on: { submit: onSubmit } },
    inputs.map(([label, input]) => field(label, input)),
    field('Or one call', uuid),
    submit('Search', 'search'),
  );
}

function list(found, { tz, from, to }) {
  const when = daysBetween(from, to) > 1 ? moment : clock;
  return new DataTable({
    caption: 'Calls found',
    rows: found,
    tall: true,
    marks: (r) => ({ interaction: r.interaction_id }),
    open: (r) => go(['calls', r.interaction_id]),
    empty: 'No call of this period fits.',
    columns: [
      {
        key: 'started',
        label: 'Began',
        kind: 'time',
        value: (r) => ms(r.started),
        cell: (r) => el('a', { href: href(['calls', r.interaction_id]), text: when(ms(r.started), tz) }),
        sig: (r) => r.interaction_id,
      },
      { key: 'interaction_type', label: 'Type', kind: 'code' },
      { key: 'source_address', label: 'From' },
      { key: 'target_address', label: 'To' },
      { key: 'queue', label: 'Queue' },
      {
        key: 'handled_by',
        label: 'Handled by',
        cell: (r) =>
          r.agent ? el('a', { href: href(['agents', r.agent]), text: r.agent }) : (r.handled_by ?? '\u2013'),
        sig: (r) => r.interaction_id,
      },
      { key: 'result', label: 'Ended as', value: result },
      {
        key: 'duration_ms',
        label: 'Lasted',
        kind: 'seconds',
        measure: 'call_duration',
        value: (r) => r.duration_ms / 1000,
      },
      { key: 'attempts', label: 'Attempts', kind: 'int', measure: 'call_attempts' },
    ],
  });
}

function pages(answer, offset) {
  const n = answer.rows.length;
  const text =
    n === 0
      ? ''
      : `Calls ${count(offset + 1)} to ${count(offset + n)}, the latest first${answer.more ? '; there are more' : ''}.`;
  const button = (name, to, on) =>
    el('button', {
      class: 'button',
      type: 'button',
      text: name,
      disabled: !on,
      on: { click: () => change({ offset: to || null }) },
    });
  return el(
    'div',
    { class: 'tablefoot' },
    el('span', { text, 'data-is': 'page' }),
    el(
      'div',
      { class: 'controls' },
      button('Later calls', Math.max(0, offset - PAGE_ROWS), offset > 0),
      button('Earlier calls', offset + PAGE_ROWS, answer.more),
    ),
  );
}
