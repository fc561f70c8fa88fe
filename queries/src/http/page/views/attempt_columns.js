// One attempt as views show it: its row in milliseconds and its columns. It knows the report interaction-handling-attempt.

import { ms } from '../api.js';
import { el } from '../dom.js';
import { words } from '../format.js';
import { href } from '../state.js';
import { clock, moment } from '../time.js';

/** A row of the report with its times in milliseconds and the names that views use. */
export function attemptRow(row) {
  const start = ms(row.start_ms ?? row.start);
  const end = ms(row.end_ms ?? row.end);
  const wait = Number(row.wait_s ?? row.mediation_s ?? 0);
  return {
    ...row, start_ms: start, end_ms: end, offered_ms: start + wait * 1000, number: row.source_address ?? row.target_address,
    ring_s: Number(row.ring_s ?? 0), talk_s: Number(row.talk_s ?? 0), hold_s: Number(row.hold_s ?? 0),
  };
}

/** Columns of attempts. */
export function ATTEMPT_COLUMNS(tz, withDay) {
  const when = withDay ? moment : clock;
  return [
    { key: 'start_ms', label: 'Began', kind: 'time', value: (r) => r.start_ms, cell: (r) => el('a', { href: href(['calls', r.interaction_id]), text: when(r.start_ms, tz) }), sig: (r) => r.interaction_resource_id },
    { key: 'source_address', label: 'From' },
    { key: 'target_address', label: 'To' },
    { key: 'queue', label: 'Queue' },
    { key: 'role', label: 'Role', kind: 'code' },
    { key: 'result', label: 'Result', kind: 'code', value: (r) => [words(r.result), words(r.reason)].filter((t) => t && t !== '\u2013').join(', ') },
    { key: 'wait_s', label: 'Waited', kind: 'seconds', measure: 'attempt_wait_s' },
    { key: 'ring_s', label: 'Ring', kind: 'seconds', measure: 'attempt_ring_s' },
    { key: 'talk_s', label: 'Talk', kind: 'seconds', measure: 'attempt_talk_s' },
    { key: 'hold_s', label: 'Hold', kind: 'seconds', measure: 'attempt_hold_s' },
    { key: 'wrap_s', label: 'After call', kind: 'seconds', measure: 'attempt_wrap_s' },
  ];
}
