// What goes on now, asked again and again: calls, agents, queues, with times as milliseconds. It draws nothing.

import { get, ms } from '../api.js';

/** With the time of an answer a little less than a second. */
const EVERY_MS = 700;
/** Rows asked for of calls and of agents; how many there are is told besides. */
const MOST_ROWS = 5000;
/** When nothing was told for so long, the sources are taken to be silent, and now is when they told something last. */
const SILENT_MS = 300_000;
const AFTER_FAILURE_MS = 3000;

/** One answer about now. `asOf` is the program's clock, or when the sources were last heard if that is long ago. */
export async function liveNow(signal, limit = MOST_ROWS) {
  return shape(await get('/live', { limit }, signal));
}

/** Asks again and again until `signal` ends it, and hands each answer, or the error, on. Hidden windows do not ask. */
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
    await new Promise((done) => {
      setTimeout(done, pause);
    });
  }
}

function shape(body) {
  const calls = body.calls.rows.map((c) => ({ ...c, since: ms(c.state_since), began: ms(c.started) }));
  const agents = body.agents.rows.map((a) => ({ ...a, since: ms(a.state_since), began: ms(a.logged_in) }));
  const [now, complete, heard] = [ms(body.now), ms(body.watermark), ms(body.heard)];
  const isSilent = heard !== null && now - heard > SILENT_MS;
  const asOf = isSilent ? heard : now;
  const queues = body.queues.map((q) => ({ ...q, wait_s: Math.max(0, (asOf - ms(q.first_entered)) / 1000) }));
  return {
    asOf,
    isSilent,
    complete,
    calls,
    allCalls: body.calls.total,
    agents,
    allAgents: body.agents.total,
    states: new Map(body.agent_states.map((s) => [s.state, s.agents])),
    queues,
    waiting: queues.reduce((all, q) => all + q.waiting, 0),
    longest: queues.length > 0 ? Math.max(...queues.map((q) => q.wait_s)) : null,
  };
}

const USUAL_STATES = ['READY', 'BUSY', 'AFTERCALLWORK', 'NOTREADY'];

/** How many agents are in each state, in a stable order. */
export function agentsPerState(states) {
  const others = [...states.keys()].filter((code) => !USUAL_STATES.includes(code));
  return [...USUAL_STATES, ...others].map((code) => [code, states.get(code) ?? 0]);
}
