// What goes on now, asked again and again: calls, agents, queues, with times as milliseconds. It draws nothing.

import { get, ms } from '../api.js';

const EVERY_MS = 1000;
const AFTER_FAILURE_MS = 3000;

/** One answer about now. `asOf` is the program's clock when it answered, `at` the browser's. */
export async function liveNow(signal) {
  return shape(await get('/live', {}, signal));
}

/** Asks every second until `signal` ends it, and hands each answer, or the error, on. Hidden windows do not ask. */
export async function follow(signal, onAnswer, onError) {
  while (!signal.aborted) {
    let pause = EVERY_MS;
    try {
      if (!document.hidden) onAnswer(await liveNow(signal));
    } catch (error) {
      if (error.name === 'AbortError' || signal.aborted) return;
      if (error.status === 401) throw error;
      pause = AFTER_FAILURE_MS;
      onError(error);
    }
    await new Promise((done) => { setTimeout(done, pause); });
  }
}

function shape(body) {
  return {
    at: Date.now(), asOf: ms(body.as_of), completeness: body.completeness,
    calls: (body.calls ?? []).map((c) => ({ ...c, start_ms: ms(c.start_ms), state_since_ms: ms(c.state_since_ms), queue_entered_ms: ms(c.queue_entered_ms) })),
    agents: (body.agents ?? []).map((a) => ({ ...a, login_ms: ms(a.login_ms), state_since_ms: ms(a.state_since_ms) })),
    queues: body.queues ?? [],
  };
}

/** How many agents are in each state, in a stable order. */
export function agentsPerState(agents) {
  const counts = new Map(['READY', 'BUSY', 'AFTERCALLWORK', 'NOTREADY', 'LOGGEDONONLY'].map((code) => [code, 0]));
  for (const { state } of agents) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].filter(([code, n]) => n > 0 || code !== 'LOGGEDONONLY');
}
