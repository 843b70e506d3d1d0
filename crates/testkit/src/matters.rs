//! Corrections and demands.

use chengji_domain::catalogue::UpdateCycle;
use chengji_domain::matter::{CorrectionFiling, DemandFiling, Filing};
use chengji_domain::request::RequestId;
use chengji_domain::{Digest, ResourceRef};

/// A resource, given as `city:code`.
#[must_use]
pub fn resource(text: &str) -> ResourceRef {
    let (city, code) = text.split_once(':').unwrap();
    ResourceRef {
        city: city.parse().unwrap(),
        code: code.parse().unwrap(),
    }
}

/// A valid correction of a resource, such as `430200:201001000001`, that was received in revision 1 under this request.
#[must_use]
pub fn correction(request: RequestId, resource: &str) -> Filing {
    Filing::Correction(CorrectionFiling {
        resource: self::resource(resource),
        request,
        revision: 1,
        content: Some(Digest([7; 32])),
        fields: vec!["地址".to_owned()],
        problem: "门牌号有误".to_owned(),
        rows: None,
        department: None,
    })
}

/// A valid demand.
#[must_use]
pub fn demand() -> Filing {
    Filing::Demand(DemandFiling {
        name: "停车泊位实时占用".to_owned(),
        fields: vec!["泊位编号".to_owned(), "是否占用".to_owned()],
        purpose: "停车诱导".to_owned(),
        legal_basis: "《政务数据共享条例》第二十条".to_owned(),
        cycle: UpdateCycle::Daily,
        department: None,
    })
}
