//! Reads a file, one dataset after the other: only one of them is in memory at a time.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value as Param, msg};
use serde::Deserialize as _;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use super::super::row_limit::{MAX_ROWS, too_many};
use super::super::text::unreadable;
use super::super::{Row, Sheet};
use super::context::Context;
use super::dataset;
use super::metered::Metered;

/// Maximum size of one dataset, bytes; an entry has at most 32 KiB.
const MAX_BYTES: u64 = 1 << 20;

/// Returns true if a file is JSON-LD by its name.
pub(crate) fn is_jsonld(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("jsonld"))
}

/// Reads a file: the datasets of a catalogue, or of a `@graph`. The line of a row is the position of its
/// dataset in the file, from 1.
pub(crate) fn read(path: &Path, file: &str) -> Result<Sheet> {
    let opened = File::open(path).map_err(|e| unreadable(file, &e))?;
    read_from(opened, file)
}

pub(super) fn read_from(input: impl Read, file: &str) -> Result<Sheet> {
    let room = Rc::new(Cell::new(u64::MAX));
    let metered = Metered {
        input,
        room: Rc::clone(&room),
    };
    let mut input = BufReader::new(metered);
    let begin = input.fill_buf().map_err(|e| unreadable(file, &e))?;
    if begin.is_empty() {
        return Err(nothing(msg::DcatFileEmpty { file }));
    }
    if begin.starts_with(b"\xEF\xBB\xBF") {
        input.consume(3);
    }
    let mut reader = DcatReader {
        room,
        file,
        context: Context::default(),
        sheet: Sheet::default(),
        datasets: 0,
        references: 0,
        refusal: None,
    };
    let mut json = serde_json::Deserializer::from_reader(input);
    let read = json
        .deserialize_any(Document(&mut reader))
        .and_then(|()| json.end());
    match (read, reader.refusal.take()) {
        (Ok(()), _) => reader.finish(),
        (Err(_), Some(refusal)) => Err(refusal),
        (Err(e), None) => Err(unusable(file, &e)),
    }
}

struct DcatReader<'a> {
    /// Bytes that may still be read.
    room: Rc<Cell<u64>>,
    file: &'a str,
    context: Context,
    sheet: Sheet,
    datasets: u64,
    /// Number of datasets that are only referenced.
    references: u64,
    /// The error that ended reading early.
    refusal: Option<Error>,
}

impl DcatReader<'_> {
    /// Reads a node that may be a dataset. A graph has other nodes, too.
    fn take(&mut self, value: Value, graph: bool) -> Result<()> {
        let Value::Object(node) = self.context.ours(value) else {
            self.references += u64::from(!graph);
            return Ok(());
        };
        if is_a(&node, "dcat:Dataset") || (!graph && node.len() > 1) {
            return self.dataset(&node);
        }
        match node.get("dcat:dataset") {
            Some(Value::Array(datasets)) => {
                datasets.iter().try_for_each(|dataset| self.nested(dataset))
            }
            Some(dataset) => self.nested(dataset),
            None => {
                self.references += u64::from(!graph);
                Ok(())
            }
        }
    }

    /// A dataset of a catalogue within a graph, where it may be only referenced.
    fn nested(&mut self, dataset: &Value) -> Result<()> {
        match dataset {
            Value::Object(node) if node.len() > 1 => self.dataset(node),
            _ => Ok(()),
        }
    }

    fn dataset(&mut self, node: &Map<String, Value>) -> Result<()> {
        self.datasets += 1;
        let line = self.datasets;
        if line > MAX_ROWS as u64 {
            return Err(too_many(self.file));
        }
        let read = dataset::read(node);
        if let Some(name) = read.name {
            self.sheet.names.insert(line, name);
        }
        for problem in read.problems {
            let problem = self.sheet.at(line, problem);
            self.sheet.problems.push(problem);
        }
        self.sheet
            .rows
            .extend(read.draft.map(|draft| Row { line, draft }));
        Ok(())
    }

    fn finish(mut self) -> Result<Sheet> {
        if self.datasets == 0 {
            return Err(nothing(msg::DcatNoDataset { file: self.file }));
        }
        if self.references > 0 {
            let references = self.references;
            let named = msg::DcatDatasetsOnlyNamed { count: references };
            self.sheet.notes.push(named.into());
        }
        self.sheet.notes.push(msg::DcatLinesAreDatasets.into());
        Ok(self.sheet)
    }

    /// Reads one value that has to fit in memory.
    fn bounded<T, E: de::Error>(
        &mut self,
        part: impl FnOnce(&Self) -> Message,
        read: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.room.set(MAX_BYTES);
        let read = read();
        let over = self.room.replace(u64::MAX) == 0;
        match read {
            Err(_) if over => Err(self.refuse(too_large(self.file, part(self)))),
            read => read,
        }
    }

    /// Ends reading with an error, which is kept to be reported unchanged.
    fn refuse<E: de::Error>(&mut self, refusal: Error) -> E {
        let error = E::custom(refusal.message());
        self.refusal = Some(refusal);
        error
    }

    fn next_place(&self) -> Message {
        msg::DcatDataset {
            number: self.datasets + 1,
        }
        .into()
    }
}

fn is_a(node: &Map<String, Value>, class: &str) -> bool {
    match node.get("@type") {
        Some(Value::String(of)) => of == class,
        Some(Value::Array(of)) => of.iter().any(|of| of == class),
        _ => false,
    }
}

/// The file as a whole: a catalogue, a graph, or a list of nodes.
struct Document<'a, 'b>(&'a mut DcatReader<'b>);

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON-LD document: an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let reader = self.0;
        while let Some(key) = map.next_key::<String>()? {
            match reader.context.name(&key).as_str() {
                "@context" if reader.datasets > 0 => {
                    let late = msg::DcatContextLate { file: reader.file };
                    return Err(reader.refuse(Error::new(ErrorCode::InvalidArgument, late)));
                }
                "@context" => {
                    let part = |_: &DcatReader<'_>| msg::DcatContext.into();
                    let context: Value = reader.bounded(part, || map.next_value())?;
                    reader.context.learn(&context);
                }
                "dcat:dataset" => map.next_value_seed(Datasets {
                    reader,
                    graph: false,
                })?,
                "@graph" => map.next_value_seed(Datasets {
                    reader,
                    graph: true,
                })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let datasets = Datasets {
            reader: self.0,
            graph: true,
        };
        datasets.visit_seq(seq)
    }
}

/// The values of `dcat:dataset`, or the nodes of a graph.
struct Datasets<'a, 'b> {
    reader: &'a mut DcatReader<'b>,
    graph: bool,
}

impl<'de> DeserializeSeed<'de> for Datasets<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Datasets<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("datasets")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { reader, graph } = self;
        while let Some(value) =
            reader.bounded(DcatReader::next_place, || seq.next_element::<Value>())?
        {
            let taken = reader.take(value, graph);
            taken.map_err(|error| reader.refuse(error))?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { reader, graph } = self;
        let node = MapAccessDeserializer::new(map);
        let value = reader.bounded(DcatReader::next_place, || Value::deserialize(node))?;
        let taken = reader.take(value, graph);
        taken.map_err(|error| reader.refuse(error))
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        self.reader.references += 1;
        Ok(())
    }
}

fn too_large(file: &str, part: Message) -> Error {
    let message = msg::DcatPartTooLarge {
        file,
        most: MAX_BYTES,
        part,
    };
    Error::new(ErrorCode::LimitExceeded, message)
}

fn nothing(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

fn unusable(file: &str, cause: &serde_json::Error) -> Error {
    let cause = Param::text(cause);
    Error::new(
        ErrorCode::InvalidArgument,
        msg::DcatUnusable { cause, file },
    )
}
