// Days and clock times in any IANA zone, by what the browser knows of zones. It knows no view and no URL.

const formats = new Map();

function format(tz, name, options) {
  const key = `${tz} ${name}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(undefined, { timeZone: tz, ...options }));
  return formats.get(key);
}

/** The browser's zone. */
export function browserZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** Whether the browser knows the zone. */
export function isZone(tz) {
  try {
    return Boolean(tz) && Boolean(new Intl.DateTimeFormat('en', { timeZone: tz }));
  } catch {
    return false;
  }
}

/** All zones that the browser names, UTC first. */
export function zones() {
  const named = Intl.supportedValuesOf ? Intl.supportedValuesOf('timeZone') : [];
  return ['UTC', ...named.filter((tz) => tz !== 'UTC')];
}

/** Hours and minutes. */
export function hourMinute(ms, tz) {
  return format(tz, 'hm', { hour: 'numeric', minute: '2-digit' }).format(ms);
}

/** Clock time to the second. */
export function clock(ms, tz) {
  return format(tz, 'hms', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(ms);
}

/** Clock time to the millisecond. */
export function exact(ms, tz) {
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 };
  return format(tz, 'exact', options).format(ms);
}

/** Day and clock time to the second. */
export function moment(ms, tz) {
  const options = {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  };
  return format(tz, 'moment', options).format(ms);
}

/** Short day, such as "Mon, Jan 5". */
export function shortDay(ms, tz) {
  return format(tz, 'short', { weekday: 'short', month: 'short', day: 'numeric' }).format(ms);
}

/** Day and month, for axes. */
export function dayMonth(ms, tz) {
  return format(tz, 'dm', { month: 'short', day: 'numeric' }).format(ms);
}

/** Long day with its year. */
export function longDay(ms, tz) {
  return format(tz, 'long', { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' }).format(ms);
}

/** The local day of a moment, as YYYY-MM-DD. */
export function dayOf(ms, tz) {
  const p = parts(ms, tz);
  return `${String(p.year).padStart(4, '0')}-${pad(p.month)}-${pad(p.day)}`;
}

const pad = (n) => String(n).padStart(2, '0');

function parts(ms, tz) {
  const key = `${tz} parts`;
  if (!formats.has(key)) {
    const options = {
      timeZone: tz,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    };
    formats.set(key, new Intl.DateTimeFormat('en-US', options));
  }
  return Object.fromEntries(
    formats
      .get(key)
      .formatToParts(ms)
      .map((part) => [part.type, Number(part.value)]),
  );
}

function offsetMs(ms, tz) {
  const p = parts(ms, tz);
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(ms / 1000) * 1000;
}

/** First moment of a local day; where midnight does not exist, the moment after the gap. */
export function dayStartMs(day, tz) {
  const utc = Date.parse(`${day}T00:00:00Z`);
  const first = utc - offsetMs(utc, tz);
  const second = utc - offsetMs(first, tz);
  return dayOf(second, tz) === day ? second : Math.max(first, second);
}

/** The day that lies so many days later. */
export function addDays(day, n) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10);
}

/** Days from one to the other. */
export function daysBetween(from, to) {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** Whether a text is a day. */
export function isDay(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Round moments between two, at most `most` of them, aligned to the zone's clock. */
export function ticks(fromMs, toMs, tz, most) {
  const span = Math.max(1, toMs - fromMs) / 1000;
  const step = (STEPS_S.find((s) => span / s <= most) ?? 86_400 * Math.ceil(span / 86_400 / most)) * 1000;
  const offset = offsetMs(fromMs, tz);
  const first = Math.ceil((fromMs + offset) / step) * step - offset;
  const found = [];
  for (let t = first; t <= toMs; t += step) found.push(t);
  return { found, stepMs: step };
}

/** Label of a tick: only what its step makes different. */
export function tickLabel(ms, tz, stepMs) {
  if (stepMs >= 86_400_000) return shortDay(ms, tz);
  return stepMs >= 60_000 ? hourMinute(ms, tz) : clock(ms, tz);
}
