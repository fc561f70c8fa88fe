// Sums of queue-summary rows: totals over queues or periods from the counts, means weighted by what they are means of.
// It draws nothing.

const COUNTS = [
  'entered',
  'accepted',
  'abandoned',
  'abandoned_short',
  'abandoned_invite',
  'redirected',
  'cleared',
  'routed_other',
  'stopped',
];

/** One sum over rows. Ratios become counts first, so that the sum is as exact as its parts. */
export function sum(rows) {
  const all = Object.fromEntries(COUNTS.map((name) => [name, 0]));
  let [within, answerS, waitS] = [0, 0, 0];
  all.max_wait_s = null;
  for (const row of rows) {
    for (const name of COUNTS) all[name] += Number(row[name] ?? 0);
    within += Math.round((row.service_level ?? 0) * base(row));
    answerS += Math.round((row.asa_s ?? 0) * row.accepted);
    waitS += Math.round((row.avg_wait_s ?? 0) * (row.accepted + row.abandoned));
    if (row.max_wait_s !== null) all.max_wait_s = Math.max(all.max_wait_s ?? 0, Number(row.max_wait_s));
  }
  return withRatios(all, within, answerS, waitS);
}

const base = (row) => row.entered - row.abandoned_short;
const ratio = (a, b) => (b > 0 ? a / b : null);

function withRatios(all, within, answerS, waitS) {
  all.service_level = ratio(within, base(all));
  all.asa_s = ratio(answerS, all.accepted);
  all.avg_wait_s = ratio(waitS, all.accepted + all.abandoned);
  all.abandoned_share = ratio(all.abandoned, all.entered);
  all.other = all.entered - all.accepted - all.abandoned;
  return all;
}

/** Sums by a column: a map from its values to sums, with the rows they are sums of. */
export function sumBy(rows, key) {
  const groups = Map.groupBy ? Map.groupBy(rows, (r) => r[key]) : grouped(rows, key);
  return [...groups].map(([value, of]) => ({ [key]: value, ...sum(of), rows: of }));
}

function grouped(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(row[key], [...(groups.get(row[key]) ?? []), row]);
  return groups;
}
