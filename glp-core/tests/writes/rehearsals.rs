//! Rehearsals: what would be sent, and what the service would say of it.

use glp_core::greenlake::{ApiVersion, DeviceChange, NewSubscription, Resource, TagEdits};
use glp_core::operation::Replay;
use glp_core::testkit::{Endpoint, Faults, Mishap};
use glp_core::write::Plan;

use crate::world::{additions, device, fake, ids, serial, subscription, words, world, write};

#[test]
fn a_plan_shows_its_requests_and_sends_none() {
    let plan = additions(7);
    let requests: Vec<String> = plan
        .operations()
        .map(|operation| operation.unwrap())
        .map(|operation| String::from_utf8(operation.request.body().to_vec()).unwrap())
        .collect();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].contains(&serial(5)) && requests[1].contains(&serial(6)));
}

#[test]
fn the_service_checks_a_rehearsal_and_changes_nothing() {
    let mut world = world(fake(Faults::none()));
    let before: Vec<_> = world.server().truth(Resource::Devices).collect();

    let written = write(additions(7).rehearsed().unwrap(), &mut world);

    assert_eq!(words(&written), ["reported"; 7]);
    assert_eq!(world.server().truth(Resource::Devices).collect::<Vec<_>>(), before);
    assert_eq!(world.server().requests(Endpoint::AddDevices), 2);
    assert_eq!(world.server().requests(Endpoint::ListDevices), 0);
}

#[test]
fn a_rehearsal_tells_what_would_fail() {
    let mut world = world(fake(Faults::none()));
    write(additions(2), &mut world);
    let written = write(additions(3).rehearsed().unwrap(), &mut world);
    assert_eq!(words(&written), ["failed", "failed", "reported"]);
}

#[test]
fn a_rehearsal_may_be_sent_again_because_it_does_nothing() {
    let mut world = world(fake(Faults::none().on_request(1, Mishap::ResetAfter)));
    let plan = additions(1).rehearsed().unwrap();
    assert!(plan.operations().all(|one| one.unwrap().replay == Replay::Idempotent));
    assert_eq!(words(&write(plan, &mut world)), ["reported"]);
}

#[test]
fn where_the_service_has_no_rehearsal_it_is_refused_by_name() {
    let world = world(fake(Faults::none()));
    let ids = || ids(&world, Resource::Devices, 1);
    let archive = DeviceChange::Archive;
    let tags = TagEdits::new().set("k", "v").unwrap();
    for plan in [
        Plan::add_devices(ApiVersion::V2Beta1, [device(0)]),
        Plan::change_devices(ApiVersion::V2Beta1, archive, ids()),
        Plan::change_subscriptions(tags, ids()),
    ] {
        let error = plan.unwrap().rehearsed().unwrap_err();
        assert!(error.message().starts_with("effect is rehearsed"), "{error}");
    }
    assert!(Plan::add_subscriptions([subscription(0)]).unwrap().rehearsed().is_ok());
}

#[test]
fn a_row_that_is_named_twice_is_refused_and_not_quoted() {
    let twice = [device(1), device(2), device(1)];
    let error = Plan::add_devices(ApiVersion::V1, twice).unwrap_err();
    assert_eq!(error.message(), "devices is the same at 0 and 2: it must be each only once");
    let keys = ["key-1", "KEY-1"].map(|key| NewSubscription::new(key).unwrap());
    assert!(Plan::add_subscriptions(keys).is_err());
}
