//! The fields of the index.

use chengji_domain::catalogue::{Facet, bare};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::TokenizerManager;
use tantivy::{TantivyDocument, Term};

use crate::document::{Document, EntryId, Source, facet_number};
use crate::fold::fold;
use crate::grams::{Grams, SEPARATOR, Separated};
use crate::kin;
use crate::words;

/// The version of the index: another one is not read, but built anew.
pub(crate) const VERSION: u32 = 1;

/// Maximum length of the beginning of an abstract whose words are indexed, characters. Substrings are indexed of all
/// of it.
const MAX_WORDS: usize = 500;
/// Value of `fresh_until` for an entry without a source.
const UNMOUNTED: i64 = i64::MIN;
/// Value of `fresh_until` for a source that was not measured.
const NEVER_MEASURED: i64 = i64::MIN + 1;

/// Names of the fields that are read as columns.
pub(crate) mod column {
    /// City and code.
    pub(crate) const ID: &str = "id";
    /// Pinyin of the name, and the name.
    pub(crate) const NAME: &str = "name";
    /// The code.
    pub(crate) const CODE: &str = "code";
    /// Number of characters of the folded name.
    pub(crate) const NAME_LENGTH: &str = "name_length";
    /// All facets.
    pub(crate) const FACETS: &str = "facets";
    /// The end of freshness.
    pub(crate) const FRESH_UNTIL: &str = "fresh_until";
    /// The time of publication.
    pub(crate) const PUBLISHED_AT: &str = "published_at";
}

/// The fields of one kind of texts. Words of more characters than [`SHORT`](crate::grams::SHORT) are found by long grams,
/// or where texts are the same in many entries, among the distinct ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextFields {
    /// Short grams.
    pub(crate) short: Field,
    /// Long grams of texts that are of one entry, with positions.
    pub(crate) long: Option<Field>,
    /// Texts that are the same in many entries, as a whole.
    pub(crate) whole: Option<Field>,
}

/// All fields.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) schema: Schema,
    pub(crate) id: Field,
    pub(crate) name: TextFields,
    /// Abstract, as long grams, and provider, as a whole.
    pub(crate) about: TextFields,
    pub(crate) items: TextFields,
    /// Code, as long grams, and the provider's, as a whole.
    pub(crate) codes: TextFields,
    pub(crate) name_words: Field,
    pub(crate) about_words: Field,
    /// The whole name, without white space.
    pub(crate) whole_name: Field,
    /// The features that related entries share.
    pub(crate) kin: Field,
    name_key: Field,
    code: Field,
    name_length: Field,
    facets: Field,
    fresh_until: Field,
    published_at: Field,
}

impl Fields {
    pub(crate) fn new() -> Self {
        let mut schema = Schema::builder();
        let indexed = |tokenizer, option| {
            let indexing = TextFieldIndexing::default();
            let indexing = indexing.set_fieldnorms(false).set_index_option(option);
            TextOptions::default().set_indexing_options(indexing.set_tokenizer(tokenizer))
        };
        let terms = indexed("separated", IndexRecordOption::Basic);
        let column = || TextOptions::default().set_fast("raw");
        let mut text = |name: &str, has_long: bool, has_whole: bool| {
            let short = indexed("short", IndexRecordOption::Basic);
            let long = indexed("long", IndexRecordOption::WithFreqsAndPositions);
            let whole = indexed("raw", IndexRecordOption::Basic);
            let mut add =
                |kind: &str, options| schema.add_text_field(&format!("{name}_{kind}"), options);
            TextFields {
                short: add("short", short),
                long: has_long.then(|| add("long", long)),
                whole: has_whole.then(|| add("whole", whole)),
            }
        };
        let (name, about) = (text("name", true, false), text("about", true, true));
        let (items, codes) = (text("items", false, true), text("codes", true, true));
        let number = || NumericOptions::default().set_fast();
        Self {
            name,
            about,
            items,
            codes,
            id: schema.add_text_field(column::ID, terms.clone().set_fast("raw")),
            name_words: schema.add_text_field("name_words", terms.clone()),
            about_words: schema.add_text_field("about_words", terms.clone()),
            whole_name: schema.add_text_field("whole_name", terms.clone()),
            kin: schema.add_text_field("kin", terms),
            name_key: schema.add_text_field(column::NAME, column()),
            code: schema.add_text_field(column::CODE, column()),
            name_length: schema.add_u64_field(column::NAME_LENGTH, FAST),
            facets: schema.add_u64_field(column::FACETS, number()),
            fresh_until: schema.add_i64_field(column::FRESH_UNTIL, number()),
            published_at: schema.add_i64_field(column::PUBLISHED_AT, number()),
            schema: schema.build(),
        }
    }

    /// The fields of whole texts.
    pub(crate) fn whole_texts(&self) -> impl Iterator<Item = Field> {
        let texts = [self.name, self.about, self.items, self.codes];
        texts.into_iter().filter_map(|text| text.whole)
    }

    /// Registers the tokenizers of the fields.
    pub(crate) fn register(tokenizers: &TokenizerManager) {
        tokenizers.register("short", Grams::SHORT);
        tokenizers.register("long", Grams::LONG);
        tokenizers.register("separated", Separated);
    }

    /// The term of a document.
    pub(crate) fn id_term(&self, id: &EntryId) -> Term {
        Term::from_field_text(self.id, &id.to_string())
    }

    /// The form of a document in the index.
    pub(crate) fn document(&self, document: &Document) -> TantivyDocument {
        let mut fields = TantivyDocument::default();
        let name = fold(&document.name);
        let summary = fold(&document.summary);
        let items: Vec<String> = document.items.iter().map(|item| fold(item)).collect();
        let mut add = |to: TextFields, own: &str, shared: &[String]| {
            fields.add_text(to.short, own);
            to.long
                .into_iter()
                .for_each(|long| fields.add_text(long, own));
            for text in shared {
                fields.add_text(to.short, text);
                to.whole
                    .into_iter()
                    .for_each(|whole| fields.add_text(whole, text));
            }
        };
        add(self.name, &name, &[]);
        add(self.about, &summary, &[fold(&document.provider)]);
        add(self.items, "", &items);
        add(
            self.codes,
            &fold(&document.id.code),
            &[fold(&document.provider_code)],
        );
        let beginning = summary.char_indices().nth(MAX_WORDS);
        let beginning = &summary[..beginning.map_or(summary.len(), |(end, _)| end)];
        fields.add_text(self.name_words, joined(words::all(&name), SEPARATOR));
        fields.add_text(self.about_words, joined(words::all(beginning), SEPARATOR));
        fields.add_text(self.whole_name, whole(&name));
        fields.add_text(
            self.kin,
            joined(kin::terms(document).iter().map(String::as_str), SEPARATOR),
        );
        fields.add_text(self.id, document.id.to_string());
        fields.add_text(self.name_key, name_key(&name, &document.name));
        fields.add_text(self.code, &document.id.code);
        fields.add_u64(self.name_length, name.chars().count() as u64);
        fields.add_u64(self.facets, facet_number(Facet::City, document.id.city));
        for (facet, value) in &document.facets {
            fields.add_u64(self.facets, facet_number(*facet, *value));
        }
        let fresh_until = match document.source {
            Source::Unmounted => UNMOUNTED,
            Source::NeverMeasured => NEVER_MEASURED,
            Source::MeasuredUntil(until) => until.max(NEVER_MEASURED + 1),
        };
        fields.add_i64(self.fresh_until, fresh_until);
        fields.add_i64(self.published_at, document.published_at);
        fields
    }
}

/// The source by its number in the column.
pub(crate) fn source(fresh_until: i64) -> Source {
    match fresh_until {
        UNMOUNTED => Source::Unmounted,
        NEVER_MEASURED => Source::NeverMeasured,
        until => Source::MeasuredUntil(until),
    }
}

/// A folded name without white space.
pub(crate) fn whole(folded: &str) -> String {
    folded.split_whitespace().collect()
}

/// The key by which names are sorted: as Chinese is read.
fn name_key(folded: &str, name: &str) -> String {
    format!("{}{SEPARATOR}{name}", words::pinyin(&bare(folded)))
}

/// The name in such a key.
pub(crate) fn name_of_key(key: &str) -> &str {
    key.split_once(SEPARATOR).map_or(key, |(_, name)| name)
}

fn joined<'t>(texts: impl IntoIterator<Item = &'t str>, separator: char) -> String {
    let mut joined = String::new();
    for text in texts {
        if !joined.is_empty() {
            joined.push(separator);
        }
        joined.push_str(text);
    }
    joined
}
