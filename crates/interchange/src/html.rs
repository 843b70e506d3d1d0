//! HTML in place of text: detected, and converted to the text it shows. Only certain HTML counts: tags by
//! their names, and character references.

use html_escape::decode_html_entities;

/// Tags that begin a new line.
const BLOCKS: [&str; 21] = [
    "address",
    "article",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "tr",
    "ul",
];
/// Tags within a line.
const INLINE: [&str; 32] = [
    "a", "abbr", "b", "big", "body", "center", "cite", "code", "del", "em", "font", "head", "html",
    "i", "img", "ins", "label", "meta", "o:p", "s", "section", "small", "span", "strike", "strong",
    "sub", "sup", "table", "tbody", "td", "th", "u",
];
/// Tags whose content is never shown.
const HIDDEN: [&str; 2] = ["script", "style"];
/// Maximum size of texts that are searched, bytes: longer ones exceed an entry by far.
const MAX_BYTES: usize = 100_000;

/// Returns true if a text contains HTML.
pub(super) fn is_in(text: &str) -> bool {
    if text.len() > MAX_BYTES {
        return false;
    }
    let tag = text
        .match_indices('<')
        .any(|(at, _)| markup(&text[at..]).is_some());
    tag || (text.contains('&') && decode_html_entities(text) != text)
}

/// The text that a browser would show: lines where blocks begin, no tags, and character references
/// decoded, once. A text without HTML is unchanged.
pub(super) fn shown(text: &str) -> String {
    if !is_in(text) {
        return text.to_owned();
    }
    let mut bare = String::with_capacity(text.len());
    let (mut rest, mut tags, mut hidden) = (text, false, None);
    while let Some(at) = rest.find('<') {
        bare.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(markup) = markup(rest) else {
            bare.push('<');
            rest = &rest[1..];
            continue;
        };
        tags = true;
        match markup.name.as_str() {
            name if BLOCKS.contains(&name) => bare.push('\n'),
            "td" | "th" => bare.push(' '),
            name if HIDDEN.contains(&name) => match hidden.take() {
                Some(from) if markup.closing => bare.truncate(from),
                _ => hidden = (!markup.closing).then_some(bare.len()),
            },
            _ => {}
        }
        rest = &rest[markup.length..];
    }
    bare.push_str(rest);
    let text = decode_html_entities(&bare);
    if tags {
        tidied(&text)
    } else {
        text.into_owned()
    }
}

/// A tag or comment at the beginning of a text.
struct Markup {
    name: String,
    closing: bool,
    length: usize,
}

fn markup(text: &str) -> Option<Markup> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return Some(Markup {
            name: String::new(),
            closing: false,
            length: comment.find("-->")? + "<!---->".len(),
        });
    }
    let inner = text.strip_prefix('<')?;
    let (closing, inner) = match inner.strip_prefix('/') {
        Some(inner) => (true, inner),
        None => (false, inner),
    };
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != ':')?;
    let name = inner[..end].to_ascii_lowercase();
    let mut known = BLOCKS.iter().chain(&INLINE).chain(&HIDDEN);
    let fits = inner[end..].starts_with(['>', '/', ' ', '\t', '\r', '\n']);
    if !fits || !known.any(|tag| *tag == name) {
        return None;
    }
    // A tag does not contain another '<'.
    let close = inner.find(['>', '<'])?;
    inner[close..].starts_with('>').then(|| Markup {
        name,
        closing,
        length: text.len() - inner.len() + close + 1,
    })
}

/// Removes blanks at the ends of lines, and reduces empty lines to one.
fn tidied(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines().map(str::trim) {
        if !(line.is_empty() && empty) {
            tidy.push_str(line);
            tidy.push('\n');
        }
        empty = line.is_empty();
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_go_blocks_begin_lines_and_references_are_decoded_once() {
        for (html, text) in [
            (
                "<p>各区县<b>代码</b></p><p>第二段</p>",
                "各区县代码\n\n第二段",
            ),
            ("a<br/>b<BR>c", "a\nb\nc"),
            (
                "A &amp; B &lt;b&gt; &#8211; &#x4e2d;&nbsp;",
                "A & B <b> – 中\u{a0}",
            ),
            ("&amp;lt;", "&lt;"),
            ("<ul><li>一</li><li>二</li></ul>", "一\n\n二"),
            (
                "<a href=\"x?a=1&b=2\">见此</a><!-- <p>不显示 -->。",
                "见此。",
            ),
            (
                "<style>p { color: red }</style><script>x()</script>正文",
                "正文",
            ),
        ] {
            assert!(is_in(html), "{html}");
            assert_eq!(shown(html), text);
        }
    }

    #[test]
    fn what_only_looks_like_html_stays() {
        for text in [
            "x < y and y > z",
            "<名称>、<地址>",
            "pH<7 & T>5",
            "a <b",
            "<b c <d>",
            "R&D; AT&T",
            "<x@example.org>",
            "  两端 空白 ",
        ] {
            assert!(!is_in(text), "{text}");
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn a_long_text_of_open_tags_takes_no_long_time() {
        let text = "<style><p <b ".repeat(80_000);
        assert_eq!(shown(&text), text);
        let shorter = &text[..MAX_BYTES];
        assert!(shown(shorter).len() <= shorter.len());
    }

    proptest! {
        #[test]
        fn any_text_is_shown_without_panic_and_not_longer(text in "[<>/!a-cp&;# \n甲-]{0,60}") {
            prop_assert!(shown(&text).len() <= text.len() + 1);
            if !is_in(&text) {
                prop_assert_eq!(shown(&text), text);
            }
        }
    }
}
