//! Several spans of one index, read as one: such as records in any of several states, ordered by time.

use std::collections::VecDeque;

use chengji_domain::Result;

use crate::codec::Codec;
use crate::index::Index;
use crate::key_part::KeyPart;
use crate::span::Span;
use crate::view::View;

/// The merged rows of several spans. Reads a number of keys of each span at a time, and no records.
pub struct Merged<'s, 'v, V: ?Sized, I: 'static, K: 'static, C: Codec, O> {
    view: &'v V,
    at_once: usize,
    order: fn(&I, &K) -> O,
    parts: Vec<Part<'s, I, K, C>>,
}

struct Part<'s, I: 'static, K: 'static, C: Codec> {
    found: VecDeque<(I, K)>,
    rest: Option<Span<'s, Index<I, K, C>>>,
}

impl<'s, 'v, V, I, K, C, O> Merged<'s, 'v, V, I, K, C, O>
where
    V: View + ?Sized,
    I: KeyPart,
    K: KeyPart,
    C: Codec,
    O: Ord,
{
    /// Merges spans that are each in this order. Reads `at_once` keys of a span at a time.
    pub fn new(
        view: &'v V,
        spans: impl IntoIterator<Item = Span<'s, Index<I, K, C>>>,
        at_once: usize,
        order: fn(&I, &K) -> O,
    ) -> Self {
        let part = |span| Part {
            found: VecDeque::new(),
            rest: Some(span),
        };
        Self {
            view,
            at_once: at_once.max(1),
            order,
            parts: spans.into_iter().map(part).collect(),
        }
    }

    fn read_next(&mut self) -> Result<Option<(I, K)>> {
        let mut first: Option<(O, usize)> = None;
        for (number, part) in self.parts.iter_mut().enumerate() {
            part.fill(self.view, self.at_once)?;
            let Some((index_key, key)) = part.found.front() else {
                continue;
            };
            let order = (self.order)(index_key, key);
            if first.as_ref().is_none_or(|(least, _)| order < *least) {
                first = Some((order, number));
            }
        }
        Ok(first.and_then(|(_, number)| self.parts[number].found.pop_front()))
    }
}

impl<I: KeyPart, K: KeyPart, C: Codec> Part<'_, I, K, C> {
    fn fill(&mut self, view: &(impl View + ?Sized), at_once: usize) -> Result<()> {
        if let Some(span) = self.rest.take_if(|_| self.found.is_empty()) {
            let page = span.keys(view, at_once)?;
            (self.found, self.rest) = (page.rows.into(), page.rest);
        }
        Ok(())
    }
}

impl<V, I, K, C, O> Iterator for Merged<'_, '_, V, I, K, C, O>
where
    V: View + ?Sized,
    I: KeyPart,
    K: KeyPart,
    C: Codec,
    O: Ord,
{
    type Item = Result<(I, K)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read_next().transpose()
    }
}
