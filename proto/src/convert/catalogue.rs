//! The catalogue entry and its vocabularies.

use chengji_domain::catalogue::{
    AdministrativeLevel, Draft, DraftItem, Entry, FormatKind, Given, Item, ItemType, Problem,
    ShareClass, ShareManner, UpdateCycle,
};
use chengji_domain::{Error, ErrorCode, Quoted, Violation};

use crate::v1;

/// The draft that a wire entry is; checking it is the domain's business.
pub fn draft(wire: &v1::CatalogueEntry) -> Draft {
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    Draft {
        code: wire.code.clone(),
        name: wire.name.clone(),
        classification: wire.classification.clone(),
        provider: wire.provider.clone(),
        provider_code: wire.provider_code.clone(),
        summary: wire.r#abstract.clone(),
        formats: wire
            .formats
            .iter()
            .map(|format| (given(format.kind, format_kind_from), format.subtype.clone()))
            .collect(),
        items: wire
            .items
            .iter()
            .map(|item| DraftItem {
                name: item.name.clone(),
                kind: given(item.r#type, item_type_from),
                length: item.length,
                share_class: given(item.share_class, share_class_from),
                share_condition: item.share_condition.clone(),
                share_manner: given(item.share_manner, share_manner_from),
            })
            .collect(),
        share_class: given(wire.share_class, share_class_from),
        share_condition: wire.share_condition.clone(),
        share_manner: given(wire.share_manner, share_manner_from),
        open: Given::Known(wire.open),
        open_condition: wire.open_condition.clone(),
        update_cycle: given(wire.update_cycle, update_cycle_from),
        published_on: wire.published_on.clone(),
        related: wire.related_codes.clone(),
        level: given(wire.administrative_level, level_from),
        secret: Given::Known(wire.secret),
        security_level: match wire.security_level {
            0 => String::new(),
            level => level.to_string(),
        },
        declared_rows: number(wire.declared_rows),
        declared_bytes: number(wire.declared_bytes),
    }
}

/// The entry a wire message holds; an error that lists every wrong field.
pub fn entry_from(wire: &v1::CatalogueEntry) -> Result<Entry, Error> {
    draft(wire).check().map_err(|problems| {
        let message = format!("entry '{}' is not valid", Quoted(&wire.code));
        let violations = problems.iter().map(|problem| Violation {
            field: problem.field.to_owned(),
            problem: problem.problem.clone(),
        });
        Error::new(ErrorCode::InvalidArgument, message).with_violations(violations.collect())
    })
}

/// An entry on the wire.
pub fn entry_to(entry: &Entry) -> v1::CatalogueEntry {
    v1::CatalogueEntry {
        code: entry.code.to_string(),
        name: entry.name.clone(),
        classification: entry.classification.to_string(),
        provider: entry.provider.clone(),
        provider_code: entry.provider_code.to_string(),
        r#abstract: entry.summary.clone(),
        formats: entry
            .formats
            .iter()
            .map(|format| v1::Format {
                kind: format_kind_to(format.kind).into(),
                subtype: format.subtype.clone(),
            })
            .collect(),
        items: entry.items.iter().map(item_to).collect(),
        share_class: share_class_to(entry.share_class()).into(),
        share_condition: entry.share_condition().to_owned(),
        share_manner: entry
            .share_manner()
            .map_or(0, |manner| share_manner_to(manner).into()),
        open: entry.opening.is_some(),
        open_condition: entry.opening.clone().unwrap_or_default(),
        update_cycle: update_cycle_to(entry.update_cycle).into(),
        published_on: entry.published_on.to_string(),
        related_codes: entry.related.iter().map(ToString::to_string).collect(),
        administrative_level: level_to(entry.level).into(),
        secret: false,
        security_level: entry.security_level.into(),
        declared_rows: entry.declared.rows,
        declared_bytes: entry.declared.bytes,
    }
}

fn item_to(item: &Item) -> v1::Item {
    let wire = v1::Item {
        name: item.name.clone(),
        r#type: item_type_to(item.kind).into(),
        length: item.length,
        ..v1::Item::default()
    };
    let Some(sharing) = &item.sharing else {
        return wire;
    };
    v1::Item {
        share_class: share_class_to(sharing.class).into(),
        share_condition: sharing.condition.clone(),
        share_manner: sharing
            .manner
            .map_or(0, |manner| share_manner_to(manner).into()),
        ..wire
    }
}

/// A problem on the wire, with the line of the caller's file.
pub fn problem_to(line: u64, problem: &Problem) -> v1::ImportProblem {
    v1::ImportProblem {
        line,
        field: problem.field.to_owned(),
        value: problem.value.clone(),
        problem: problem.problem.clone(),
        problem_zh: problem.problem_zh.clone(),
        remedy: problem.remedy.clone(),
        ..v1::ImportProblem::default()
    }
}

/// 0 is nothing given; a number that the contract does not know is something unknown.
fn given<T, W: TryFrom<i32>>(number: i32, read: impl FnOnce(W) -> Option<T>) -> Given<T> {
    match W::try_from(number) {
        Ok(wire) => read(wire).map_or(Given::Missing, Given::Known),
        Err(_) => Given::Unknown(number.to_string()),
    }
}

macro_rules! terms {
    ($to:ident, $from:ident, $domain:ident, $wire:ident { $($from_variant:ident = $to_variant:ident),* $(,)? }) => {
        #[doc = concat!("`", stringify!($domain), "` from the wire; nothing where none is given.")]
        pub fn $from(wire: v1::$wire) -> Option<$domain> {
            match wire {
                v1::$wire::Unspecified => None,
                $( v1::$wire::$to_variant => Some($domain::$from_variant), )*
            }
        }

        #[doc = concat!("`", stringify!($domain), "` on the wire.")]
        pub fn $to(value: $domain) -> v1::$wire {
            match value { $( $domain::$from_variant => v1::$wire::$to_variant, )* }
        }
    };
}

pub(super) use terms;

terms!(share_class_to, share_class_from, ShareClass, ShareClass {
    Unconditional = Unconditional, Conditional = Conditional, NotShared = NotShared,
});
terms!(share_manner_to, share_manner_from, ShareManner, ShareManner {
    Table = Table, File = File, Interface = Interface, Mail = Mail, Medium = Medium,
});
terms!(update_cycle_to, update_cycle_from, UpdateCycle, UpdateCycle {
    RealTime = RealTime, Daily = Daily, Weekly = Weekly, Monthly = Monthly,
    Quarterly = Quarterly, HalfYearly = HalfYearly, Yearly = Yearly, Irregular = Irregular,
    Other = Other,
});
terms!(level_to, level_from, AdministrativeLevel, AdministrativeLevel {
    Provincial = Provincial, Municipal = Municipal, County = County, Township = Township,
});
terms!(format_kind_to, format_kind_from, FormatKind, FormatKind {
    File = File, Spreadsheet = Spreadsheet, Database = Database, Image = Image, Stream = Stream,
    SelfDescribing = SelfDescribing, Service = Service,
});
terms!(item_type_to, item_type_from, ItemType, ItemType {
    Text = Text, Number = Number, Date = Date, DateTime = Datetime, Binary = Binary,
});
