// What the program knows of its sources, asked once and kept for a few seconds; and how complete an answer is, in words.
// It knows no view.

import { get, ms } from './api.js';
import { el } from './dom.js';
import { number } from './format.js';
import { icon } from './icons.js';
import { period, zone } from './state.js';
import { dayStartMs, moment } from './time.js';

const KEPT_MS = 5_000;
let kept = null;

/** The coverage of all sources. */
export function coverage() {
  if (!kept || Date.now() - kept.at > KEPT_MS) kept = { at: Date.now(), answer: get('/coverage') };
  return kept.answer;
}

/** The newest moment that any source has told of, in milliseconds; null when none has. */
export async function newest() {
  const answer = await coverage();
  const times = answer.sources.map((s) => ms(s.watermark) ?? 0);
  return Math.max(0, ...times) || null;
}

/** Shows in the bar how complete an answer is. */
export function showCompleteness(completeness) {
  const place = document.getElementById('completeness');
  if (!place || !completeness) return;
  const { kind, text } = verdict(completeness);
  const summary = el(
    'summary',
    { class: `pill ${kind}`, 'data-is': 'time', id: 'verdict' },
    icon(kind === 'warn' ? 'warn' : 'ok'),
    text,
  );
  place.replaceChildren(el('details', { class: 'popover' }, summary, el('div', {}, explanation(completeness))));
}

/** In a few words: complete, complete so far, from when on, or how many sources lack something. */
function verdict(c) {
  const tz = zone();
  const upTo = c.watermark ? `data up to ${moment(ms(c.watermark), tz)}` : 'no common time known';
  if (c.complete) return { kind: 'good', text: `Complete, ${upTo}` };
  const newest = Math.max(0, ...c.sources.map((s) => ms(s.watermark) ?? 0));
  const lacking = c.sources.filter((s) => hasHole(s, newest)).length;
  if (lacking > 0) return { kind: 'warn', text: `Incomplete: ${number(lacking, 'source')}, ${upTo}` };
  const begin = Math.max(0, ...c.sources.flatMap((s) => s.gaps.filter(isBefore).map((gap) => ms(gap.to))));
  if (!c.watermark || begin >= dayStartMs(period().to, tz))
    return { kind: 'warn', text: 'Nothing was heard in this period' };
  if (begin === 0) return { kind: '', text: `Complete so far, ${upTo}` };
  return { kind: '', text: `Data from ${moment(begin, tz)} to ${moment(ms(c.watermark), tz)}` };
}

const isBefore = (gap) => gap.kind === 'before';

/** How far a source may be behind the one that is farthest before what lies ahead of it counts as missing. */
const LATE_MS = 60_000;

/** Whether a gap is a hole: not what was before a source was there, nor what lies ahead of all. `newest` is the newest moment known. */
export function isHole(gap, newest) {
  return gap.kind === 'between' || (gap.kind === 'behind' && newest - ms(gap.from) > LATE_MS);
}

function hasHole(source, newest) {
  return !source.watermark || source.gaps.some((gap) => isHole(gap, newest));
}

function explanation(c) {
  const tz = zone();
  const lines = c.sources.map((s) =>
    el('li', { 'data-is': 'time' }, el('strong', { text: s.source }), ` ${inWords(s, tz)}`),
  );
  return [
    el('strong', {
      text: c.complete
        ? 'Every source was heard for the whole period.'
        : 'Not everything of this period has been heard.',
    }),
    el('ul', { class: 'note' }, lines),
    c.definition_version
      ? el('p', { class: 'note', 'data-is': 'version', text: `Definition version ${c.definition_version}.` })
      : null,
  ].filter(Boolean);
}

function inWords(source, tz) {
  const ignored = (source.ignored ?? []).at(-1);
  if (ignored && source.gaps.length === 0) {
    return `is ignored from ${moment(ms(ignored.from), tz)} on, as ${ignored.by} decided${ignored.why ? `: ${ignored.why}` : '.'}`;
  }
  if (!source.watermark) return 'was never heard.';
  const { gaps } = source;
  if (gaps.length === 0) return `is complete${source.stopped ? ' and stopped in good order' : ''}.`;
  const first = gaps
    .slice(0, 3)
    .map((g) => gapInWords(g, tz))
    .join('; ');
  return `${first}${gaps.length > 3 ? `; and ${gaps.length - 3} more gaps` : ''}.`;
}

/** One gap as a part of a sentence. */
export function gapInWords(gap, tz) {
  if (gap.kind === 'before') return `is heard only from ${moment(ms(gap.to), tz)} on`;
  if (gap.kind === 'behind') return `is not heard yet from ${moment(ms(gap.from), tz)} on`;
  return `is missing from ${moment(ms(gap.from), tz)} to ${moment(ms(gap.to), tz)}`;
}
