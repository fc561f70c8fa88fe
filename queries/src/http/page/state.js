// What the address bar holds: the view, its path and its settings. Whoever copies the address sees the same.
// It knows no view and does not draw.

import { addDays, browserZone, dayOf, isDay, isZone } from './time.js';

/** Settings that go along from one view to the next. */
const SHARED = ['from', 'to', 'tz'];

/** The newest moment that the mart knows, in milliseconds; set once the coverage is known. */
let newestMs = Date.now();

/** Tells what "the latest day" means when the address names no day. */
export function setNewest(ms) {
  if (ms) newestMs = ms;
}

/** What the address says: path parts and settings. */
export function read(hash = location.hash) {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').filter(Boolean).map(decode);
  return { parts, query: new URLSearchParams(query ?? '') };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a view. Period and zone go along unless changed; a setting of null is taken away. */
export function href(parts, changes = {}) {
  const kept = new URLSearchParams();
  const now = read().query;
  for (const name of SHARED) if (now.has(name)) kept.set(name, now.get(name));
  return address(parts, apply(kept, changes));
}

function apply(query, changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  }
  return query;
}

function address(parts, query) {
  const text = query.toString().replaceAll('%2F', '/').replaceAll('%3A', ':');
  return `#/${parts.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
}

/** Changes settings of the view that is shown, as a step that "back" undoes. */
export function change(changes) {
  const { parts, query } = read();
  location.hash = address(parts, apply(query, changes));
}

/** Remembers settings in the address without drawing again and without a step. */
export function remember(changes) {
  const { parts, query } = read();
  history.replaceState(null, '', address(parts, apply(query, changes)));
}

/** Goes to a view. */
export function go(parts, changes) {
  location.hash = href(parts, changes);
}

/** The zone asked for, else the browser's. */
export function zone() {
  const asked = read().query.get('tz');
  return isZone(asked) ? asked : browserZone();
}

/** The days asked for, `to` not included; without any, the newest day that the mart knows, or today. */
export function period() {
  const { query } = read();
  const tz = zone();
  // What is known up to midnight belongs to the day that ends there.
  const latest = dayOf(Math.min(newestMs, Date.now()) - 1, tz);
  const from = isDay(query.get('from')) ? query.get('from') : latest;
  const asked = query.get('to');
  const to = isDay(asked) && asked > from ? asked : addDays(from, 1);
  return { from, to, tz, latest, chosen: query.has('from') };
}
