//! Writes one dataset a line, one after the other, so that memory use does not grow with the catalogue.
//! The same catalogue gives the same bytes.

use std::io::Write;

use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use jiff::Timestamp;

use super::describe::{Published, agent, dataset};
use super::json::{Json, Object};
use super::{urn, vocabulary};

/// The catalogue as a whole.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The city of the catalogue.
    pub city: CityCode,
    /// The city's name, or its code where no name is set.
    pub name: String,
    /// True if the catalogue includes entries that are not open to the public.
    pub whole: bool,
}

/// Writes a catalogue.
pub struct Writer<W> {
    out: W,
    city: CityCode,
    written: u64,
    modified: Option<Timestamp>,
}

impl<W: Write> Writer<W> {
    /// Begins a catalogue.
    pub fn new(out: W, catalogue: &Catalogue) -> Result<Self> {
        let Catalogue { city, name, whole } = catalogue;
        let mut writer = Self {
            out,
            city: *city,
            written: 0,
            modified: None,
        };
        writer.put("{\n\"@context\": ")?;
        writer.put(include_str!("context.jsonld").trim_end())?;
        let (title, description) = if *whole {
            (
                "政务信息资源目录",
                "已发布的全部政务信息资源，含未向社会开放的资源",
            )
        } else {
            ("公共数据开放目录", "已发布且向社会开放的政务信息资源")
        };
        writer.member("@id", format!("{}{city}", urn::CATALOGUE))?;
        writer.member("@type", "dcat:Catalog")?;
        writer.member("dct:title", format!("{name}{title}"))?;
        writer.member("dct:description", format!("{name}（{city}）{description}"))?;
        let city = city.to_string();
        writer.member("dct:publisher", agent(urn::CITY, name, &city))?;
        let language = Object::node(vocabulary::CHINESE, "dct:LinguisticSystem");
        writer.member("dct:language", language)?;
        let profile = Object::node(vocabulary::DCAT_AP, "dct:Standard");
        writer.member("dct:conformsTo", profile)?;
        writer.put(",\n\"dcat:dataset\": [")?;
        Ok(writer)
    }

    /// Adds an entry.
    pub fn add(&mut self, published: &Published) -> Result<()> {
        self.put(if self.written == 0 { "\n" } else { ",\n" })?;
        self.written += 1;
        self.modified = self.modified.max(Some(published.at));
        let dataset = dataset(self.city, published);
        self.value(&dataset.into())
    }

    /// Ends the catalogue; returns the number of entries.
    pub fn finish(mut self) -> Result<u64> {
        self.put("\n]")?;
        if let Some(modified) = self.modified {
            self.member("dct:modified", modified.to_string())?;
        }
        self.put("\n}\n")?;
        self.out.flush().map_err(|e| failed(&e))?;
        Ok(self.written)
    }

    fn put(&mut self, text: &str) -> Result<()> {
        self.out.write_all(text.as_bytes()).map_err(|e| failed(&e))
    }

    fn member<'a>(&mut self, name: &str, value: impl Into<Json<'a>>) -> Result<()> {
        self.put(&format!(",\n\"{name}\": "))?;
        self.value(&value.into())
    }

    fn value(&mut self, value: &Json<'_>) -> Result<()> {
        serde_json::to_writer(&mut self.out, value).map_err(|e| failed(&e))
    }
}

fn failed(cause: &dyn std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Misconfigured, msg::SheetNotWritten { cause })
}
