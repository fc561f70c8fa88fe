// What the view of all queues and that of one queue share: figures, the two charts, the columns of the table.
// It knows queue sums, not where they come from.

import { cellbar, chart, legend } from '../chart.js';
import { el } from '../dom.js';
import { count, percent, seconds } from '../format.js';
import { figure, num, panel, segments } from '../parts.js';
import { change } from '../state.js';
import { DataTable } from '../table.js';
import { addDays, dayMonth, dayStartMs, hourMinute, moment, shortDay } from '../time.js';
import { sum } from './queue_sums.js';

const LENGTH_S = { 'quarter-hour': 900, hour: 3600 };

/** Interval of the charts: as asked, else by the length of the period. */
export function interval(query, days) {
  const asked = query.get('by');
  const fits = { 'quarter-hour': days <= 3, hour: days <= 14, day: days > 1 };
  if (asked && fits[asked]) return asked;
  return days <= 2 ? 'hour' : 'day';
}

/** Buttons for the interval. */
export function intervalChoice(by, days) {
  const choices = [
    ['quarter-hour', 'Quarter hours', days <= 3],
    ['hour', 'Hours', days <= 14],
    ['day', 'Days', days > 1],
  ];
  return segments(
    'Interval',
    choices.filter((c) => c[2]),
    by,
    (value) => change({ by: value }),
  );
}

/** All positions of the period, also those in which nothing happened. */
export function slots({ from, to, tz }, by) {
  if (by === 'day') return days(from, to, tz);
  const found = [];
  for (let ms = dayStartMs(from, tz); ms < dayStartMs(to, tz); ms += LENGTH_S[by] * 1000) {
    found.push({ key: ms / 1000, label: hourMinute(ms, tz), long: moment(ms, tz) });
  }
  return found;
}

function days(from, to, tz) {
  const found = [];
  for (let day = from; day < to; day = addDays(day, 1)) {
    const ms = dayStartMs(day, tz);
    found.push({ key: ms / 1000, label: dayMonth(ms, tz), long: shortDay(ms, tz) });
  }
  return found;
}

/** Without the empty positions before the first and after the last one that holds something, but for one each. */
export function trimmed(positions, has) {
  const first = positions.findIndex(has);
  if (first < 0) return positions;
  const last = positions.length - 1 - [...positions].reverse().findIndex(has);
  return positions.slice(Math.max(0, first - 1), last + 2);
}

/** The row of large numbers. `data` says of which queue they are. */
export function figures(total, bySlot, data, waiting) {
  const known = trimmed(bySlot, Boolean).filter((s, i, all) => s || (i > 0 && i < all.length - 1));
  const value = (name) => known.map((s) => s?.[name] ?? 0);
  const of = (measure) => ({ measure, data });
  return el(
    'div',
    { class: 'figures' },
    waiting
      ? figure({ name: 'Waiting now', value: count(waiting.n), measure: 'waiting_now', data, more: waiting.more })
      : null,
    figure({ name: 'Entered', value: count(total.entered), ...of('entered'), values: value('entered') }),
    figure({ name: 'Accepted', value: count(total.accepted), ...of('accepted'), values: value('accepted') }),
    figure({
      name: 'Abandoned',
      value: count(total.abandoned),
      ...of('abandoned'),
      values: value('abandoned'),
      more: [
        num(percent(total.abandoned_share), 'abandoned_share', data),
        ' of entered, ',
        num(count(total.abandoned_short), 'abandoned_short', data),
        ' short',
      ],
    }),
    figure({
      name: 'Service level',
      value: percent(total.service_level),
      ...of('service_level'),
      values: value('service_level'),
    }),
    figure({ name: 'Speed of answer', value: seconds(total.asa_s), ...of('asa_s'), values: value('asa_s') }),
    figure({
      name: 'Longest wait',
      value: seconds(total.max_wait_s),
      ...of('max_wait_s'),
      values: value('max_wait_s'),
    }),
  );
}

const CALLS = [
  ['accepted', 'Accepted', 'accepted'],
  ['abandoned', 'Abandoned', 'abandoned'],
  ['other', 'All else', 'other'],
];

/** Calls by interval as bars, service level below over the same hours. */
export function charts(positions, bySlot, tools) {
  const series = CALLS.map(([name, title, kind]) => ({ name: title, kind, values: bySlot.map((s) => s?.[name] ?? 0) }));
  const level = [
    { name: 'Service level', kind: 'talk', values: bySlot.map((s) => s?.service_level ?? null), format: percent },
  ];
  return [
    panel(
      'Calls that entered',
      [legend(series), tools],
      chart({
        label: 'Calls that entered, by interval',
        height: 230,
        slots: positions,
        series,
        stacked: true,
        format: count,
      }),
    ),
    panel(
      'Service level',
      null,
      chart({
        label: 'Service level, by interval',
        height: 230,
        slots: positions,
        series: level,
        max: 1,
        format: (v) => percent(v).replace(/[.,]0/, ''),
      }),
    ),
  ];
}

/** Columns of figures, for a table by queue or by interval. */
export const COLUMNS = [
  { key: 'entered', label: 'Entered', kind: 'int', measure: 'entered', meaning: 'Calls that entered the queue' },
  {
    key: 'accepted',
    label: 'Accepted',
    kind: 'int',
    measure: 'accepted',
    meaning: 'Distributed, and an agent or self-service handled the customer',
  },
  {
    key: 'abandoned',
    label: 'Abandoned',
    kind: 'int',
    measure: 'abandoned',
    meaning: 'The caller gave up while waiting in the queue',
  },
  {
    key: 'abandoned_share',
    label: 'Abandoned %',
    kind: 'percent',
    measure: 'abandoned_share',
    meaning: 'Abandoned of entered',
    cell: (r) => [percent(r.abandoned_share), cellbar(r.abandoned_share, 'abandoned')],
    sig: (r) => r.abandoned_share,
  },
  {
    key: 'service_level',
    label: 'Service level',
    kind: 'percent',
    measure: 'service_level',
    meaning: 'Accepted within the threshold, of entered without short abandonments',
    cell: (r) => [percent(r.service_level), cellbar(r.service_level, 'accepted')],
    sig: (r) => r.service_level,
  },
  { key: 'asa_s', label: 'Speed of answer', kind: 'seconds', measure: 'asa_s', meaning: 'Mean wait of the accepted' },
  {
    key: 'avg_wait_s',
    label: 'Mean wait',
    kind: 'seconds',
    measure: 'avg_wait_s',
    meaning: 'Mean wait of the accepted and the abandoned',
  },
  {
    key: 'max_wait_s',
    label: 'Longest wait',
    kind: 'seconds',
    measure: 'max_wait_s',
    meaning: 'Longest wait of the accepted and the abandoned',
  },
  {
    key: 'abandoned_short',
    label: 'Short',
    kind: 'int',
    measure: 'abandoned_short',
    meaning: 'Abandoned within the threshold of short abandonments',
  },
  {
    key: 'abandoned_invite',
    label: 'While ringing',
    kind: 'int',
    measure: 'abandoned_invite',
    meaning: 'The caller gave up while the agent\u2019s telephone rang',
  },
  {
    key: 'redirected',
    label: 'Redirected',
    kind: 'int',
    measure: 'redirected',
    meaning: 'Came back unanswered, or went on through another queue',
  },
  {
    key: 'cleared',
    label: 'Cleared',
    kind: 'int',
    measure: 'cleared',
    meaning: 'Taken out of the queue by the router or a rule',
  },
  {
    key: 'routed_other',
    label: 'Routed elsewhere',
    kind: 'int',
    measure: 'routed_other',
    meaning: 'Distributed to something that is neither an agent nor self-service',
  },
  { key: 'stopped', label: 'Stopped', kind: 'int', measure: 'stopped', meaning: 'All other passages' },
];

/** A table by interval; `marks` say of which queue. */
export function intervalTable(caption, positions, perSlot, by, marks) {
  const rows = positions
    .filter((p) => perSlot.has(p.key))
    .map((p) => ({ ...perSlot.get(p.key), label: by === 'day' ? p.long : p.label, key: p.key }));
  return new DataTable({
    caption,
    rows,
    tall: true,
    marks: (r) => ({ ...marks, period: r.key }),
    empty: 'No call entered in this period.',
    columns: [
      { key: 'key', label: by === 'day' ? 'Day' : 'From', kind: 'time', cell: (r) => r.label, sig: (r) => r.label },
      ...COLUMNS,
    ],
    totalMarks: marks,
    total: (all) => ({ label: 'Whole period', ...sum(all.flatMap((r) => r.rows)) }),
  });
}
