//! Programs that are started for one task: how they are found, started and ended, and how they speak with their parent.
//!
//! Such a program holds what may fail, grow or be attacked, such as the code of vendors: it ends alone. What it is asked
//! and answers is defined elsewhere.

pub mod child;
pub mod frames;
pub mod parent;
