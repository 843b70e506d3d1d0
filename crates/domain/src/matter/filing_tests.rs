use super::*;

fn correction() -> CorrectionFiling {
    CorrectionFiling {
        resource: ResourceRef {
            city: "430200".parse().unwrap(),
            code: "103001000001".parse().unwrap(),
        },
        request: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
        revision: 1,
        content: Some(Digest([7; 32])),
        fields: vec!["地址".to_owned()],
        problem: "门牌号有误".to_owned(),
        rows: None,
        department: None,
    }
}

fn demand() -> DemandFiling {
    DemandFiling {
        name: "停车泊位实时占用".to_owned(),
        fields: vec!["泊位编号".to_owned()],
        purpose: "诱导停车".to_owned(),
        legal_basis: "《条例》第二十条".to_owned(),
        cycle: UpdateCycle::Daily,
        department: None,
    }
}

#[test]
fn a_filing_names_fields_and_what_is_needed_or_wrong() {
    assert_eq!(Filing::Correction(correction()).check(), Ok(()));
    assert_eq!(Filing::Demand(demand()).check(), Ok(()));
    let without_fields = CorrectionFiling {
        fields: Vec::new(),
        problem: String::new(),
        ..correction()
    };
    let error = Filing::Correction(without_fields).check().unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert_eq!(error.violations().len(), 2);
    let too_many = DemandFiling {
        fields: vec!["泊位编号".to_owned(); MAX_FIELDS + 1],
        ..demand()
    };
    assert_eq!(
        Filing::Demand(too_many)
            .check()
            .unwrap_err()
            .violations()
            .len(),
        1
    );
}

#[test]
fn attached_rows_are_short_texts() {
    assert_eq!(check_rows("编号,地址\n1,测试路1号\n"), Ok(()));
    let code = |rows: &str| check_rows(rows).unwrap_err().code();
    assert_eq!(code(""), ErrorCode::InvalidArgument);
    assert_eq!(
        code(&"一".repeat(MAX_ROWS / 3 + 1)),
        ErrorCode::InvalidArgument
    );
    assert_eq!(code("1\u{0}2"), ErrorCode::InvalidArgument);
}

#[test]
fn rows_are_read_by_the_provider_alone_and_demands_by_all_members() {
    let provider: CityCode = "430200".parse().unwrap();
    let rows = MatterFact::RowsAttached {
        provider,
        rows: "1".to_owned(),
    };
    assert_eq!(rows.audience(), Audience::of_cities([provider]));
    let actor = Actor::new("city/430100/person/wang.fang".parse().unwrap(), None);
    let matter: RequestId = "430100-1-9-AAAAAAAAAAAAA".parse().unwrap();
    let at = Timestamp::UNIX_EPOCH;
    let opened = |filing| MatterEvent::Opened {
        matter,
        filing: Box::new(filing),
        filed_by: actor.clone(),
        filed_at: at,
        step: MatterStep {
            party: crate::request::Party::Coordinator,
            actor: actor.clone(),
            at,
            mv: MatterMove::Open,
        },
    };
    let of_both = Audience::of_cities([matter.city, provider]);
    assert_eq!(opened(Filing::Correction(correction())).audience(), of_both);
    assert_eq!(
        opened(Filing::Demand(demand())).audience(),
        Audience::Members
    );
}
