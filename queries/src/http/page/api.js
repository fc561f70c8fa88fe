// Asks the program over HTTP and gives back what views work with: rows as objects, an error as a sentence.
// The only file that knows addresses, tokens and the shapes of answers; it knows no view.

const BASE = 'api/v1';
const TOKEN = 'callmart.token';

/** How often a busy program is asked again. */
const MOST_RETRIES = 3;

/** Rows asked for at once where all are wanted. */
const PAGE_ROWS = 10_000;

/** An answer that is none, with a sentence for people. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

function url(path, params = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== '') query.set(name, value);
  }
  const text = query.toString();
  return `${BASE}${path}${text ? `?${text}` : ''}`;
}

/** Keeps the token that a server for many people asks for, as long as the window is open. */
export function keepToken(token) {
  sessionStorage.setItem(TOKEN, token);
}

function headers(accept) {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { accept, authorization: `Bearer ${token}` } : { accept };
}

/** Asks, and when the program has its hands full, asks again a little later. */
async function ask(address, accept, signal, again = MOST_RETRIES) {
  let response;
  try {
    response = await fetch(address, { signal, headers: headers(accept) });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError('The program does not answer. Is it still running?', 0);
  }
  if (response.ok) return response;
  const pause = response.status === 503 ? Number(response.headers.get('retry-after')) : 0;
  if (pause > 0 && again > 0) {
    await new Promise((done) => {
      setTimeout(done, pause * 1000);
    });
    return ask(address, accept, signal, again - 1);
  }
  const problem = await response.json().catch(() => null);
  throw new ApiError(
    problem?.detail ?? problem?.title ?? `The program answered ${response.status} ${response.statusText}.`,
    response.status,
  );
}

/** Asks for JSON. */
export async function get(path, params, signal) {
  const response = await ask(url(path, params), 'application/json', signal);
  return response.json();
}

/** Rows of an address, one page of them. */
export async function rows(path, params, signal) {
  return table(await get(path, params, signal));
}

/** Rows of an address, page after page, `most` of them at the most. */
export async function allRows(path, params, signal, most = 50_000) {
  const first = await rows(path, params, signal);
  let more = first.more;
  while (more && first.rows.length < most) {
    const next = await rows(path, { ...params, offset: first.rows.length }, signal);
    first.rows.push(...next.rows);
    more = next.more && next.rows.length > 0;
  }
  return { ...first, more };
}

/** Rows of a report for a period `{from, to, tz}`, an interval and filters. */
export function report(name, { from, to, tz }, extra = {}, signal = undefined) {
  return allRows(`/reports/${name}`, { from, to, tz, limit: PAGE_ROWS, ...extra }, signal);
}

/** Where a report's rows can be fetched as a file. */
export function reportUrl(name, { from, to, tz }, extra = {}) {
  return url(`/reports/${name}`, { from, to, tz, ...extra });
}

/** Fetches a file with the token and hands it to the browser; without a token a plain link does. */
export async function download(address, name) {
  const blob = await (await ask(address, '*/*')).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Whether requests need more than a link can send. */
export function hasToken() {
  return Boolean(sessionStorage.getItem(TOKEN));
}

/** An answer with columns and rows. */
function table(body) {
  return { ...body, rows: body.rows ?? [], columns: body.columns ?? [], more: Boolean(body.page?.more) };
}

/** A moment in milliseconds, whichever way an answer writes it; null when there is none. */
export function ms(value) {
  if (value === null || value === undefined || value === '') return null;
  return typeof value === 'number' ? value : Date.parse(value);
}
