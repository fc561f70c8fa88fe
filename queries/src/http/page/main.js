// Starts the page: navigation, bar, keys, and one drawing for each address. It knows no view's content.

import { newest } from './coverage.js';
import { drawBar } from './bar.js';
import { el } from './dom.js';
import { icon } from './icons.js';
import { bindKeys, showHelp } from './keys.js';
import { NAV } from './nav.js';
import { route, viewName } from './router.js';
import { href, setNewest } from './state.js';
import { applyTheme, nextTheme, theme } from './theme.js';

const main = document.getElementById('main');
const side = document.querySelector('.side');
const menu = document.getElementById('menu');

applyTheme();
drawNav();
drawFoot();
menu.addEventListener('click', () => openMenu(menu.getAttribute('aria-expanded') !== 'true'));
document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
bindKeys();
addEventListener('hashchange', draw);
start();

async function start() {
  // Without an answer the latest day is today; the view tells the error itself.
  await newest().then(setNewest, () => {});
  await draw();
}

async function draw() {
  await route(main, (name, isOther) => {
    drawNav();
    drawBar(
      document.getElementById('bar'),
      NAV.find((entry) => entry.name === name),
    );
    if (!isOther) return;
    openMenu(false);
    scrollTo(0, 0);
  });
}

function drawNav() {
  const now = viewName();
  const item = (entry) => [
    entry.part ? el('li', { class: 'part', text: entry.part }) : null,
    el(
      'li',
      {},
      el(
        'a',
        { href: href([entry.name]), 'aria-current': entry.name === now ? 'page' : null },
        icon(entry.name),
        entry.title,
      ),
    ),
  ];
  document.getElementById('nav').replaceChildren(el('ul', {}, NAV.map(item)));
}

function openMenu(open) {
  menu.setAttribute('aria-expanded', String(open));
  side.classList.toggle('open', open);
}

function drawFoot() {
  const name = () => ({ auto: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' })[theme()];
  const label = el('span', { text: name() });
  const button = el(
    'button',
    {
      class: 'button',
      type: 'button',
      id: 'theme',
      on: {
        click: () => {
          nextTheme();
          label.textContent = name();
        },
      },
    },
    icon('theme'),
    label,
  );
  const help = el(
    'button',
    { class: 'button', type: 'button', on: { click: showHelp } },
    icon('help'),
    'Keys and help',
  );
  document.getElementById('side-foot').replaceChildren(button, help);
}
