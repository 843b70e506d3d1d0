//! The catalogue entry and its vocabularies.

use std::str::FromStr;

use chengji_domain::catalogue::{
    self, AdministrativeLevel, Assessment, AssessmentOutcome, Draft, DraftItem, Entry, Format,
    FormatKind, Given, Item, ItemType, Papers, Region, ShareClass, ShareManner, Sharing,
    UpdateCycle, Volume,
};
use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;

use super::{date_from, invalid, missing, newer, problem_to};
use crate::v1;

/// Converts a caller's draft; [`Draft::check`] validates it.
pub fn draft_from(wire: v1::CatalogueEntry) -> Draft {
    let (secrecy_assessment, secrecy_document) = draft_assessment(wire.secrecy_assessment);
    let (personal_information_assessment, personal_information_document) =
        draft_assessment(wire.personal_information_assessment);
    Draft {
        code: wire.code,
        name: wire.name,
        classification: wire.classification,
        provider: wire.provider,
        provider_code: wire.provider_code,
        summary: wire.r#abstract,
        formats: wire
            .formats
            .into_iter()
            .map(|format| (given(format.kind, format_kind_from), format.subtype))
            .collect(),
        items: wire.items.into_iter().map(draft_item).collect(),
        share_class: given(wire.share_class, share_class_from),
        share_condition: wire.share_condition,
        share_manner: given(wire.share_manner, share_manner_from),
        open: Given::Known(wire.open),
        open_condition: wire.open_condition,
        update_cycle: given(wire.update_cycle, update_cycle_from),
        published_on: wire.published_on,
        related: wire.related_codes,
        level: given(wire.administrative_level, level_from),
        secret: Given::Known(wire.secret),
        security_level: Some(wire.security_level).filter(|level| *level != 0).into(),
        declared_rows: wire.declared_rows.into(),
        declared_bytes: wire.declared_bytes.into(),
        share_uses: wire.share_uses,
        share_reason: wire.share_reason,
        secrecy_assessment,
        secrecy_document,
        personal_information_assessment,
        personal_information_document,
        consent_document: wire.consent_document,
        region: draft_region(wire.region),
        superior_approval: Given::Known(wire.superior_approval),
    }
}

/// Converts the region of a draft; one that is malformed is unknown.
fn draft_region(wire: Option<v1::Region>) -> Given<Region> {
    let Some(wire) = wire else {
        return Given::Missing;
    };
    let text = wire.divisions.join(";");
    region_from(wire).map_or_else(|_| Given::Unknown(text), Given::Known)
}

/// Converts outcome and document of an assessment; both are missing without one.
fn draft_assessment(wire: Option<v1::Assessment>) -> (Given<AssessmentOutcome>, String) {
    let wire = wire.unwrap_or_default();
    (given(wire.outcome, assessment_outcome_from), wire.document)
}

/// Converts an entry of an import: its line in the caller's file, and the draft. A missing entry becomes an
/// empty draft, which fails validation.
pub fn import_entry_from(wire: v1::ImportEntry) -> (u64, Draft) {
    (wire.line, draft_from(wire.entry.unwrap_or_default()))
}

fn draft_item(wire: v1::Item) -> DraftItem {
    DraftItem {
        name: wire.name,
        kind: given(wire.r#type, item_type_from),
        length: wire.length,
        share_class: given(wire.share_class, share_class_from),
        share_condition: wire.share_condition,
        share_manner: given(wire.share_manner, share_manner_from),
    }
}

/// Converts an entry from an answer or a record and checks its structure alone: codes, the date and the credit
/// code must parse, closed values must be known, and it must not be secret. Texts and numbers are taken
/// unchecked; the rules of admission are not applied. A condition of opening without opening, and an item's
/// condition without a class, are meaningless and dropped.
///
/// Errors: `INVALID_ARGUMENT` with the field's name; `UPGRADE_NEEDED` with it for a value that is not known here, which
/// a newer program has written.
pub fn entry_from(wire: v1::CatalogueEntry) -> Result<Entry, Error> {
    if wire.secret {
        return Err(invalid("secret", msg::WireSecretEntry));
    }
    let formats = wire.formats.into_iter().map(format_from);
    let items = wire.items.into_iter().map(item_from);
    let related = wire.related_codes.iter();
    let related = related.map(|code| parsed("related_codes", code));
    Ok(Entry {
        code: parsed("code", &wire.code)?,
        name: wire.name,
        classification: parsed("classification", &wire.classification)?,
        provider: wire.provider,
        provider_code: parsed("provider_code", &wire.provider_code)?,
        summary: wire.r#abstract,
        formats: formats.collect::<Result<_, _>>()?,
        items: items.collect::<Result<_, _>>()?,
        sharing: Sharing {
            class: required("share_class", wire.share_class, share_class_from)?,
            condition: wire.share_condition,
            manner: known("share_manner", wire.share_manner, share_manner_from)?,
        },
        share_uses: wire.share_uses,
        share_reason: wire.share_reason,
        opening: wire.open.then_some(wire.open_condition),
        update_cycle: required("update_cycle", wire.update_cycle, update_cycle_from)?,
        published_on: date_from(&wire.published_on, "published_on")?,
        related: related.collect::<Result<_, _>>()?,
        level: required(
            "administrative_level",
            wire.administrative_level,
            level_from,
        )?,
        security_level: u8::try_from(wire.security_level)
            .map_err(|_| invalid("security_level", msg::WireNumberOutOfRange))?,
        declared: Volume {
            rows: wire.declared_rows,
            bytes: wire.declared_bytes,
        },
        papers: Papers {
            secrecy: assessment_from("secrecy_assessment", wire.secrecy_assessment)?,
            personal_information: assessment_from(
                "personal_information_assessment",
                wire.personal_information_assessment,
            )?,
            consent_document: wire.consent_document,
        },
        region: wire.region.map(region_from).transpose()?,
        superior_approval: wire.superior_approval,
    })
}

/// Converts the region of a received entry for display; `None` for one that is not known here.
pub fn shown_region(wire: &v1::Region) -> Option<Region> {
    region_from(wire.clone()).ok()
}

fn region_from(wire: v1::Region) -> Result<Region, Error> {
    let kind = v1::RegionKind::try_from(wire.kind).map_err(|_| newer("region"))?;
    match kind {
        v1::RegionKind::Unspecified => Err(missing("region")),
        v1::RegionKind::Province => Ok(Region::Province),
        v1::RegionKind::Cluster => Ok(Region::Cluster),
        v1::RegionKind::Divisions => {
            let divisions = wire.divisions.iter();
            let divisions = divisions.map(|code| parsed("region", code));
            Region::of_divisions(divisions.collect::<Result<_, _>>()?)
                .map_err(|error| invalid("region", error.message()))
        }
    }
}

fn region_to(region: &Region) -> v1::Region {
    let (kind, divisions) = match region {
        Region::Province => (v1::RegionKind::Province, Vec::new()),
        Region::Cluster => (v1::RegionKind::Cluster, Vec::new()),
        Region::Divisions(divisions) => {
            let codes = divisions.iter().map(ToString::to_string).collect();
            (v1::RegionKind::Divisions, codes)
        }
    };
    v1::Region {
        kind: kind.into(),
        divisions,
    }
}

fn assessment_from(field: &str, wire: Option<v1::Assessment>) -> Result<Option<Assessment>, Error> {
    let assessment = wire.map(|wire| {
        Ok::<_, Error>(Assessment {
            outcome: required(field, wire.outcome, assessment_outcome_from)?,
            document: wire.document,
        })
    });
    assessment.transpose()
}

fn assessment_to(assessment: &Assessment) -> v1::Assessment {
    v1::Assessment {
        outcome: assessment_outcome_to(assessment.outcome).into(),
        document: assessment.document.clone(),
    }
}

fn format_from(wire: v1::Format) -> Result<Format, Error> {
    Ok(Format {
        kind: required("formats", wire.kind, format_kind_from)?,
        subtype: wire.subtype,
    })
}

fn item_from(wire: v1::Item) -> Result<Item, Error> {
    let class = known("items", wire.share_class, share_class_from)?;
    let manner = known("items", wire.share_manner, share_manner_from)?;
    Ok(Item {
        name: wire.name,
        kind: required("items", wire.r#type, item_type_from)?,
        length: wire.length,
        sharing: class.map(|class| Sharing {
            class,
            condition: wire.share_condition,
            manner,
        }),
    })
}

fn parsed<T: FromStr<Err = Error>>(field: &str, text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|error: Error| invalid(field, error.message()))
}

/// Converts an entry from a log, as [`entry_from`] does. There a value that is not known here is malformed: the
/// envelope of an entry with a later value names the version of the facts that it needs, and was refused before.
///
/// Errors: `INVALID_ARGUMENT` with the field's name.
pub(super) fn logged_entry_from(wire: v1::CatalogueEntry) -> Result<Entry, Error> {
    entry_from(wire).map_err(|error| match error.code() {
        ErrorCode::UpgradeNeeded => error.with_code(ErrorCode::InvalidArgument),
        _ => error,
    })
}

/// Converts a value of a closed vocabulary; `None` if it is unspecified.
fn known<T, W: TryFrom<i32>>(
    field: &str,
    number: i32,
    read: impl FnOnce(W) -> Option<T>,
) -> Result<Option<T>, Error> {
    W::try_from(number).map(read).map_err(|_| newer(field))
}

fn required<T, W: TryFrom<i32>>(
    field: &str,
    number: i32,
    read: impl FnOnce(W) -> Option<T>,
) -> Result<T, Error> {
    known(field, number, read)?.ok_or_else(|| missing(field))
}

/// Converts an entry to the wire.
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
        share_uses: entry.share_uses.clone(),
        share_reason: entry.share_reason.clone(),
        secrecy_assessment: entry.papers.secrecy.as_ref().map(assessment_to),
        personal_information_assessment: (entry.papers.personal_information.as_ref())
            .map(assessment_to),
        consent_document: entry.papers.consent_document.clone(),
        region: entry.region.as_ref().map(region_to),
        superior_approval: entry.superior_approval,
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

/// Converts a problem or warning to the wire, with the line of the caller's file.
pub fn import_problem_to(line: u64, problem: &catalogue::FieldProblem) -> v1::ImportProblem {
    let message = problem.message.clone();
    let wire = problem_to(&Problem::new(ErrorCode::InvalidArgument, message));
    v1::ImportProblem {
        line,
        field: problem.field.as_str().to_owned(),
        value: problem.value.clone(),
        problem: Some(wire),
        ..v1::ImportProblem::default()
    }
}

/// Converts a number: 0 means missing, a number outside the contract an unknown value.
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

terms!(assessment_outcome_to, assessment_outcome_from, AssessmentOutcome, AssessmentOutcome {
    NoRisk = NoRisk, Handled = Handled,
});

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
