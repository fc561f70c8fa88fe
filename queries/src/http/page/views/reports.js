// Any report of the catalogue: its parameters as a form, its rows as a table, page by page, or as a file.

import { get, reportUrl, rows } from '../api.js';
import { showCompleteness } from '../coverage.js';
import { el } from '../dom.js';
import { count } from '../format.js';
import { downloads, field, submit, tablePanel } from '../parts.js';
import { change, go, href, period, remember } from '../state.js';
import { DataTable } from '../table.js';
import { columnsOf } from './report_columns.js';

const PAGE_ROWS = 500;
/** Parameters that the bar holds, and those that are no question of people. */
const NOT_IN_FORM = new Set(['from', 'to', 'tz', 'limit', 'offset', 'engine', 'format']);

export async function show({ root, parts, query, signal }) {
  const { reports } = await get('/reports', {}, signal);
  const chosen = reports.find((r) => r.name === parts[1]);
  if (signal.aborted) return;
  if (!chosen) {
    root.replaceChildren(catalogue(reports));
    return;
  }
  const asked = period();
  const fields = chosen.parameters.filter((p) => !NOT_IN_FORM.has(p.name));
  const given = Object.fromEntries(fields.map((p) => [p.name, query.get(p.name)]));
  const offset = Math.max(0, Number(query.get('offset')) || 0);
  const { from, to, tz } = asked;
  const answer = await rows(
    `/reports/${chosen.name}`,
    { from, to, tz, ...given, limit: PAGE_ROWS, offset: offset || null },
    signal,
  );
  if (signal.aborted) return;
  showCompleteness(answer.completeness);
  root.replaceChildren(
    head(chosen, reports),
    form(chosen, fields, given),
    table(chosen, answer, { asked, given, offset, query }),
    meaning(chosen),
  );
}

function catalogue(reports) {
  return el(
    'ul',
    { class: 'cards' },
    reports.map((r) =>
      el(
        'li',
        { class: 'panel' },
        el('h2', {}, el('a', { href: href(['reports', r.name]), text: titleOf(r) })),
        el('p', { text: r.question }),
        el('p', { class: 'note', text: r.grain, 'data-is': 'text' }),
      ),
    ),
  );
}

/** Title of a report: its own, or its name in words. */
function titleOf(report) {
  return (
    report.title ??
    report.name
      .split('-')
      .map((w) => w.charAt(0).toUpperCase() + w.slice(1))
      .join(' ')
  );
}

function head(report, reports) {
  const choice = el(
    'select',
    { id: 'report', 'aria-label': 'Report', on: { change: (e) => go(['reports', e.target.value]) } },
    reports.map((r) => el('option', { value: r.name, selected: r.name === report.name, text: titleOf(r) })),
  );
  return el(
    'div',
    { class: 'controls' },
    choice,
    el('span', { class: 'note', text: report.question, 'data-is': 'text' }),
  );
}

function form(report, fields, given) {
  if (fields.length === 0) return '';
  const inputs = fields.map((p) => [p, input(p, given[p.name])]);
  const onSubmit = (event) => {
    event.preventDefault();
    change({ ...Object.fromEntries(inputs.map(([p, node]) => [p.name, node.value.trim() || null])), offset: null });
  };
  return el(
    'form',
    { class: 'form panel', 'aria-label': 'Parameters', on: { submit: onSubmit } },
    inputs.map(([p, node]) => field(label(p.name), node)),
    submit('Run'),
  );
}

const LABELS = {
  by: 'Length of a period',
  short_abandon_s: 'Short abandonment up to (s)',
  accept_s: 'Service level within (s)',
};
const label = (name) => LABELS[name] ?? name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

function input(p, value) {
  const common = { id: `p-${p.name}`, name: p.name, title: p.meaning };
  if (p.values) {
    const none = el('option', { value: '', text: p.name === 'by' ? 'day' : 'any' });
    const choice = el(
      'select',
      common,
      none,
      p.values.filter((v) => p.name !== 'by' || v !== 'day').map((v) => el('option', { value: v, text: v })),
    );
    choice.value = value ?? '';
    return choice;
  }
  const type =
    p.type === 'integer'
      ? { type: 'number', inputmode: 'numeric', placeholder: p.name.endsWith('_s') ? 'as set' : 'any' }
      : { type: 'search', placeholder: 'any', spellcheck: 'false', autocomplete: 'off' };
  return el('input', { ...common, ...type, value: value ?? '' });
}

function table(report, answer, { asked, given, offset, query }) {
  const data = new DataTable({
    caption: titleOf(report),
    columns: columnsOf(report, answer.columns, asked.tz),
    rows: answer.rows,
    tall: true,
    sort: query.get('sort'),
    onSort: (sort) => remember({ sort }),
    marks: (r) => marks(report, r),
    open: report.columns.some((c) => c.name === 'interaction_id') ? (r) => go(['calls', r.interaction_id]) : null,
  });
  return tablePanel(
    titleOf(report),
    downloads((format) => reportUrl(report.name, asked, { ...given, format })),
    data.node,
    pages(answer, offset),
  );
}

/** What a row is about, so that a number of it can be found again. */
function marks(report, row) {
  const about = { report: report.name };
  for (const name of [
    'queue',
    'agent',
    'period_key',
    'day_key',
    'attempt_id',
    'step',
    'interaction_id',
    'start_time',
  ]) {
    if (row[name] !== undefined) about[name.replaceAll('_', '-')] = row[name];
  }
  return about;
}

function pages(answer, offset) {
  const n = answer.rows.length;
  if (offset === 0 && !answer.more)
    return el('div', { class: 'tablefoot' }, el('span', { text: `${count(n)} rows, all of them.`, 'data-is': 'page' }));
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
    el('span', {
      text: `Rows ${count(offset + 1)} to ${count(offset + n)}${answer.more ? '; there are more' : ''}.`,
      'data-is': 'page',
    }),
    el(
      'div',
      { class: 'controls' },
      button('Before', Math.max(0, offset - PAGE_ROWS), offset > 0),
      button('After', offset + PAGE_ROWS, answer.more),
    ),
  );
}

function meaning(report) {
  const terms = report.columns.flatMap((c) => [
    el('dt', { class: 'mono', text: c.name }),
    el('dd', { text: c.definition }),
  ]);
  return el(
    'section',
    { class: 'panel', 'aria-label': 'What the columns mean', 'data-is': 'text' },
    el(
      'header',
      {},
      el('h2', { text: 'What the columns mean' }),
      el('span', { class: 'note', text: `Definition version ${report.definition_version}` }),
    ),
    el('p', { class: 'note', text: report.grain }),
    el('dl', { class: 'terms' }, terms),
  );
}
