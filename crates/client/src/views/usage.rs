//! The use of granted data.

use chengji_messages::{Message, Value, msg};
use chengji_proto::v1;
use chengji_proto::v1::body::Fact;

/// The user and the operation of a fetch, as the consumer's node vouches for them.
pub fn voucher(voucher: &v1::Voucher) -> Message {
    let who = Value::principal(&voucher.user);
    let mut text: Message = msg::VoucherUser { who }.into();
    if !voucher.department.is_empty() {
        let (user, department) = (text, &voucher.department);
        text = msg::VoucherOfDepartment { user, department }.into();
    }
    if !voucher.operation.is_empty() {
        let (user, operation) = (text, &voucher.operation);
        text = msg::VoucherWithOperation { user, operation }.into();
    }
    text
}

/// Facts about use.
pub(super) fn fact(fact: &Fact) -> Message {
    match fact {
        Fact::UseVouched(f) => msg::FactUseVouched {
            request: &f.request,
            voucher: f.voucher.as_ref().map_or_else(no_text, voucher),
        }
        .into(),
        _ => no_text(),
    }
}

fn no_text() -> Message {
    msg::Text { text: "" }.into()
}
