// A call that goes on still: what is known of it now, each second, until it has ended and the mart tells the rest.

import { el } from '../dom.js';
import { seconds, words } from '../format.js';
import { panel, state } from '../parts.js';
import { href, zone } from '../state.js';
import { clock, moment } from '../time.js';
import { follow, liveNow } from './live_data.js';

/** Shows the call while it is open; gives false when no such call is open. */
export async function showOpen(id, { root, signal }) {
  const find = (now) => now.calls.find((c) => c.interaction_id === id || c.call_uuid === id);
  const first = await liveNow(signal);
  if (signal.aborted || !find(first)) return signal.aborted;
  const place = el('div');
  root.replaceChildren(
    panel('This call goes on', el('a', { href: href(['live']), text: 'All open calls' }), place),
    el('p', { class: 'note', text: 'Its timeline is told when it has ended.' }),
  );
  const ended = new AbortController();
  const draw = (now) => {
    const call = find(now);
    if (call) place.replaceChildren(facts(call, now));
    else finish(ended);
  };
  signal.addEventListener('abort', () => ended.abort());
  draw(first);
  follow(ended.signal, draw, () => {});
  return true;
}

/** Once the call is gone from what goes on, the view is drawn again: then it is a fact. */
function finish(ended) {
  ended.abort();
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function facts(call, now) {
  const tz = zone();
  const fact = (name, value, is = 'name') =>
    el('div', {}, el('dt', { text: name }), el('dd', { 'data-is': is }, value));
  const measured = (name, value, measure) =>
    el(
      'div',
      {},
      el('dt', { text: name }),
      el('dd', { text: value, data: { measure, interaction: call.interaction_id } }),
    );
  const agent = call.agent
    ? el('a', { href: href(['agents', call.agent]), text: call.agent })
    : (call.resource ?? 'unknown');
  return el(
    'dl',
    { class: 'facts' },
    fact('Type', words(call.interaction_type)),
    fact('From', call.source_address ?? 'unknown'),
    fact('To', call.target_address ?? 'unknown'),
    fact('Began', moment(call.began, tz), 'time'),
    fact('State', state(call.state)),
    measured('For', seconds(Math.max(0, (now.asOf - call.since) / 1000)), 'call_state_age'),
    fact('At', agent),
    fact('DN', call.dn ?? 'unknown'),
    fact('Queue', call.queue ?? 'none'),
    fact('As of', clock(now.asOf, tz), 'time'),
  );
}
