//! What would follow from commands that nobody sent is what follows from them once they are sent.

pub mod chain;
mod logs;
mod project;
mod random;
mod wuxi;
