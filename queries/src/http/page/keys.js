// Keys that work everywhere, and the window that tells them. Keys within tables and timelines are theirs.

import { el } from './dom.js';
import { icon } from './icons.js';
import { NAV } from './nav.js';
import { change, go, period } from './state.js';
import { addDays, daysBetween } from './time.js';

let afterG = false;

/** Begins to listen. */
export function bindKeys() {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
    if (onKey(event.key)) event.preventDefault();
  });
}

function inField(target) {
  return target.closest?.('input, select, textarea, dialog[open]');
}

function onKey(key) {
  if (afterG) {
    afterG = false;
    const entry = NAV.find((e) => e.key === key);
    if (entry) go([entry.name]);
    return Boolean(entry);
  }
  const actions = {
    '?': showHelp,
    g: () => {
      afterG = true;
    },
    '[': () => move(-1),
    ']': () => move(1),
    '/': search,
    t: () => change({ from: null, to: null }),
    m: () => document.getElementById('main').focus(),
  };
  if (!Object.hasOwn(actions, key)) return false;
  actions[key]();
  return true;
}

/** Moves the period by its own length, back or forth. */
export function move(direction) {
  const { from, to } = period();
  const days = daysBetween(from, to) * direction;
  change({ from: addDays(from, days), to: addDays(to, days) });
}

function search() {
  document.querySelector('main input[type="search"], main input')?.focus();
}

const HELP = [
  [['?'], 'this window'],
  [['g', 'then a letter'], NAV.map((e) => `${e.key} ${e.title.toLowerCase()}`).join(', ')],
  [['[', ']'], 'the period before, the period after'],
  [['t'], 'the latest day that has data'],
  [['/'], 'the first field of the view'],
  [['m'], 'to the content'],
  [['\u2191', '\u2193'], 'in a table: from row to row; Home, End and Page keys too; Enter opens the row'],
  [
    ['\u2190', '\u2192'],
    'in a chart or a timeline: from one value or span to the next; \u2191 \u2193 from lane to lane',
  ],
];

/** Opens the window that tells the keys. */
export function showHelp() {
  document.querySelector('dialog.help')?.remove();
  const close = el(
    'button',
    { class: 'button plain square', type: 'button', 'aria-label': 'Close', on: { click: () => dialog.close() } },
    icon('close'),
  );
  const keys = HELP.flatMap(([names, what]) => [
    el(
      'dt',
      {},
      names.map((n) => [n.length > 3 ? ` ${n} ` : el('kbd', { text: n }), ' ']),
    ),
    el('dd', { text: what }),
  ]);
  const note =
    'The address of the page holds the view, the period, the zone and the filters: copy it to share what you see.';
  const dialog = el(
    'dialog',
    { class: 'help', 'aria-labelledby': 'help-title' },
    el('header', {}, el('h2', { id: 'help-title', text: 'Keys and help' }), close),
    el('dl', { class: 'keys' }, keys),
    el('p', { class: 'note', text: note }),
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
