// How the columns of any report are shown: by what the answer declares of them and by the unit that ends their name.

import { ms } from '../api.js';
import { el } from '../dom.js';
import { href } from '../state.js';
import { moment } from '../time.js';

/** Columns for a table, out of the columns of an answer. */
export function columnsOf(report, columns, tz) {
  return columns
    .filter((c) => !DOUBLED.has(c.name))
    .map((column) => ({
      key: column.name,
      label: labelOf(column.name),
      meaning: column.definition,
      ...kindOf(column, tz),
    }))
    .map((column) => ({ ...column, measure: measured(column) ? `${report.name}.${column.key}` : undefined }));
}

/** Columns that say for programs what the one before says for people. */
const DOUBLED = new Set(['period_key', 'day_key']);

const measured = (column) => ['int', 'decimal', 'percent', 'seconds'].includes(column.kind);

function labelOf(name) {
  const text = name.replace(/_(s|ms)$/, '').replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const SHARES = /(_share|occupancy|service_level|utilization)$/;

function kindOf(column, tz) {
  const { name, type } = column;
  if (type === 'time')
    return {
      kind: 'time',
      value: (r) => ms(r[name]),
      cell: (r) => (r[name] ? moment(ms(r[name]), tz) : '\u2013'),
      sig: (r) => r[name],
    };
  if (name === 'interaction_id') return link(name, (r) => href(['calls', r[name]]));
  if (type === 'key') return { kind: 'text' };
  if (name === 'agent') return link(name, (r) => href(['agents', r[name]]));
  if (name === 'queue') return link(name, (r) => href(['queues', r[name]]));
  if (name.endsWith('_key'))
    return {
      kind: 'time',
      value: (r) => Number(r[name]),
      cell: (r) => moment(Number(r[name]) * 1000, tz),
      sig: (r) => r[name],
    };
  if (SHARES.test(name)) return { kind: 'percent' };
  if (type === 'flag') return { kind: 'text', value: (r) => (r[name] ? 'yes' : 'no') };
  if (name.endsWith('_s') && type !== 'text') return { kind: 'seconds' };
  if (type === 'integer') return { kind: 'int' };
  if (type === 'number') return { kind: 'decimal' };
  return { kind: name.endsWith('_code') || CODES.has(name) ? 'code' : 'text' };
}

const CODES = new Set([
  'state',
  'role',
  'result',
  'reason',
  'workmode',
  'technical_result',
  'result_reason',
  'resource_role',
]);

function link(name, to) {
  return {
    kind: 'text',
    cell: (r) => (r[name] ? el('a', { href: to(r), text: r[name] }) : '\u2013'),
    sig: (r) => r[name],
  };
}
