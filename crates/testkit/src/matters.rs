//! Corrections and demands.

use chengji_domain::Digest;
use chengji_domain::catalogue::UpdateCycle;
use chengji_domain::matter::{CorrectionFiling, DemandFiling, Filing};
use chengji_domain::request::RequestId;

/// A valid correction of a resource, such as `430200:201001000001`, that was received in revision 1 under this request.
pub fn correction(request: RequestId, resource: &str) -> Filing {
    Filing::Correction(CorrectionFiling {
        resource: resource.parse().unwrap(),
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
