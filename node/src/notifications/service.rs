//! The notification service: subscriptions of the city's people.

use chengji_domain::access::Role;
use chengji_domain::notification::Subscribed;
use chengji_domain::{Principal, Result};
use chengji_proto::convert::{SubscriptionOrder, SubscriptionView};
use chengji_proto::service::{NotificationService, Page};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Tx, View};
use chengji_transport::Permit;
use jiff::Timestamp;

use super::dispatch::Dispatcher;
use super::subscriptions;
use crate::own_log::OwnLog;

/// Serves [`NotificationService`].
#[derive(Clone)]
pub(crate) struct NodeNotificationService {
    /// The city's log.
    pub(crate) own: OwnLog,
    /// Delivers the events.
    pub(crate) dispatcher: Dispatcher,
}

/// The person whose subscriptions a caller sees; `None` for those of all.
fn seen_by(permit: &Permit) -> Option<Principal> {
    let sees_all = permit.rights().roles().contains(&Role::Auditor);
    (!sees_all).then(|| permit.principal().clone())
}

impl NodeNotificationService {
    pub(super) async fn subscribe_as(
        &self,
        owner: Principal,
        order: SubscriptionOrder,
    ) -> Result<SubscriptionView> {
        let SubscriptionOrder { channel, topics } = order;
        channel.check()?;
        self.dispatcher.outlets().check(&owner, &channel)?;
        self.dispatcher.check_room()?;
        let subscribed = Subscribed {
            owner,
            channel,
            topics,
        };
        let (own, at) = (self.own.clone(), self.own.now());
        let job = move |tx: &mut Tx<'_>| subscriptions::begin(&own, tx, subscribed, at);
        self.own.ledger.write(job).await
    }

    /// Changes the caller's subscription of this number.
    async fn change(
        &self,
        owner: Principal,
        number: String,
        step: impl FnOnce(
            &OwnLog,
            &mut Tx<'_>,
            (&Principal, Timestamp),
            SubscriptionView,
        ) -> Result<SubscriptionView>
        + Send
        + 'static,
    ) -> Result<SubscriptionView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let job = move |tx: &mut Tx<'_>| {
            let found = subscriptions::named(&own, tx, (Some(&owner), &number))?;
            step(&own, tx, (&owner, at), found)
        };
        let changed = self.own.ledger.write(job).await?;
        self.dispatcher.wake(changed.subscription.number);
        Ok(changed)
    }

    pub(super) async fn unsubscribe_as(
        &self,
        owner: Principal,
        number: String,
    ) -> Result<SubscriptionView> {
        self.change(owner, number, |own, tx, by, found| {
            subscriptions::end(own, tx, by, found.subscription)
        })
        .await
    }

    pub(super) async fn replay_as(
        &self,
        owner: Principal,
        asked: v1::ReplayRequest,
    ) -> Result<SubscriptionView> {
        let v1::ReplayRequest {
            id,
            of_coordinator,
            from,
        } = asked;
        self.change(owner, id, move |_, tx, _, found| {
            subscriptions::replay(tx, found, (of_coordinator, from))
        })
        .await
    }

    pub(super) fn page(
        &self,
        owner: Option<&Principal>,
        asked: &v1::ListSubscriptionsRequest,
    ) -> Result<Page<v1::Subscription>> {
        subscriptions::page(self.own.ledger.kv().as_ref(), asked, owner)
    }

    pub(super) fn letters(
        &self,
        owner: Option<&Principal>,
        asked: &v1::ListDeadLettersRequest,
    ) -> Result<Page<v1::DeadLetter>> {
        let kv = self.own.ledger.kv().as_ref();
        let found = self.seen(kv, owner, &asked.id)?;
        subscriptions::letters(kv, asked, found.subscription.number)
    }

    fn seen(
        &self,
        view: &(impl View + ?Sized),
        owner: Option<&Principal>,
        number: &str,
    ) -> Result<SubscriptionView> {
        subscriptions::named(&self.own, view, (owner, number))
    }
}

impl NotificationService<Permit> for NodeNotificationService {
    async fn subscribe(
        &self,
        permit: Permit,
        order: SubscriptionOrder,
    ) -> Result<SubscriptionView> {
        self.subscribe_as(permit.principal().clone(), order).await
    }

    async fn unsubscribe(
        &self,
        permit: Permit,
        asked: v1::UnsubscribeRequest,
    ) -> Result<SubscriptionView> {
        self.unsubscribe_as(permit.principal().clone(), asked.id)
            .await
    }

    async fn list(
        &self,
        permit: Permit,
        asked: v1::ListSubscriptionsRequest,
    ) -> Result<Page<v1::Subscription>> {
        let (this, owner) = (self.clone(), seen_by(&permit));
        off_thread(move || this.page(owner.as_ref(), &asked)).await
    }

    async fn list_dead_letters(
        &self,
        permit: Permit,
        asked: v1::ListDeadLettersRequest,
    ) -> Result<Page<v1::DeadLetter>> {
        let (this, owner) = (self.clone(), seen_by(&permit));
        off_thread(move || this.letters(owner.as_ref(), &asked)).await
    }

    async fn replay(&self, permit: Permit, asked: v1::ReplayRequest) -> Result<SubscriptionView> {
        self.replay_as(permit.principal().clone(), asked).await
    }

    async fn test(
        &self,
        permit: Permit,
        asked: v1::TestSubscriptionRequest,
    ) -> Result<SubscriptionView> {
        let owner = permit.principal();
        let kv = self.own.ledger.kv().as_ref();
        let found = self.seen(kv, Some(owner), &asked.id)?;
        found.subscription.check_in_force()?;
        let sent = self.dispatcher.outlets();
        sent.test(&found.subscription, self.own.now()).await?;
        Ok(found)
    }
}

#[cfg(test)]
#[path = "reads_tests.rs"]
mod reads_tests;
