//! What an operator lives through: crashes, damage, repeated and late input, silent sources, readers beside a load, two
//! commands at once. Each scenario runs the built program on a data folder of its own and looks at what is left.
//!
//! Nothing here knows how the program is built inside; the libraries are used to ask the marts while it runs.

mod away;
mod crashes;
mod damage;
mod decisions;
mod horizon;
mod input;
mod json_lines;
mod late_events;
mod late_told;
mod locks;
mod logs;
mod operator;
mod random;
mod readers;
mod same_content;
mod silent_source;
mod torn_tails;
