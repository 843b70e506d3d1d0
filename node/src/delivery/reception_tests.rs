//! A single fetch: accepted and refused offers.

use super::*;

fn offer(offset: u64, digest: u8) -> v1::Offer {
    v1::Offer {
        code: "307012000001".to_owned(),
        revision: 1,
        file_name: "a".to_owned(),
        bytes: 9,
        digest: vec![digest; 32],
        offset,
        rows: None,
    }
}

#[test]
fn only_an_offer_that_fits_is_taken() {
    let asked = v1::FetchRequest {
        request: String::new(),
        offset: 4,
        digest: vec![7; 32],
        voucher: None,
    };
    let check = |offer: v1::Offer| {
        let code = "307012000001".parse().unwrap();
        check_offer(&offer, &asked, &code)
            .map(drop)
            .map_err(|error| error.code())
    };
    assert_eq!(check(offer(4, 7)), Ok(()));
    assert_eq!(check(offer(0, 7)), Ok(()));
    assert_eq!(check(offer(0, 8)), Ok(()));
    for wrong in [
        offer(4, 8),
        offer(5, 7),
        offer(10, 7),
        v1::Offer {
            digest: vec![7; 31],
            ..offer(0, 7)
        },
        v1::Offer {
            code: "307012000002".to_owned(),
            ..offer(0, 7)
        },
    ] {
        assert_eq!(check(wrong), Err(ErrorCode::PeerInvalid));
    }
}
