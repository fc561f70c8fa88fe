// How the columns of any report are shown: by what the answer declares of them: type and unit.

import { ms } from '../api.js';
import { el } from '../dom.js';
import { href } from '../state.js';
import { moment } from '../time.js';

/** Columns for a table, out of the columns of an answer. */
export function columnsOf(report, columns, tz) {
  return columns
    .filter((c) => !DOUBLED.has(c.name))
    .sort((a, b) => isId(a) - isId(b))
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

/** Ids are long and say little to people: they come last. */
const isId = ({ name, type }) => Number(type === 'key' || UUIDS.has(name));

const UUIDS = new Set(['root_call', 'call', 'call_uuid', 'session']);

const measured = (column) => ['int', 'decimal', 'percent', 'seconds'].includes(column.kind);

function labelOf(name) {
  const text = name.replace(/_(s|ms)$/, '').replaceAll('_', ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`.replace(/\bdn\b/i, 'DN').replace(/\bid$/, 'ID');
}

/** Kinds by the unit that the answer declares. */
const UNITS = { ratio: 'percent', s: 'seconds', count: 'int', number: 'int' };

const LINKS = { interaction_id: 'calls', agent: 'agents', queue: 'queues' };

function kindOf({ name, type, unit }, tz) {
  if (type === 'time') return timed(name, (r) => ms(r[name]), tz);
  if (unit === 'epoch_s') return timed(name, (r) => Number(r[name]) * 1000, tz);
  if (Object.hasOwn(LINKS, name)) return link(name, (r) => href([LINKS[name], r[name]]));
  if (unit === 'flag' || type === 'flag') return { kind: 'text', value: (r) => FLAGS[r[name]] };
  if (Object.hasOwn(UNITS, unit ?? '')) return { kind: UNITS[unit] };
  if (type === 'integer') return { kind: 'int' };
  if (type === 'number') return { kind: 'decimal' };
  return { kind: CODES.has(name) ? 'code' : 'text' };
}

const FLAGS = { 0: 'no', 1: 'yes', false: 'no', true: 'yes' };

function timed(name, value, tz) {
  return { kind: 'time', value, cell: (r) => (r[name] ? moment(value(r), tz) : '\u2013'), sig: (r) => r[name] };
}

const CODES = new Set([
  'state',
  'state_detail',
  'role',
  'result',
  'reason',
  'workmode',
  'resource_type',
  'interaction_type',
  'how',
  'kind',
]);

function link(name, to) {
  return {
    kind: 'text',
    cell: (r) => (r[name] ? el('a', { href: to(r), text: r[name] }) : '\u2013'),
    sig: (r) => r[name],
  };
}
