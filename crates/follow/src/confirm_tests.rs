use chengji_proto::convert::position_to;
use chengji_proto::v1;
use chengji_store::MemoryStore;

use super::*;

#[tokio::test]
async fn a_peer_contradicts_where_it_knows_more_or_something_else() {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::create(store, "city/430100", [1; 8]).unwrap();
    for entry in ["a", "b"] {
        let append = move |tx: &mut chengji_store::Tx<'_>| tx.append(|_| Vec::from(entry));
        ledger.write(append).await.unwrap();
    }
    let open = ledger.write(|tx| tx.open_epoch([2; 8], 0, None));
    open.await.unwrap();
    ledger
        .write(|tx| tx.append(|_| b"c".to_vec()))
        .await
        .unwrap();
    let kv = ledger.kv().as_ref();
    let epochs = log::epochs(kv).unwrap();
    let says = |number, byte, seq, entry: &str| {
        let epoch = Epoch {
            number,
            id: [byte; 8],
        };
        let known = Known {
            at: Position { epoch, seq },
            leaf: chengji_log::leaf(entry.as_bytes()).to_vec(),
            highest_epoch: number,
        };
        contradiction(kv, ledger.head(), &epochs, ("430200", &known)).unwrap()
    };
    assert_eq!(says(2, 2, 3, "c"), None);
    assert_eq!(says(2, 2, 2, "b"), None);
    assert_eq!(
        says(1, 1, 9, "lost"),
        None,
        "the loss was accepted by the new epoch"
    );
    let peer = "430200";
    let epoch = |number, byte| Epoch {
        number,
        id: [byte; 8],
    };
    let foreign = |epoch| Message::from(msg::LogPeerEpochForeign { epoch, peer });
    let position = |number, byte, seq| {
        let epoch = epoch(number, byte);
        Value::text(Position { epoch, seq })
    };
    let further = msg::LogPeerFurther {
        head: Value::text(ledger.head()),
        known: position(2, 2, 4),
        peer,
    };
    let differs = msg::LogPeerEntryDiffers {
        known: position(2, 2, 3),
        peer,
    };
    let higher = msg::LogPeerEpochHigher {
        epoch: epoch(3, 3),
        own: ledger.head().epoch,
        peer,
    };
    for (contradiction, expected) in [
        (says(2, 2, 4, "d"), further.into()),
        (says(2, 2, 3, "x"), differs.into()),
        (says(2, 9, 3, "c"), foreign(epoch(2, 9))),
        (says(1, 9, 2, "b"), foreign(epoch(1, 9))),
        (says(3, 3, 1, "a"), higher.into()),
    ] {
        assert_eq!(contradiction, Some(expected));
    }
    let nothing = v1::KnownResponse {
        position: Some(position_to(Epoch::UNKNOWN, 0)),
        ..Default::default()
    };
    let nothing = nothing.try_into().unwrap();
    assert_eq!(
        contradiction(kv, ledger.head(), &epochs, ("430200", &nothing)).unwrap(),
        None
    );
}

fn confirming(ledger: &Ledger, peers: LogPeers) -> Confirming {
    Confirming {
        ledger: ledger.clone(),
        log: LogOwner::Coordinator,
        peers,
        clock: chengji_clock::system_clock(),
        restored: None,
    }
}

#[tokio::test]
async fn an_answer_that_is_not_valid_does_not_keep_others_from_confirming() {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::create(store, "coordinator", [1; 8]).unwrap();
    let confirming = confirming(&ledger, Arc::new(|| Ok(Vec::new())));
    let without_position = || ("430100".to_owned(), v1::KnownResponse::default().try_into());
    let nobody = confirming.outcome(vec![without_position()]).unwrap();
    assert!(matches!(nobody, Outcome::Nobody { .. }));

    let position = Some(position_to(Epoch::UNKNOWN, 0));
    let knows_nothing = v1::KnownResponse {
        position,
        ..Default::default()
    };
    let answers = vec![
        without_position(),
        ("430200".to_owned(), knows_nothing.try_into()),
    ];
    let confirmed = confirming.outcome(answers).unwrap();
    assert!(matches!(confirmed, Outcome::Confirmed(_)));
}

#[tokio::test]
async fn a_peer_does_not_use_up_the_numbers_of_epochs() {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::create(store, "coordinator", [1; 8]).unwrap();
    let confirming = confirming(&ledger, Arc::new(|| Ok(Vec::new())));
    let answer = |highest_epoch: u32| -> (String, Result<Known>) {
        let knows = v1::KnownResponse {
            position: Some(position_to(Epoch::UNKNOWN, 0)),
            highest_epoch,
            ..Default::default()
        };
        (highest_epoch.to_string(), knows.try_into())
    };
    let answers = vec![answer(3), answer(u32::MAX - 1)];
    let Outcome::Confirmed(latest) = confirming.outcome(answers).unwrap() else {
        panic!("they contradict nothing");
    };
    assert_eq!(latest.highest, 3);
}

fn by_hand_against(peers: &[&str]) -> v1::ConfirmLogRequest {
    v1::ConfirmLogRequest {
        reason: "演练".to_owned(),
        against: peers.iter().map(ToString::to_string).collect(),
    }
}

#[tokio::test]
async fn nothing_is_appended_before_the_log_is_confirmed() {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::create(store, "coordinator", [1; 8]).unwrap();
    // An unreachable peer: nothing listens at the port.
    let peers: LogPeers = Arc::new(|| {
        let channel = Channel::from_static("http://127.0.0.1:1").connect_lazy();
        let name = "430100".to_owned();
        Ok(vec![LogPeer { name, channel }])
    });
    let (_stop, stopped) = watch::channel(false);
    let by_hand = confirming(&ledger, peers).spawn(stopped);
    // A write waits for the first answers, and is then refused; one that appends nothing succeeds.
    let refused = ledger.write(|tx| tx.append(|_| b"a".to_vec())).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::LogUnconfirmed);
    let put = ledger.write(|tx| {
        tx.put(vec![0x7f], vec![1]);
        Ok(())
    });
    put.await.unwrap();
    by_hand.confirm(by_hand_against(&[])).await.unwrap();
    ledger
        .write(|tx| tx.append(|_| b"a".to_vec()))
        .await
        .unwrap();
    let unreasoned = by_hand.confirm(v1::ConfirmLogRequest::default());
    assert_eq!(
        unreasoned.await.unwrap_err().code(),
        ErrorCode::InvalidArgument
    );
    let again = by_hand.confirm(by_hand_against(&[])).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::OutOfTurn);
}

#[tokio::test]
async fn a_peer_that_contradicts_has_to_be_named() {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::create(store, "coordinator", [1; 8]).unwrap();
    ledger.set_confirmation(unconfirmed(
        msg::LogConfirmedByNone.into(),
        vec!["430200".to_owned()],
    ));
    let given = Arc::new(watch::Sender::new(false));
    let by_hand = ByHand {
        ledger: ledger.clone(),
        given: Arc::clone(&given),
    };
    let refused = by_hand
        .confirm(by_hand_against(&["430100"]))
        .await
        .unwrap_err();
    let named = msg::LogContradictedBy {
        peer: "430200",
        reason: msg::LogConfirmedByNone,
    };
    assert_eq!(refused, Error::new(ErrorCode::OutOfTurn, named));
    assert!(!*given.borrow());
}

#[tokio::test]
async fn a_city_whose_older_state_was_accepted_goes_on_above_the_epoch_that_it_lost() {
    for (log, number) in [("430200", 5), ("coordinator", 1)] {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), log, [1; 8]).unwrap();
        let mut confirming = confirming(&ledger, Arc::new(|| Ok(Vec::new())));
        if let Ok(city) = log.parse() {
            confirming.log = LogOwner::City(city);
        }
        let followed = Some(ledger.head().epoch);
        for highest in [1, 4, 5] {
            let latest = Latest { highest, followed };
            assert_eq!(confirming.confirm(latest).await, Ok(()));
        }
        assert_eq!(ledger.head().epoch.number, number, "{log}");
    }
}

#[tokio::test]
async fn where_there_is_nobody_to_ask_nobody_is_asked() {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::create(store, "coordinator", [1; 8]).unwrap();
    let (_stop, stopped) = watch::channel(false);
    confirming(&ledger, Arc::new(|| Ok(Vec::new()))).spawn(stopped);
    ledger
        .write(|tx| tx.append(|_| b"a".to_vec()))
        .await
        .unwrap();
}
