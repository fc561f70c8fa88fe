//! Byte streams that are nearly of the session protocol: real frames, put together and then spoiled, the same for the same seed.

/// Numbers that look random and repeat with the seed.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        // So that neighbouring seeds do not begin alike.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }

    pub(crate) fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// How many inputs a fuzzing test takes: `usual`, or what the environment says.
pub(crate) fn inputs(usual: u64) -> u64 {
    std::env::var("CALLMART_FUZZ_INPUTS").ok().and_then(|said| said.parse().ok()).unwrap_or(usual)
}

/// Some of the frames one after the other, spoiled in none to a few places.
pub(crate) fn mangled(dice: &mut Dice, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..1 + dice.below(4) {
        bytes.extend_from_slice(&frames[dice.below(frames.len())]);
    }
    for _ in 0..dice.below(4) {
        spoil(dice, &mut bytes);
    }
    bytes
}

fn spoil(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let at = dice.below(bytes.len() + 1);
    match dice.below(7) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(..at.min(8))),
        2 => {
            let more: Vec<u8> = (0..dice.below(20)).map(|_| dice.byte()).collect();
            drop(bytes.splice(at..at, more));
        }
        3 => {
            // A length out of proportion, or one that is a little wrong.
            let length = [u32::MAX, 0, 1, 4 << 20, (4 << 20) + 1][dice.below(5)];
            let to = (at + 4).min(bytes.len());
            drop(bytes.splice(at..to, length.to_be_bytes()));
        }
        4 => {
            let again = bytes[at..(at + dice.below(40)).min(bytes.len())].to_vec();
            bytes.extend(again);
        }
        _ => {
            for _ in 0..1 + dice.below(4) {
                let at = dice.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = if dice.one_in(2) { dice.byte() } else { *byte ^ (1 << dice.below(8)) };
                }
            }
        }
    }
}

/// The memory that this program has held at most, in bytes, where the system tells.
pub(crate) fn most_memory_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kib| kib << 10)
}
