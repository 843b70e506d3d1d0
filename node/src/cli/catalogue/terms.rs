//! Cells of closed vocabularies: people read a value in their language, programs its English term.

use chengji_client::output::Cell;
use chengji_proto::{convert, v1};

pub(super) fn share_class(wire: v1::ShareClass) -> Option<Cell> {
    let class = convert::share_class_from(wire)?;
    Some(Cell::label(class.en(), class.label()))
}

pub(super) fn share_manner(wire: v1::ShareManner) -> Option<Cell> {
    let manner = convert::share_manner_from(wire)?;
    Some(Cell::label(manner.en(), manner.label()))
}

pub(super) fn update_cycle(wire: v1::UpdateCycle) -> Option<Cell> {
    let cycle = convert::update_cycle_from(wire)?;
    Some(Cell::label(cycle.en(), cycle.label()))
}
