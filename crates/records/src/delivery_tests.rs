use chengji_domain::request::terms::Voucher;
use proptest::prelude::*;

use super::*;
use crate::strategies::{
    cities, codes, digests, reads_as_written, refuses_incomplete, requests, texts, times,
};

proptest! {
    #[test]
    fn records_of_deliveries_read_as_they_were_written(
        (seq, at, sent) in (any::<u64>(), times(), any::<bool>()),
        (request, code, revision) in (requests(), codes(), any::<u32>()),
        (bytes, digest, rows) in (any::<u64>(), digests(), prop::option::of(any::<u64>())),
        (provider, consumer, file_name) in (cities(), cities(), texts()),
        (vouches, operation) in (any::<bool>(), prop::option::of("[a-z]{1,9}")),
    ) {
        let delivery = Delivery { request, code, revision, bytes, digest, rows };
        let vouched = vouches.then(|| Voucher {
            user: "city/430100/person/wang.fang".parse().unwrap(),
            department: None,
            operation,
        });
        let receipt = Receipt { seq, at, delivery, provider, consumer, sent, file_name, vouched };
        reads_as_written::<StoredReceipt>(&receipt);
        refuses_incomplete::<StoredReceipt>(&receipt);
        reads_as_written::<StoredTransfer>(&receipt.content());
        refuses_incomplete::<StoredTransfer>(&receipt.content());
    }
}
