//! Chance: all of a run's comes from one seed.

use std::sync::{Arc, Mutex, PoisonError};

/// A stream of numbers that its seed determines (splitmix64). Shared by its clones.
#[derive(Debug, Clone)]
pub struct Dice(Arc<Mutex<u64>>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed)))
    }

    /// A stream of its own, so that one part of a run does not change what another one sees.
    pub fn fork(&self) -> Self {
        Self::new(self.next())
    }

    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is above zero.
    pub fn below(&self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number from `least` to `most`.
    pub fn between(&self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// True so many times of 10,000.
    pub fn chance(&self, of_ten_thousand: u64) -> bool {
        of_ten_thousand > 0 && self.below(10_000) < of_ten_thousand
    }

    pub fn byte(&self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    pub fn index(&self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }
}
