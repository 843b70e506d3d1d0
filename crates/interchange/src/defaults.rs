//! Values for all rows of a file that lack them: what a submission requires besides the content of its entries, which
//! departments decide on for many entries at once.

use chengji_domain::catalogue::{AssessmentOutcome, Draft, Given, Region, ShareClass};

use super::Sheet;

/// Values for rows that have none of their own; an empty text adds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The uses of conditional resources.
    pub share_uses: String,
    /// The reason of resources that are not shared.
    pub share_reason: String,
    /// The outcome of the assessment of the secrecy risk.
    pub secrecy_assessment: Option<AssessmentOutcome>,
    /// The outcome of the assessment of the impact on personal information.
    pub personal_information_assessment: Option<AssessmentOutcome>,
    /// The document of both assessments.
    pub document: String,
    /// The region that the data may not leave.
    pub region: Option<Region>,
    /// True if requests need the approval of the common superior authority.
    pub superior_approval: bool,
}

impl Defaults {
    /// Fills in the rows of a sheet.
    pub fn apply(&self, sheet: &mut Sheet) {
        let drafts = sheet.rows.iter_mut().map(|row| &mut row.draft);
        drafts.for_each(|draft| self.fill(draft));
    }

    fn fill(&self, draft: &mut Draft) {
        // Nothing is added to a secret row, of which nothing else was read.
        if draft.secret == Given::Known(true) {
            return;
        }
        let texts = [
            (
                ShareClass::Conditional,
                &mut draft.share_uses,
                &self.share_uses,
            ),
            (
                ShareClass::NotShared,
                &mut draft.share_reason,
                &self.share_reason,
            ),
        ];
        for (class, text, default) in texts {
            if draft.share_class == Given::Known(class) && text.is_empty() {
                text.clone_from(default);
            }
        }
        if draft.region == Given::Missing {
            draft.region = self.region.clone().into();
        }
        if self.superior_approval && draft.superior_approval == Given::Missing {
            draft.superior_approval = Given::Known(true);
        }
        let assessments = [
            (
                &mut draft.secrecy_assessment,
                &mut draft.secrecy_document,
                self.secrecy_assessment,
            ),
            (
                &mut draft.personal_information_assessment,
                &mut draft.personal_information_document,
                self.personal_information_assessment,
            ),
        ];
        for (outcome, document, default) in assessments {
            if *outcome == Given::Missing && document.is_empty() {
                *outcome = default.into();
                if default.is_some() {
                    document.clone_from(&self.document);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::lacking;

    use super::super::tests::{file, row};
    use super::super::{Options, check, read};
    use super::*;

    fn sheet(rows: &[String]) -> Sheet {
        read::parse(&file(rows), "f.csv", Options::default()).unwrap()
    }

    fn defaults() -> Defaults {
        Defaults {
            share_uses: "待遇资格核验".to_owned(),
            share_reason: "档案尚未到开放期限".to_owned(),
            secrecy_assessment: Some(AssessmentOutcome::NoRisk),
            personal_information_assessment: Some(AssessmentOutcome::Handled),
            document: "市民评〔2026〕3号".to_owned(),
            region: None,
            superior_approval: false,
        }
    }

    #[test]
    fn a_region_and_an_approval_are_for_rows_that_say_nothing_of_them() {
        let own = [("流通地域", "不出城市群"), ("须经上级批准", "否")];
        let mut sheet = sheet(&[row(&[]), row(&own)]);
        let bound = Defaults {
            region: Some(Region::Province),
            superior_approval: true,
            ..defaults()
        };
        bound.apply(&mut sheet);
        let [first, second] = [0, 1].map(|at| sheet.rows[at].draft.clone());
        assert_eq!(first.region, Given::Known(Region::Province));
        assert_eq!(first.superior_approval, Given::Known(true));
        assert_eq!(second.region, Given::Known(Region::Cluster));
        assert_eq!(second.superior_approval, Given::Known(false));
    }

    #[test]
    fn rows_get_what_they_lack_and_keep_what_they_have() {
        let own = [
            ("代码", "103001/000002"),
            ("保密风险评估", "有风险已处置"),
            ("保密风险评估文号", "市民保评〔2026〕9号"),
            ("负责人同意文号", "市民函〔2026〕8号"),
        ];
        let mut sheet = sheet(&[row(&[]), row(&own)]);
        defaults().apply(&mut sheet);
        let (entries, problems) = check(&sheet);
        assert_eq!(problems, []);
        let [(_, first), (_, second)] = entries.as_slice() else {
            panic!("{entries:?}");
        };
        let secrecy = first.papers.secrecy.clone().unwrap();
        assert_eq!(secrecy.outcome, AssessmentOutcome::NoRisk);
        assert_eq!(secrecy.document, "市民评〔2026〕3号");
        assert_eq!(
            (first.share_uses.as_str(), first.share_reason.as_str()),
            ("", "")
        );
        let secrecy = second.papers.secrecy.clone().unwrap();
        assert_eq!(secrecy.outcome, AssessmentOutcome::Handled);
        assert_eq!(secrecy.document, "市民保评〔2026〕9号");
        assert_eq!(lacking(second, None), []);
    }

    #[test]
    fn a_catalogue_with_one_text_of_conditions_gets_its_uses_besides() {
        let condition = ("共享条件", "仅限社保经办机构");
        let mut sheet = sheet(&[row(&[("共享类型", "2"), condition])]);
        defaults().apply(&mut sheet);
        let (entries, problems) = check(&sheet);
        assert_eq!(problems, []);
        assert_eq!(entries[0].1.share_condition(), "仅限社保经办机构");
        assert_eq!(entries[0].1.share_uses, "待遇资格核验");
    }
}
