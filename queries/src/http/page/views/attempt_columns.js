// One attempt as views show it: its row in milliseconds and its columns. It knows the report interaction-handling-attempt.

import { ms } from '../api.js';
import { el } from '../dom.js';
import { href } from '../state.js';
import { clock, moment } from '../time.js';
import { result } from './call_lanes.js';

/** A row of the report with its times in milliseconds; `offered_ms` is when it began to ring or to dial. */
export function attemptRow(row) {
  const [start, end] = [ms(row.start_time), ms(row.end_time)];
  return { ...row, start_ms: start, end_ms: end, offered_ms: Math.min(end, start + row.queue_s * 1000) };
}

/** Columns of attempts; of several days the times tell the day too. */
export function attemptColumns(tz, ofSeveralDays) {
  const when = ofSeveralDays ? moment : clock;
  const measured = (key, label, meaning) => ({ key, label, kind: 'seconds', measure: `attempt.${key}`, meaning });
  return [
    {
      key: 'start_ms',
      label: 'Began',
      kind: 'time',
      cell: (r) => el('a', { href: href(['calls', r.interaction_id]), text: when(r.start_ms, tz) }),
      sig: (r) => r.attempt_id,
    },
    { key: 'customer_number', label: 'Customer' },
    { key: 'queue', label: 'Queue' },
    { key: 'result', label: 'Result', value: result },
    measured('queue_s', 'Waited', 'Time in queues and on routing points that led to the attempt'),
    measured('ring_s', 'Ring'),
    measured('talk_s', 'Talk'),
    measured('hold_s', 'Hold'),
    measured('acw_s', 'After call'),
    measured('dial_s', 'Dial'),
    measured('consult_s', 'Consulting', 'Talk in consultations; part of talk'),
    { key: 'role', label: 'Role', kind: 'code' },
  ];
}
