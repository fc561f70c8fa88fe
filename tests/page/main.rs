//! The page in a real browser, over the real program and a simulated contact center: every view at two widths, light and
//! dark, all numbers on them by stated SQL, keys, addresses, and many calls at once.

mod looks;
mod numbers;
mod stated;
mod support;
mod walk;
mod webdriver;
