//! Check that the legal basis of class 3 looks valid: a law, an administrative regulation or a decision of
//! the State Council, with its article. It goes by the form of titles; no list of laws is known here.

use chengji_messages::msg;

use super::{Entry, FieldProblem, Item, ShareClass};
use crate::field::Field;

/// Bodies whose decisions and provisions are a valid basis.
const LEGISLATORS: &[&str] = &["国务院", "全国人民代表大会", "全国人大"];

/// Returns a warning about the legal basis of an entry of class 3.
pub(super) fn basis(entry: &Entry) -> Option<FieldProblem> {
    let has_one = entry.share_class() == ShareClass::NotShared;
    has_one
        .then(|| asked(Field::ShareCondition, entry.share_condition()))
        .flatten()
}

/// Returns a warning about the own legal basis of an item of class 3.
pub(super) fn basis_of_item(item: &Item) -> Option<FieldProblem> {
    let own = item.sharing.as_ref()?;
    let has_one = own.class == ShareClass::NotShared && !own.condition.is_empty();
    has_one
        .then(|| asked(Field::Items, &own.condition))
        .flatten()
}

fn asked(field: Field, basis: &str) -> Option<FieldProblem> {
    if !cited(basis).any(|title| is_law(title, basis)) {
        return Some(FieldProblem::new(field, basis, msg::WarningBasisNotALaw));
    }
    lacks_article(basis).then(|| FieldProblem::new(field, basis, msg::WarningBasisWithoutArticle))
}

/// Returns true if a legal basis cites a law or regulation and names no article.
pub(super) fn lacks_article(basis: &str) -> bool {
    // Decisions need not have articles.
    let has_articles = |title: &str| is_law(title, basis) && !title.ends_with("决定");
    cited(basis).any(has_articles) && !names_an_article(basis)
}

/// Returns the titles in 《》, without a remark in brackets at their end, such as （2024年修正）.
fn cited(basis: &str) -> impl Iterator<Item = &str> {
    let titles = basis.split('《').skip(1);
    let titles = titles.filter_map(|rest| rest.split_once('》'));
    titles.map(|(title, _)| {
        let title = title.split(['（', '(']).next();
        title.unwrap_or_default().trim()
    })
}

/// Returns true if a title is that of a law or regulation. For kinds of titles that other bodies issue, too,
/// the basis must name one of the legislators.
fn is_law(title: &str, basis: &str) -> bool {
    let ends = |kinds: &[&str]| kinds.iter().any(|kind| title.ends_with(kind));
    let anybodys = ends(&["办法", "规定", "细则", "决定"]);
    let issued = || LEGISLATORS.iter().any(|who| basis.contains(who));
    match anybodys {
        true => issued(),
        false => ends(&["法", "法典", "条例", "修正案"]),
    }
}

/// Returns true if a text contains `第…条` with a number in between.
fn names_an_article(text: &str) -> bool {
    let number = |c: char| c.is_numeric() || "〇零一二三四五六七八九十百千两 ".contains(c);
    text.split('第').skip(1).any(|rest| {
        let after = rest.trim_start_matches(number);
        after.len() < rest.len() && after.starts_with('条')
    })
}
