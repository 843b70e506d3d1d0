use proptest::prelude::*;

use super::*;
use crate::strategies::{positions, reads_as_written, times};

proptest! {
    #[test]
    fn records_of_cities_read_as_they_were_written(
        (entries, bytes, forgotten) in (any::<u64>(), any::<u64>(), any::<bool>()),
        (end, copy, at) in (positions(), any::<u32>(), times()),
        (has_spent, requests, quarantined) in (any::<bool>(), any::<u64>(), any::<u64>()),
    ) {
        let spent = SpentBudgets { at, entries, bytes, requests, quarantined };
        let spent = has_spent.then_some(spent);
        let (conditions_added, corrected_late) = (requests, quarantined);
        let (usage_not_recorded, updated_late) = (bytes, entries);
        let used = CityUse {
            entries,
            bytes,
            forgotten,
            spent,
            conditions_added,
            corrected_late,
            usage_not_recorded,
            updated_late,
        };
        reads_as_written::<StoredCityUse>(&used);
        reads_as_written::<StoredArrival>(&Arrival { end, copy });
        StoredArrival::decode(&[]).unwrap_err();
        reads_as_written::<StoredTime>(&at);
        StoredTime::decode(&[]).unwrap_err();
        reads_as_written::<StoredSealPlace>(&bytes);
        reads_as_written::<StoredLastChange>(&bytes);
        let (city, code) = ("430100".parse().unwrap(), "103001000001".parse().unwrap());
        reads_as_written::<StoredChangedEntries>(&ChangedEntries { city, codes: vec![code] });
        StoredChangedEntries::decode(&[]).unwrap_err();
        let (sent, received) = (
            UseFigures { deliveries: entries, bytes },
            UseFigures { deliveries: requests, bytes: quarantined },
        );
        reads_as_written::<StoredMonthUse>(&MonthUse { sent, received, first: end, last: end });
        StoredMonthUse::decode(&[]).unwrap_err();
    }
}
