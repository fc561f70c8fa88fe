// The bar above each view: its title, the period with its steps, the zone, and how complete the answer is.
// It changes the address; the views read it from there.

import { el } from './dom.js';
import { icon } from './icons.js';
import { move } from './keys.js';
import { change, href, period, read } from './state.js';
import { addDays, daysBetween, isDay, isZone, zones } from './time.js';

/** Draws the bar for a view of the navigation. */
export function drawBar(bar, entry) {
  const { parts } = read();
  const isOneCall = parts[0] === 'calls' && parts[1];
  const focused = document.activeElement?.id;
  const title = el('h1', { text: parts[1] ?? entry.title, 'data-is': 'name' });
  const back = parts[1] ? el('a', { href: href([entry.name]), text: `${entry.title} \u203a` }) : null;
  const heading = el('div', { class: 'title' }, back, title);
  document.title = `${parts[1] ? `${parts[1]} - ` : ''}${entry.title} - Callmart`;
  const completeness = el('div', { id: 'completeness' });
  const hasPeriod = entry.period && !isOneCall;
  const settings = el(
    'div',
    { class: `controls settings${hasPeriod ? ' whole' : ''}` },
    hasPeriod ? periodControls() : null,
    zoneControl(),
  );
  bar.replaceChildren(heading, completeness, settings);
  if (focused) document.getElementById(focused)?.focus();
}

function periodControls() {
  const { from, to, latest } = period();
  const days = daysBetween(from, to);
  const last = addDays(to, -1);
  const day = (id, label, value, onDay) =>
    el('input', {
      type: 'date',
      id,
      value,
      'aria-label': label,
      title: label,
      on: {
        change: (e) => {
          if (isDay(e.target.value)) onDay(e.target.value);
        },
      },
    });
  const first = day('from', 'First day', from, (d) => change({ from: d, to: d > last ? addDays(d, 1) : to }));
  const end = day('to', 'Last day', last, (d) => change({ to: addDays(d, 1), from: d < from ? d : from }));
  return el(
    'div',
    { class: 'controls', role: 'group', 'aria-label': 'Period' },
    el('div', { class: 'joined' }, step('previous', 'Period before', -1), step('next', 'Period after', 1)),
    first,
    el('span', { class: 'note', text: 'to' }),
    end,
    presets(days, latest, to),
  );
}

function step(name, label, direction) {
  return el(
    'button',
    {
      class: 'button square',
      type: 'button',
      id: `step-${name}`,
      'aria-label': label,
      title: label,
      on: { click: () => move(direction) },
    },
    icon(name),
  );
}

const PRESETS = [
  ['Day', 1],
  ['Week', 7],
  ['Month', 30],
];

/** The last day, 7 days or 30 days that have data. */
function presets(days, latest, to) {
  const isLatest = to === addDays(latest, 1);
  return el(
    'div',
    { class: 'joined', role: 'group', 'aria-label': 'Latest' },
    PRESETS.map(([name, n]) =>
      el('button', {
        class: 'button',
        type: 'button',
        id: `preset-${n}`,
        text: name,
        'aria-pressed': String(isLatest && days === n),
        title: n === 1 ? 'The latest day that has data' : `The latest ${n} days that have data`,
        on: {
          click: () =>
            change(n === 1 ? { from: null, to: null } : { from: addDays(latest, 1 - n), to: addDays(latest, 1) }),
        },
      }),
    ),
  );
}

function zoneControl() {
  const { tz } = period();
  const list = el(
    'datalist',
    { id: 'zones' },
    zones().map((name) => el('option', { value: name })),
  );
  const onChange = (event) => {
    const asked = event.target.value.trim();
    event.target.setAttribute('aria-invalid', String(!isZone(asked)));
    if (isZone(asked)) change({ tz: asked });
  };
  const input = el('input', {
    class: 'zone',
    id: 'zone',
    list: 'zones',
    value: tz,
    'aria-label': 'Time zone',
    title: 'Time zone: any IANA name',
    spellcheck: 'false',
    autocomplete: 'off',
    on: { change: onChange, focus: (e) => e.target.select() },
  });
  return el('div', { class: 'controls' }, input, list);
}
