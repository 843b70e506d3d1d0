//! Tests of the whole index, against a plain scan of all texts.

mod damage;
mod facets;
mod order;
mod paging;
mod recall;
mod suggestions;
mod world;
