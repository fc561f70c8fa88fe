// Asks the program over HTTP and gives back what views work with: rows as objects, an error as a sentence.
// The only file that knows the addresses and the shapes of answers; it knows no view.

const BASE = 'api/v1';

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

/** Asks for JSON. */
export async function get(path, params, signal) {
  let response;
  try {
    response = await fetch(url(path, params), { signal, headers: { accept: 'application/json' } });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError('The program does not answer. Is it still running?', 0);
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(sentence(body, response), response.status);
  return body;
}

function sentence(body, response) {
  const said = body?.error?.message ?? body?.message ?? body?.detail ?? body?.error;
  return typeof said === 'string' ? said : `The program answered ${response.status} ${response.statusText}.`;
}

/** Rows of a report for a period `{from, to, tz}`, an interval and filters. */
export async function report(name, { from, to, tz }, extra = {}, signal) {
  const body = await get(`/reports/${name}`, { from, to, tz, ...extra }, signal);
  return table(body);
}

/** Where a report's rows can be fetched as a file. */
export function reportUrl(name, { from, to, tz }, extra = {}) {
  return url(`/reports/${name}`, { from, to, tz, ...extra });
}

/** An answer with columns and rows, whichever way its rows are written. */
export function table(body) {
  const columns = body.columns ?? [];
  const names = columns.map((c) => (typeof c === 'string' ? c : c.name));
  const rows = (body.rows ?? []).map((row) => (Array.isArray(row) ? Object.fromEntries(row.map((v, i) => [names[i], v])) : row));
  return { columns, rows, completeness: body.completeness, total: body.total ?? rows.length, next: body.next ?? null };
}
