// How complete the mart is: every source with its stretches as bars, its gaps, and what could not be read.

import { get, ms } from '../api.js';
import { legend } from '../chart.js';
import { gapInWords, isHole } from '../coverage.js';
import { el } from '../dom.js';
import { age, count, words } from '../format.js';
import { figure, nothing, panel, tablePanel } from '../parts.js';
import { period } from '../state.js';
import { DataTable } from '../table.js';
import { dayStartMs, moment } from '../time.js';
import { timeline } from '../timeline.js';

export async function show({ root, signal }) {
  const asked = period();
  const { from, to, tz } = asked;
  const body = await get('/coverage', {}, signal);
  if (signal.aborted) return;
  const span = [
    dayStartMs(from, tz),
    Math.min(dayStartMs(to, tz), Math.max(ms(body.now), ...body.sources.map((s) => ms(s.watermark) ?? 0))),
  ];
  const newest = Math.max(0, ...body.sources.map((s) => ms(s.watermark) ?? 0));
  const sources = body.sources.map((s) => withTimes(s, span, newest));
  root.replaceChildren(
    figures(sources, body),
    bars(sources, asked),
    table(sources, tz, ms(body.now)),
    gaps(sources, tz),
    rejects(body),
  );
}

/** A source with its stretches, the gaps in the period, and those of them that are holes. */
function withTimes(source, [from, to], newest) {
  const stretches = source.stretches.map((p) => ({ from: ms(p.from), to: ms(p.to) }));
  const gaps = stretches.length > 0 ? gapsOf(source, stretches, from, to) : [];
  return { ...source, stretches, watermark: ms(source.watermark), gaps, holes: gaps.filter((g) => isHole(g, newest)) };
}

function gapsOf(source, stretches, from, to) {
  const gaps = [];
  let known = -Infinity;
  for (const stretch of stretches) {
    gaps.push({ kind: known === -Infinity ? 'before' : 'between', from: known, to: stretch.from });
    known = Math.max(known, stretch.to);
  }
  if (!source.stopped) gaps.push({ kind: 'behind', from: known, to: Infinity });
  return gaps.map((g) => ({ ...g, from: Math.max(g.from, from), to: Math.min(g.to, to) })).filter((g) => g.from < g.to);
}

function figures(sources, body) {
  const lacking = sources.filter((s) => !s.watermark || s.holes.length > 0).length;
  return el(
    'div',
    { class: 'figures' },
    figure({ name: 'Sources', value: count(sources.length), measure: 'sources' }),
    figure({
      name: 'With gaps in the period',
      value: count(lacking),
      measure: 'sources_with_gaps',
      alert: lacking > 0,
    }),
    figure({ name: 'Events', value: count(sources.reduce((n, s) => n + s.events, 0)), measure: 'events' }),
    figure({ name: 'Rejects', value: count(body.rejects.total), measure: 'rejects' }),
  );
}

function bars(sources, { from, to, tz }) {
  if (sources.length === 0) return panel('Complete stretches', null, nothing('No source has been heard yet.'));
  const lanes = sources.map((s) => ({
    name: s.source,
    more: words(s.role),
    low: true,
    spans: [
      ...s.stretches.map((p) => ({ kind: 'good', name: 'Complete', from: p.from, to: p.to })),
      ...s.holes.map((g) => ({ kind: 'gap', name: 'Missing', from: g.from, to: g.to })),
    ].sort((a, b) => a.from - b.from),
  }));
  const kinds = [
    { kind: 'good', name: 'Complete' },
    { kind: 'gap', name: 'Missing' },
  ];
  return panel(
    'Complete stretches',
    legend(kinds),
    timeline({ label: 'Complete stretches by source', lanes, from: dayStartMs(from, tz), to: dayStartMs(to, tz), tz }),
  );
}

function heardText(source, now) {
  if (source.state === 'ignored') return 'Ignored by an operator';
  if (source.state === 'retired') return 'Retired by an operator';
  if (!source.watermark) return 'Never heard';
  return source.stopped ? 'Stopped in good order' : `Heard, ${age(now - source.watermark)} behind`;
}

function table(sources, tz, now) {
  const data = new DataTable({
    caption: 'Sources',
    rows: sources,
    sort: 'source',
    marks: (r) => ({ source: r.source }),
    empty: 'No source has been heard yet.',
    columns: [
      { key: 'source', label: 'Source' },
      { key: 'role', label: 'Tells of', kind: 'code' },
      { key: 'switch', label: 'Switch' },
      {
        key: 'watermark',
        label: 'Known up to',
        kind: 'time',
        value: (r) => r.watermark,
        cell: (r) => (r.watermark ? moment(r.watermark, tz) : 'never heard'),
        sig: (r) => r.watermark,
      },
      { key: 'stopped', label: 'State', kind: 'time', value: (r) => heardText(r, now) },
      { key: 'stretches', label: 'Stretches', kind: 'int', measure: 'stretches', value: (r) => r.stretches.length },
      { key: 'gaps', label: 'Gaps', kind: 'int', measure: 'gaps', value: (r) => r.holes.length },
      { key: 'events', label: 'Events', kind: 'int', measure: 'events' },
      { key: 'rejects', label: 'Rejects', kind: 'int', measure: 'rejects' },
    ],
  });
  return tablePanel('Sources', null, data.node);
}

function gaps(sources, tz) {
  const found = sources.flatMap((s) =>
    (s.watermark ? s.gaps : []).map((g) =>
      el('li', { 'data-is': 'time' }, el('strong', { text: s.source }), ` ${gapInWords(g, tz)}.`),
    ),
  );
  if (found.length === 0) return '';
  return panel('What is missing in this period', null, el('ul', { class: 'plain' }, found));
}

function rejects(body) {
  if (body.rejects.total === 0) return '';
  const data = new DataTable({
    caption: 'Rejected input',
    rows: body.rejects.by_reason,
    sort: '-rejects',
    marks: (r) => ({ reason: r.reason }),
    columns: [
      { key: 'reason', label: 'Reason' },
      { key: 'rejects', label: 'How many', kind: 'int', measure: 'rejects' },
    ],
  });
  return tablePanel('Input that could not be read', null, data.node);
}
