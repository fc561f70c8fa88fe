// Bars, lines and sparks in SVG, with the exact values on hover and by arrow keys. It draws what it is given: positions with
// labels, series with names and classes. The table beside a chart holds the same numbers for those who do not see it.

import { css, el, svg } from './dom.js';

const LEFT = 44;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 22;

/**
 * Stacked bars or lines over common positions.
 * Options: label (for listeners), height, slots [{label, long, tick}], series [{name, kind, values, format}], stacked, max, format.
 */
export function chart(options) {
  const box = el('div', { class: 'chart' });
  const tip = el('div', { class: 'tip', hidden: true });
  const draw = () => {
    const width = Math.max(260, box.clientWidth || 800);
    box.replaceChildren(
      picture(options, width, (slot) => showTip(box, tip, options, slot, width)),
      tip,
    );
  };
  const watch = new ResizeObserver(draw);
  watch.observe(box);
  box.addEventListener('mouseleave', () => {
    tip.hidden = true;
  });
  return box;
}

function picture(o, width, onSlot) {
  const height = o.height ?? 220;
  const inner = { w: width - LEFT - RIGHT, h: height - TOP - BOTTOM };
  const { max, steps } = scale(o);
  const y = (v) => TOP + inner.h - (v / max) * inner.h;
  const step = inner.w / Math.max(1, o.slots.length);
  const x = (i) => LEFT + i * step;
  const root = svg('svg', { viewBox: `0 0 ${width} ${height}`, height, role: 'group', 'aria-label': o.label });
  root.append(...grid(steps, y, width, o));
  root.append(...(o.stacked ? bars(o, x, y, step) : lines(o, x, y, step)));
  root.append(...axis(o, x, step, height, width), ...spots(o, x, step, inner.h, onSlot));
  return root;
}

/** A round top of the axis and its steps. */
function scale(o) {
  const tops = o.slots.map((_, i) => {
    const values = o.series.map((s) => Number(s.values[i] ?? 0));
    return o.stacked ? values.reduce((a, b) => a + b, 0) : Math.max(...values);
  });
  const most = o.max ?? Math.max(...tops, 1);
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough && (o.max || n >= 1)) ?? 1;
  const step = o.max ? o.max / 4 : Math.max(1, Math.ceil(unit));
  const max = o.max ?? Math.ceil(most / step) * step;
  return { max, steps: Array.from({ length: Math.round(max / step) + 1 }, (_, i) => i * step) };
}

function grid(steps, y, width, o) {
  return steps.flatMap((v) => [
    svg('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(v), y2: y(v) }),
    svg('text', {
      x: LEFT - 6,
      y: y(v) + 4,
      'text-anchor': 'end',
      'data-is': 'axis',
      'aria-hidden': 'true',
      text: o.format(v),
    }),
  ]);
}

function bars(o, x, y, step) {
  const gap = step > 6 ? Math.min(6, step * 0.22) : 0.5;
  return o.slots.flatMap((_, i) => {
    let below = 0;
    return o.series
      .map((s) => {
        const v = Number(s.values[i] ?? 0);
        const rect = svg('rect', {
          class: `bar-part k-${s.kind}`,
          x: x(i) + gap / 2,
          width: Math.max(0.5, step - gap),
          y: y(below + v),
          height: Math.max(0, y(below) - y(below + v)),
        });
        below += v;
        return v > 0 ? rect : null;
      })
      .filter(Boolean);
  });
}

function lines(o, x, y, step) {
  return o.series.flatMap((s) => {
    const points = s.values.map((v, i) => (v === null || v === undefined ? null : [x(i) + step / 2, y(Number(v))]));
    const d = points
      .map((p, i) => (p ? `${i > 0 && points[i - 1] ? 'L' : 'M'}${p[0].toFixed(1)} ${p[1].toFixed(1)}` : ''))
      .join('');
    const dots = points
      .filter((p) => p && points.length < 60)
      .map((p) => svg('circle', { class: 'dot', cx: p[0], cy: p[1], r: 2.5 }));
    return [svg('g', { class: `k-${s.kind}` }, svg('path', { class: 'line', d }), dots)];
  });
}

function axis(o, x, step, height, width) {
  const every = Math.max(1, Math.ceil(62 / step));
  return o.slots.flatMap((slot, i) => {
    if (i % every !== 0 || x(i) + 30 > width) return [];
    return [
      svg('text', {
        x: x(i) + step / 2,
        y: height - 6,
        'text-anchor': 'middle',
        'data-is': 'axis',
        'aria-hidden': 'true',
        text: slot.label,
      }),
    ];
  });
}

/** One spot per position that shows its values when pointed at or focused; arrow keys go from one to the next. */
function spots(o, x, step, height, onSlot) {
  const found = o.slots.map((slot, i) =>
    svg('rect', {
      class: 'spot',
      x: x(i),
      y: TOP,
      width: step,
      height,
      role: 'img',
      tabindex: i === 0 ? '0' : '-1',
      'aria-label': said(o, i),
      on: { mouseenter: () => onSlot(i), focus: () => onSlot(i), keydown: (e) => arrow(e, i) },
    }),
  );
  const arrow = (event, i) => {
    const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: found.length - 1 }[event.key];
    if (to === undefined || !found[to]) return;
    event.preventDefault();
    found[to].focus();
  };
  return found;
}

function text(o, s, i) {
  const v = s.values[i];
  return v === null || v === undefined ? '\u2013' : (s.format ?? o.format)(v);
}

function said(o, i) {
  return `${o.slots[i].long ?? o.slots[i].label}: ${o.series.map((s) => `${s.name} ${text(o, s, i)}`).join(', ')}`;
}

function showTip(box, tip, o, i, width) {
  const entries = o.series.flatMap((s) => [
    el('dt', { class: `k-${s.kind}` }, el('i', { class: 'swatch' }), s.name),
    el('dd', { text: text(o, s, i) }),
  ]);
  tip.replaceChildren(el('strong', { text: o.slots[i].long ?? o.slots[i].label }), el('dl', {}, entries));
  tip.hidden = false;
  const at = LEFT + ((i + 0.5) * (width - LEFT - RIGHT)) / o.slots.length;
  const right = at > width / 2;
  css(tip, { left: right ? 'auto' : `${at + 14}px`, right: right ? `${width - at + 14}px` : 'auto', top: '6px' });
}

/** A legend of series. */
export function legend(series) {
  return el(
    'ul',
    { class: 'legend' },
    series.map((s) => el('li', { class: `k-${s.kind}` }, el('i', { class: 'swatch' }), s.name)),
  );
}

/** A small line without axes; it only accompanies a number. */
export function spark(values) {
  const known = values.map((v) => Number(v ?? 0));
  if (known.length < 2) return null;
  const max = Math.max(...known, 1e-9);
  const at = known.map((v, i) => `${((i / (known.length - 1)) * 100).toFixed(2)} ${(25 - (v / max) * 23).toFixed(2)}`);
  const root = svg('svg', {
    class: 'spark',
    viewBox: '0 0 100 26',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  root.append(
    svg('path', { class: 'area', d: `M0 26L${at.join('L')}L100 26z` }),
    svg('path', { d: `M${at.join('L')}` }),
  );
  return root;
}

/** A bar of parts, each `{kind, value, name}`, with its whole said in words. */
export function stack(parts, whole, label) {
  const bar = el('span', { class: 'stack', role: 'img', 'aria-label': label, title: label });
  for (const part of parts.filter((p) => p.value > 0)) {
    const piece = el('i', { class: `k-${part.kind}` });
    css(piece, { width: `${(100 * part.value) / Math.max(whole, 1)}%` });
    bar.append(piece);
  }
  return bar;
}

/** A short bar for a share. */
export function cellbar(share, kind) {
  const fill = el('i', { class: kind ? `k-${kind}` : null });
  css(fill, { width: `${Math.min(100, Math.max(0, 100 * Number(share ?? 0)))}%` });
  return el('span', { class: 'cellbar', 'aria-hidden': 'true' }, fill);
}
