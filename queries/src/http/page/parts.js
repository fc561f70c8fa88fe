// Pieces that several views use: figures, panels, downloads, segments, states with their colour. They know no report.

import { download, hasToken } from './api.js';
import { el, setText } from './dom.js';
import { icon } from './icons.js';
import { words } from './format.js';
import { spark } from './chart.js';

/** One large number with its name. `measure` and `data` say which it is. */
export function figure({ name, value, more, measure, data = {}, values, alert }) {
  const big = el('div', {
    class: `big${String(value).length > 7 ? ' long' : ''}`,
    text: value,
    data: { measure, ...data },
  });
  return el(
    'div',
    { class: `figure${alert ? ' alert' : ''}` },
    el('div', { class: 'name' }, name),
    big,
    el('div', { class: 'more' }, more ?? []),
    values ? spark(values) : null,
  );
}

/** A row of figures that are drawn again and again: only what changed is written. */
export class Figures {
  constructor() {
    this.node = el('div', { class: 'figures' });
    this.known = new Map();
  }

  /** `entries`: [name, text, marks, drawn name if it is more than text]. */
  draw(entries) {
    for (const [name, value, { measure, ...data }, drawn] of entries) {
      const known = this.known.get(name) ?? figure({ name: drawn ? drawn() : name, value, measure, data });
      setText(known.querySelector('.big'), value);
      this.known.set(name, known);
    }
    const wanted = entries.map(([name]) => this.known.get(name));
    const same = wanted.length === this.node.children.length && wanted.every((n, i) => this.node.children[i] === n);
    if (!same) this.node.replaceChildren(...wanted);
  }
}

/** A number within a line of text. */
export function num(text, measure, data = {}) {
  return el('span', { text, data: { measure, ...data } });
}

/** A panel with a heading; `tools` stand at its right. */
export function panel(title, tools, ...content) {
  return el(
    'section',
    { class: 'panel', 'aria-label': title },
    el('header', {}, el('h2', { text: title }), tools),
    content,
  );
}

/** A panel whose content reaches its edges, for tables. */
export function tablePanel(title, tools, ...content) {
  return el(
    'section',
    { class: 'panel flush', 'aria-label': title },
    el('header', {}, el('h2', { text: title }), tools),
    content,
  );
}

/** Links that give the same rows as a file. */
export function downloads(urlOf) {
  const link = (format, name) =>
    el('a', {
      class: 'button',
      href: urlOf(format),
      download: '',
      text: name,
      title: `These rows as ${name}`,
      on: { click: (event) => withToken(event, urlOf(format), format) },
    });
  return el(
    'div',
    { class: 'joined small', role: 'group', 'aria-label': 'Download' },
    link('csv', 'CSV'),
    link('parquet', 'Parquet'),
    link('arrow', 'Arrow'),
    link('json', 'JSON'),
  );
}

/** A link cannot send the token that some servers ask for; then the page fetches the file itself. */
function withToken(event, address, format) {
  if (!hasToken()) return;
  event.preventDefault();
  download(address, `callmart.${format}`);
}

/** Buttons of which one is pressed. `choices`: [value, name]. */
export function segments(label, choices, chosen, onChoice) {
  return el(
    'div',
    { class: 'joined small', role: 'group', 'aria-label': label },
    choices.map(([value, name]) =>
      el('button', {
        class: 'button',
        type: 'button',
        text: name,
        'aria-pressed': String(value === chosen),
        on: { click: () => onChoice(value) },
      }),
    ),
  );
}

const STATE_KINDS = {
  READY: 'ready',
  BUSY: 'busy',
  AFTERCALLWORK: 'wrap',
  NOTREADY: 'notready',
  LOGGEDONONLY: 'idle',
  IVR: 'ivr',
  QUEUED: 'queue',
  ALERTING: 'ring',
  DIALING: 'ring',
  CONNECTED: 'talk',
  HELD: 'hold',
};

/** The class of a state's colour. */
export function kindOf(code) {
  return (
    STATE_KINDS[
      String(code ?? '')
        .toUpperCase()
        .replaceAll('_', '')
    ] ?? 'idle'
  );
}

/** A state with its colour and its name. */
export function state(code) {
  return el('span', { class: `state k-${kindOf(code)}`, 'data-is': 'name' }, el('i', { class: 'swatch' }), words(code));
}

/** A field with its label. */
export function field(label, input) {
  return el('div', { class: 'field' }, el('label', { for: input.id, text: label }), input);
}

/** A button that sends a form. */
export function submit(text, iconName) {
  return el('button', { class: 'button first', type: 'submit' }, iconName ? icon(iconName) : null, text);
}

/** What stands where there is nothing to show. */
export function nothing(text) {
  return el('p', { class: 'empty', text });
}
