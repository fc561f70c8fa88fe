// Finds the view of an address, gives it a place, and tells it when it is over. It knows the views' names, not their content.

import { el } from './dom.js';
import { read } from './state.js';

const VIEWS = {
  live: () => import('./views/live.js'),
  queues: (parts) => (parts[1] ? import('./views/queue.js') : import('./views/queues.js')),
  agents: (parts) => (parts[1] ? import('./views/agent.js') : import('./views/agents.js')),
  calls: (parts) => (parts[1] ? import('./views/call.js') : import('./views/calls.js')),
  abandoned: () => import('./views/abandoned.js'),
  reports: () => import('./views/reports.js'),
  sources: () => import('./views/sources.js'),
  dictionary: () => import('./views/dictionary.js'),
};

const FIRST = 'queues';

let over = new AbortController();
let shownPath = '';

/** The name of the view that an address asks for. */
export function viewName() {
  const name = read().parts[0];
  return name && Object.hasOwn(VIEWS, name) ? name : FIRST;
}

/** Draws the view of the address into `root`; what was asked for the one before is given up. */
export async function route(root, before) {
  over.abort();
  over = new AbortController();
  const { parts, query } = read();
  const name = viewName();
  const path = parts.join('/');
  const context = { root, parts: [name, ...parts.slice(1)], query, signal: over.signal };
  before(name, path !== shownPath);
  shownPath = path;
  root.setAttribute('aria-busy', 'true');
  await run(name, context);
  if (!context.signal.aborted) root.removeAttribute('aria-busy');
}

async function run(name, context) {
  try {
    const view = await VIEWS[name](context.parts);
    await view.show(context);
  } catch (error) {
    if (error.name !== 'AbortError' && !context.signal.aborted) failed(context.root, error);
  }
}

function failed(root, error) {
  const again = el('button', { class: 'button', type: 'button', text: 'Try again', on: { click: () => dispatchEvent(new HashChangeEvent('hashchange')) } });
  const text = error.status === undefined ? `The page failed: ${error.message}` : error.message;
  if (error.status === undefined) console.error(error);
  root.replaceChildren(el('section', { class: 'panel notice bad', role: 'alert' }, el('h2', { text: 'No answer' }), el('p', { text }), again));
}
