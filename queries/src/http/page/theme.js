// Light or dark: as the system says unless the person chose. It knows nothing else.

const KEY = 'callmart.theme';
const ORDER = ['auto', 'light', 'dark'];

/** The choice: auto, light or dark. */
export function theme() {
  const kept = localStorage.getItem(KEY);
  return ORDER.includes(kept) ? kept : 'auto';
}

/** Applies the choice that was kept. */
export function applyTheme() {
  const chosen = theme();
  if (chosen === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

/** Goes on to the next choice and says which it is. */
export function nextTheme() {
  const next = ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length];
  localStorage.setItem(KEY, next);
  applyTheme();
  return next;
}
