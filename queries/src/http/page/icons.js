// Small line drawings for buttons and the navigation, always beside a text or a label. It knows no view.

import { svg } from './dom.js';

const PATHS = {
  live: 'M2 9h3l2-5 3 9 2-6 1 2h3',
  queues: 'M3 4h10M3 8h7M3 12h4M13 9v5M11 12l2 2 2-2',
  agents: 'M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8zM3 14c.4-2.8 2.3-4 5-4s4.6 1.2 5 4',
  calls:
    'M4 2.5l2 .5 1 3-1.5 1.5a8 8 0 0 0 3 3L10 9l3 1 .5 2c-.5 1.3-1.5 1.5-2.5 1.3C6.5 12.4 3.6 9.5 2.7 5 2.5 4 2.7 3 4 2.5z',
  abandoned: 'M2 6l4-3v2c5 0 8 3 8 7-1.5-2.5-4-3.5-8-3.5v2z',
  reports: 'M4 2h6l3 3v9H4zM6.5 8h4M6.5 11h4M9.5 2v3.5H13',
  sources:
    'M8 6.5c3 0 5-.9 5-2s-2-2-5-2-5 .9-5 2 2 2 5 2zM3 4.5v7c0 1.1 2 2 5 2s5-.9 5-2v-7M3 8c0 1.1 2 2 5 2s5-.9 5-2',
  dictionary: 'M3 3.5C5 2.5 7 2.5 8 3.5c1-1 3-1 5 0v9c-2-1-4-1-5 0-1-1-3-1-5 0zM8 3.5v9',
  previous: 'M10 3L5 8l5 5',
  next: 'M6 3l5 5-5 5',
  menu: 'M2 4h12M2 8h12M2 12h12',
  theme: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.2 6.3c.1-1.2.8-1.8 1.9-1.8s1.8.7 1.8 1.6c0 1.3-1.8 1.4-1.8 2.9M8 11.3v.2',
  ok: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.3 8.2l2 2 3.5-4',
  warn: 'M8 2.5L14.5 13.5h-13zM8 6.5v3.5M8 11.7v.3',
  down: 'M8 2v8M4.5 7L8 10.5 11.5 7M3 13.5h10',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 11.5A4.5 4.5 0 1 0 7 2.5a4.5 4.5 0 0 0 0 9zM10.3 10.3L14 14',
};

/** The drawing of a name, hidden from those who listen. */
export function icon(name) {
  const path = svg('path', { d: PATHS[name] ?? '' });
  return svg('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' }, path);
}
