//! Tests of the whole index, against a plain scan of all texts.

mod commits;
mod damage;
mod facets;
mod order;
mod paging;
mod recall;
mod suggestions;
mod wanted;
mod world;
