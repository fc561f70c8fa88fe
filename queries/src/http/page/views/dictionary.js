// The tables of the mart and their columns with what they mean.

import { get } from '../api.js';
import { el } from '../dom.js';
import { href, read, remember } from '../state.js';
import { words } from '../format.js';
import { number } from '../format.js';

export async function show({ root, parts, query, signal }) {
  const body = await get('/dictionary', {}, signal);
  if (signal.aborted) return;
  const tables = body.tables ?? [];
  const list = el('div', { class: 'dictionary' });
  const told = el('span', { class: 'note', role: 'status', 'data-is': 'page' });
  const draw = (text) => {
    const found = tables.map((t) => matching(t, text.toLowerCase())).filter(Boolean);
    list.replaceChildren(...found.map((t) => section(t, text !== '' || parts[1] === t.name)));
    told.textContent = `${number(found.length, 'table')}, ${number(
      found.reduce((n, t) => n + t.columns.length, 0),
      'column',
    )}`;
  };
  const onInput = (event) => {
    remember({ q: event.target.value || null });
    draw(event.target.value.trim());
  };
  const input = el('input', {
    type: 'search',
    id: 'f-word',
    value: query.get('q') ?? '',
    placeholder: 'Table, column or word',
    'aria-label': 'Search the dictionary',
    on: { input: onInput },
  });
  draw((query.get('q') ?? '').trim());
  root.replaceChildren(el('div', { class: 'controls' }, input, told), list);
  document.getElementById(`t-${read().parts[1]}`)?.scrollIntoView();
}

/** The table with the columns that hold the text; all of them when the table itself does. */
function matching(table, text) {
  const holds = (t) => t.toLowerCase().includes(text);
  if (!text || holds(table.name) || holds(table.meaning ?? table.description ?? '')) return table;
  const columns = table.columns.filter((c) => holds(c.name) || holds(c.meaning ?? c.definition ?? ''));
  return columns.length > 0 ? { ...table, columns } : null;
}

function section(table, open) {
  const row = (c) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row', class: 'mono', text: c.name }),
      el('td', { text: [c.type ?? '', c.nullable ? 'or null' : ''].join(' ') }),
      el('td', { text: c.unit ?? c.measure ?? '' }),
      el('td', { text: c.meaning ?? c.definition ?? '' }),
    );
  const head = el(
    'thead',
    {},
    el(
      'tr',
      {},
      ['Column', 'Type', 'Holds', 'Meaning'].map((t) => el('th', { scope: 'col' }, el('span', { text: t }))),
    ),
  );
  const columns = el(
    'div',
    { class: 'scroll' },
    el(
      'table',
      { class: 'wrapping' },
      el('caption', { class: 'sr', text: `Columns of ${table.name}` }),
      head,
      el('tbody', {}, table.columns.map(row)),
    ),
  );
  const title = el(
    'summary',
    {},
    el('h2', {}, el('span', { class: 'mono', text: table.name })),
    el('span', { class: 'pill', text: words(table.kind) }),
    el('span', { class: 'note', text: table.meaning ?? table.description ?? '' }),
  );
  const key = table.natural_key
    ? el('p', { class: 'note', text: `A row is identified by: ${table.natural_key}.` })
    : null;
  const link = el('a', { class: 'note', href: href(['dictionary', table.name]), text: 'Link to this table' });
  return el(
    'details',
    { class: 'panel', id: `t-${table.name}`, open, 'data-is': 'text' },
    title,
    el('div', { class: 'controls' }, key, link),
    columns,
  );
}
