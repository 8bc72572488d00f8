//! Services apart, as real processes, judged by a fold of the logs that survived.

mod fleet;
mod forks;
mod kills;
mod streams;
mod whole;
mod writes;
