// A table of rows: sortable heads, arrow keys, as many rows as one likes (only those in sight are drawn), figures marked with
// their measure. It knows columns and rows, not what they mean.
//
// A column: {key, label, kind, measure, value(row), cell(row), sig(row), total, meaning, sort: false}. `kind` is one of KINDS; `cell` draws
// something else than the text; `sig` says when that has to be drawn again.

import { append, el, mark, setText } from './dom.js';
import * as format from './format.js';

const ROW_PX = 34;
const DRAW_ALL_UP_TO = 120;
const SPARE_ROWS = 12;

const KINDS = {
  text: { text: (v) => (format.has(v) ? String(v) : format.EMPTY), is: 'name' },
  code: { text: format.words, is: 'name' },
  int: { text: format.count, n: true },
  decimal: { text: format.decimal, n: true },
  percent: { text: format.percent, n: true },
  seconds: { text: format.seconds, n: true },
  time: { text: (v) => (format.has(v) ? String(v) : format.EMPTY), is: 'time' },
};

/** A table that can be given other rows. Options: caption, columns, rows, marks(row), open(row), total(rows), totalMarks, sort, onSort, tall, empty. */
export class DataTable {
  constructor(options) {
    this.o = { marks: () => ({}), empty: 'Nothing in this period.', ...options };
    this.columns = options.columns;
    [this.sortKey, this.descending] = parseSort(options.sort);
    this.slots = [];
    this.at = 0;
    this.draw();
    this.setRows(options.rows ?? []);
  }

  draw() {
    this.heads = new Map();
    this.body = el('tbody', {
      on: { keydown: (e) => this.onKey(e), click: (e) => this.onClick(e), focusin: (e) => this.onFocus(e) },
    });
    this.foot = el('tfoot');
    const head = el(
      'thead',
      {},
      el(
        'tr',
        {},
        this.columns.map((c) => this.head(c)),
      ),
    );
    this.table = el('table', {}, el('caption', { class: 'sr', text: this.o.caption }), head, this.body, this.foot);
    this.scroller = el(
      'div',
      { class: `scroll${this.o.tall ? ' tall' : ''}`, on: { scroll: () => this.onScroll() } },
      this.table,
    );
    this.none = el('p', { class: 'empty', text: this.o.empty });
    this.node = el('div', {}, this.scroller, this.none);
    [this.above, this.below] = [spacer(this.columns.length), spacer(this.columns.length)];
  }

  head(column) {
    const n = KINDS[column.kind ?? 'text'].n ? 'n' : null;
    if (column.sort === false)
      return el('th', { scope: 'col', class: n, title: column.meaning }, el('span', { text: column.label }));
    const arrow = el('span', { class: 'arrow', 'aria-hidden': 'true' });
    const button = el(
      'button',
      { type: 'button', title: column.meaning, on: { click: () => this.sortBy(column) } },
      column.label,
      arrow,
    );
    const th = el('th', { scope: 'col', class: n }, button);
    this.heads.set(column.key, { th, arrow });
    return th;
  }

  sortBy(column) {
    const numeric = KINDS[column.kind ?? 'text'].n;
    this.descending = this.sortKey === column.key ? !this.descending : Boolean(numeric);
    this.sortKey = column.key;
    this.setRows(this.given);
    this.o.onSort?.(`${this.descending ? '-' : ''}${column.key}`);
  }

  /** Shows other rows, in the order chosen. */
  setRows(rows) {
    this.given = rows;
    const column = this.columns.find((c) => c.key === this.sortKey);
    this.rows = column ? [...rows].sort((a, b) => compare(value(column, a), value(column, b), this.descending)) : rows;
    for (const [key, { th, arrow }] of this.heads) {
      const on = key === this.sortKey;
      if (on) th.setAttribute('aria-sort', this.descending ? 'descending' : 'ascending');
      else th.removeAttribute('aria-sort');
      setText(arrow, on ? (this.descending ? '\u25be' : '\u25b4') : '');
    }
    this.none.hidden = rows.length > 0;
    this.scroller.hidden = rows.length === 0;
    this.table.setAttribute('aria-rowcount', String(rows.length + 1));
    this.paint();
    this.paintTotal();
  }

  get windowed() {
    return this.o.tall && this.rows.length > DRAW_ALL_UP_TO;
  }

  /** Which rows are in sight. */
  sight() {
    if (!this.windowed) return [0, this.rows.length];
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW_PX) - SPARE_ROWS);
    const most = Math.ceil((this.scroller.clientHeight || 700) / ROW_PX) + 2 * SPARE_ROWS;
    return [Math.min(first, Math.max(0, this.rows.length - most)), Math.min(this.rows.length, first + most)];
  }

  paint() {
    const [first, last] = this.sight();
    this.first = first;
    while (this.slots.length < last - first) this.slots.push(this.slot());
    const shown = this.slots.slice(0, last - first);
    shown.forEach((slot, i) => this.fill(slot, this.rows[first + i], first + i));
    const wanted = [this.above, ...shown.map((s) => s.tr), this.below];
    const same = this.body.children.length === wanted.length && wanted.every((n, i) => this.body.children[i] === n);
    if (!same) this.body.replaceChildren(...wanted);
    this.above.firstChild.style.setProperty('height', `${first * ROW_PX}px`);
    this.below.firstChild.style.setProperty('height', `${(this.rows.length - last) * ROW_PX}px`);
    [this.above.hidden, this.below.hidden] = [first === 0, last === this.rows.length];
  }

  slot() {
    const cells = this.columns.map((c, i) =>
      el(i === 0 ? 'th' : 'td', { scope: i === 0 ? 'row' : null, class: KINDS[c.kind ?? 'text'].n ? 'n' : null }),
    );
    return { tr: el('tr', { tabindex: '-1' }, cells), cells, signs: [] };
  }

  fill(slot, row, index) {
    const marks = this.o.marks(row);
    slot.tr.setAttribute('tabindex', index === this.at ? '0' : '-1');
    slot.tr.setAttribute('aria-rowindex', String(index + 2));
    slot.index = index;
    this.columns.forEach((column, i) => fillCell(slot, i, column, row, marks));
  }

  paintTotal() {
    if (!this.o.total || this.rows.length === 0) return this.foot.replaceChildren();
    const total = this.o.total(this.rows);
    const cells = this.columns.map((c, i) => totalCell(c, i, total, this.o.totalMarks));
    return this.foot.replaceChildren(el('tr', {}, cells));
  }

  onScroll() {
    if (!this.windowed || this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = null;
      this.paint();
    });
  }

  indexOf(target) {
    const tr = target.closest?.('tr');
    return this.slots.find((slot) => slot.tr === tr)?.index;
  }

  onFocus(event) {
    const index = this.indexOf(event.target);
    if (index !== undefined) this.at = index;
  }

  onClick(event) {
    const index = this.indexOf(event.target);
    if (this.o.open && index !== undefined && !event.target.closest('a, button')) this.o.open(this.rows[index]);
  }

  onKey(event) {
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity };
    const index = this.indexOf(event.target);
    if (index === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Enter' && this.o.open && event.target.tagName === 'TR') this.o.open(this.rows[index]);
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.focusRow(Math.min(Math.max(index + moves[event.key], 0), this.rows.length - 1));
  }

  focusRow(index) {
    this.at = index;
    if (this.windowed) {
      const top = index * ROW_PX;
      if (top < this.scroller.scrollTop || top > this.scroller.scrollTop + this.scroller.clientHeight - 3 * ROW_PX)
        this.scroller.scrollTop = top - 5 * ROW_PX;
    }
    this.paint();
    this.slots.find((slot) => slot.index === index && slot.tr.isConnected)?.tr.focus();
  }
}

function spacer(columns) {
  return el('tr', { class: 'space', 'aria-hidden': 'true', hidden: true }, el('td', { colspan: columns }));
}

function value(column, row) {
  return column.value ? column.value(row) : row[column.key];
}

function fillCell(slot, i, column, row, marks) {
  const td = slot.cells[i];
  const kind = KINDS[column.kind ?? 'text'];
  if (column.measure) mark(td, { measure: column.measure, ...marks });
  else if (kind.is) td.setAttribute('data-is', kind.is);
  if (!column.cell) return setText(td, kind.text(value(column, row)));
  const sign = column.sig ? column.sig(row) : row;
  if (slot.signs[i] === sign && td.hasChildNodes()) return undefined;
  slot.signs[i] = sign;
  td.replaceChildren();
  return append(td, [column.cell(row)]);
}

function totalCell(column, i, total, marks = {}) {
  const kind = KINDS[column.kind ?? 'text'];
  if (i === 0) return el('th', { scope: 'row', text: total.label ?? 'All' });
  if (!(column.key in total)) return el('td');
  const data = column.measure ? { measure: column.measure, ...marks } : {};
  return el('td', { class: kind.n ? 'n' : null, text: kind.text(total[column.key]), data });
}

function parseSort(sort) {
  if (!sort) return [null, false];
  return sort.startsWith('-') ? [sort.slice(1), true] : [sort, false];
}

/** Orders two values; those that are missing come last either way. */
function compare(a, b, descending) {
  const [none, other] = [!format.has(a), !format.has(b)];
  if (none || other) return Number(none) - Number(other);
  const numbers = typeof a === 'number' && typeof b === 'number';
  const order = numbers ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
  return descending ? -order : order;
}
