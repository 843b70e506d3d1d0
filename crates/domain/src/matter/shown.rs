//! The actors of a matter as those see them who read its facts.

use super::Filing;
use crate::principal::Principal;
use crate::request::Actor;

impl Filing {
    /// Returns an actor as the readers of the matter's facts see it: of a demand, which all members read, a city and
    /// its department, but no person.
    pub fn shown(&self, actor: &Actor) -> Actor {
        match (self, actor.principal.city()) {
            (Self::Demand(_), Some(city)) => Actor::new(Principal::Node(city), actor.department),
            (Self::Correction(_), _) | (Self::Demand(_), None) => actor.clone(),
        }
    }
}
