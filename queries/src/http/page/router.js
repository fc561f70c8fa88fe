// Finds the view of an address, gives it a place, and tells it when it is over. It knows the views' names, not their content.

import { keepToken } from './api.js';
import { el } from './dom.js';
import { field, submit } from './parts.js';
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
  if (error.status === 401) return askToken(root, error);
  const again = el('button', { class: 'button', type: 'button', text: 'Try again', on: { click: redraw } });
  const text = error.status === undefined ? `The page failed: ${error.message}` : error.message;
  if (error.status === undefined) console.error(error);
  return root.replaceChildren(
    el(
      'section',
      { class: 'panel notice bad', role: 'alert' },
      el('h2', { text: error.status === 404 ? 'Not there' : 'No answer' }),
      el('p', { text }),
      again,
    ),
  );
}

/** Asks for the token that this server wants, and draws again. */
function askToken(root, error) {
  const input = el('input', { id: 'token', type: 'password', autocomplete: 'current-password', required: true });
  const onSubmit = (event) => {
    event.preventDefault();
    keepToken(input.value.trim());
    redraw();
  };
  const form = el('form', { class: 'form', on: { submit: onSubmit } }, field('Token', input), submit('Go on'));
  root.replaceChildren(
    el(
      'section',
      { class: 'panel notice' },
      el('h2', { text: 'This server asks who you are' }),
      el('p', { class: 'note', text: error.message }),
      form,
    ),
  );
  input.focus();
}

const redraw = () => dispatchEvent(new HashChangeEvent('hashchange'));
