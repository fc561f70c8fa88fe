// Lanes of spans over a common time: a call's parties, an agent's day, a source's complete stretches. Spans are reached by
// arrow keys and tell their exact times. It draws what it is given and knows neither calls nor agents.
//
// A lane: {name, more, href, low, spans: [{kind, name, from, to, more: [[label, text]], data}]}. A link: {from: [lane, ms], to: [lane, ms], name}.

import { css, el, svg } from './dom.js';
import { seconds, secondsInWords } from './format.js';
import { exact, tickLabel, ticks } from './time.js';

/** Options: label, lanes, links, from, to (ms), tz, now (ms), detail (whether a line below tells the span that is looked at). */
export function timeline(options) {
  const o = { links: [], detail: true, ...options };
  o.to = Math.max(o.to, o.from + 1000);
  const detail = el('div', { class: 'tl-detail', 'aria-live': 'polite' });
  const box = el('div', { class: `tl${o.wide === false ? '' : ' wide'}`, role: 'group', 'aria-label': o.label });
  const spans = o.lanes.map(() => []);
  const look = (span, node) => {
    box.querySelector('.span.on')?.classList.remove('on');
    node.classList.add('on');
    if (o.detail) tell(detail, span, o.tz);
  };
  box.append(axis(o), gridLines(o), ...o.lanes.map((lane, i) => laneNode(o, lane, i, spans, look)));
  if (o.links.length > 0) queueMicrotask(() => watchLinks(box, o));
  if (o.detail)
    detail.append(
      el('span', {
        class: 'note',
        text: 'Point at a span, or tab to the lanes and use the arrow keys, for exact times.',
      }),
    );
  return el('div', {}, el('div', { class: 'tl-wrap' }, box), o.detail ? detail : null);
}

const percent = (o, ms) => (100 * (ms - o.from)) / (o.to - o.from);

function axis(o) {
  const { found, stepMs } = ticks(o.from, o.to, o.tz, 8);
  const track = el('div', { class: 'track', 'aria-hidden': 'true' });
  for (const ms of found) {
    const at = percent(o, ms);
    const edge = at > 98 ? ' last' : '';
    const tick = el('span', { class: `tick${edge}`, 'data-is': 'axis', text: tickLabel(ms, o.tz, stepMs) });
    css(tick, { left: `${at}%` });
    track.append(tick);
  }
  return el('div', { class: 'tl-axis' }, el('div'), track);
}

function gridLines(o) {
  const grid = el('div', { class: 'tl-grid', 'aria-hidden': 'true' });
  for (const ms of ticks(o.from, o.to, o.tz, 8).found) {
    const line = el('i');
    css(line, { left: `${percent(o, ms)}%` });
    grid.append(line);
  }
  if (o.now > o.from && o.now < o.to) {
    const now = el('i', { class: 'tl-now', title: 'Now' });
    css(now, { left: `${percent(o, o.now)}%` });
    grid.append(now);
  }
  return grid;
}

function laneNode(o, lane, index, spans, look) {
  const track = el('div', { class: 'track', role: 'list', 'aria-label': lane.name });
  const shown = lane.spans.filter((s) => s.to > o.from && s.from < o.to);
  shown.forEach((span, i) => {
    const node = spanNode(o, lane, span, look, (event) => move(event, spans, index, i));
    node.setAttribute('tabindex', i === 0 ? '0' : '-1');
    spans[index].push({ node, span });
    track.append(node);
  });
  const name = lane.href ? el('a', { href: lane.href, text: lane.name }) : lane.name;
  const who = el(
    'div',
    { class: 'who', 'data-is': 'name' },
    el('strong', { title: lane.name }, name),
    lane.more ? el('span', { text: lane.more, title: lane.more }) : null,
  );
  return el('div', { class: `tl-lane${lane.low ? ' low' : ''}` }, who, track);
}

function spanNode(o, lane, span, look, onKey) {
  const [from, to] = [Math.max(span.from, o.from), Math.min(span.to, o.to)];
  const width = percent(o, to) - percent(o, from);
  const label = `${lane.name}, ${span.name}, from ${exact(span.from, o.tz)}, ${secondsInWords((span.to - span.from) / 1000)}`;
  const node = el(
    'div',
    {
      class: `span k-${span.kind}`,
      role: 'listitem',
      'aria-label': label,
      data: span.data ?? {},
      on: {
        mouseenter: () => look(span, node),
        focus: () => look(span, node),
        click: () => node.focus(),
        keydown: onKey,
      },
    },
    width > 4.5 ? el('b', { 'aria-hidden': 'true', text: span.short ?? span.name }) : null,
  );
  css(node, { left: `${percent(o, from)}%`, width: `${width}%` });
  return node;
}

/** Arrow keys: left and right within a lane, up and down to the nearest span of the next lane that has any. */
function move(event, spans, lane, i) {
  const here = spans[lane][i].span;
  let target = null;
  if (event.key === 'ArrowRight') target = spans[lane][i + 1];
  else if (event.key === 'ArrowLeft') target = spans[lane][i - 1];
  else if (event.key === 'Home') target = spans[lane][0];
  else if (event.key === 'End') target = spans[lane].at(-1);
  else if (event.key === 'ArrowDown') target = nearest(spans.slice(lane + 1), here);
  else if (event.key === 'ArrowUp') target = nearest(spans.slice(0, lane).reverse(), here);
  else return;
  event.preventDefault();
  target?.node.focus();
}

function nearest(lanes, here) {
  const lane = lanes.find((spans) => spans.length > 0) ?? [];
  const distance = (s) => Math.abs(s.span.from - here.from);
  return [...lane].sort((a, b) => distance(a) - distance(b))[0];
}

function tell(detail, span, tz) {
  const pair = (k, v, is) =>
    el('span', {}, el('span', { class: 'k', text: k }), el('span', { text: v, 'data-is': is ?? 'time' }));
  detail.replaceChildren(
    el('strong', { class: `k-${span.kind}` }, el('i', { class: 'swatch' }), span.name),
    pair('from', exact(span.from, tz)),
    pair('to', exact(span.to, tz)),
    pair('for', seconds((span.to - span.from) / 1000)),
    ...(span.more ?? []).map(([k, v]) => pair(k, v, 'name')),
  );
}

/** Draws the links between lanes, again whenever the lanes change their size. */
function watchLinks(box, o) {
  const marks = svg('svg', { class: 'tl-marks', 'aria-hidden': 'true' });
  box.append(marks);
  new ResizeObserver(() => drawLinks(box, marks, o)).observe(box);
}

function drawLinks(box, marks, o) {
  const lanes = [...box.querySelectorAll('.tl-lane')];
  const frame = marks.getBoundingClientRect();
  const at = ([lane, ms]) => {
    const rect = lanes[lane].getBoundingClientRect();
    return [(percent(o, ms) / 100) * frame.width, rect.top + rect.height / 2 - frame.top, rect.height / 2 - 7];
  };
  marks.replaceChildren(
    ...o.links.flatMap((link) => {
      const [x1, y1, half] = at(link.from);
      const [x2, y2] = at(link.to);
      const down = y2 > y1 ? 1 : -1;
      const [start, end] = [y1 + down * half, y2 - down * half];
      const line = svg('path', {
        d: `M${x1} ${start}L${x1} ${(start + end) / 2}L${x2} ${(start + end) / 2}L${x2} ${end - down * 5}`,
      });
      return [line, svg('path', { class: 'head', d: `M${x2} ${end}l-4 ${-6 * down}h8z` })];
    }),
  );
}
