//! What is known of each row when a write is over.

use glp_core::error::{ApiKind, ErrorKind, SyncKind};
use glp_core::greenlake::{
    ApiVersion, DeviceChange, DeviceEdit, Id, NewContact, NewDevice, Resource, TagEdits, Tags,
};
use glp_core::testkit::{Endpoint, Faults, Mishap, OperationMishap};
use glp_core::write::{Outcome, Plan};

use crate::world::{
    additions, device, device_at, devices_named, elapsed, fake, ids, only_error, secs, serial,
    subscription, words, world, write,
};

#[test]
fn devices_are_added_five_at_a_time_and_their_ids_are_read_back() {
    let mut world = world(fake(Faults::none()));

    let written = write(additions(12), &mut world);

    assert_eq!(words(&written), ["found"; 12]);
    assert_eq!(world.server().requests(Endpoint::AddDevices), 3);
    for (number, outcome) in written.outcomes.iter().enumerate() {
        let Outcome::Done { id: Some(id), .. } = outcome else { panic!("{outcome:?}") };
        let device = device_at(&world, &Id::new(id.as_str()).unwrap());
        assert_eq!(device.serial_number, Some(serial(number)));
    }
    // The three operations run side by side, for five seconds each.
    assert!(elapsed(&world) <= secs(10), "{:?}", elapsed(&world));
}

#[test]
fn nothing_to_write_is_over_at_once() {
    let mut world = world(fake(Faults::none()));
    let written = write(additions(0), &mut world);
    assert!(written.outcomes.is_empty() && written.error().is_none());
    assert_eq!(world.stats().requests, 0);
}

#[test]
fn v2beta1_adds_one_at_a_time_with_tags_and_a_location() {
    let mut world = world(fake(Faults::none()));
    let new = NewDevice::network("S\"1\\", "9c:8c:d8:00:01:02")
        .unwrap()
        .tags(Tags::new().set("owner \"x\"", "a\u{e9}").unwrap())
        .location(Id::new("l-1").unwrap());
    let plan = Plan::add_devices(ApiVersion::V2Beta1, [new, device(1)]).unwrap();

    let written = write(plan, &mut world);

    assert_eq!(words(&written), ["found"; 2]);
    assert_eq!(world.server().requests(Endpoint::AddDeviceV2Beta1), 2);
    let Outcome::Done { id: Some(id), .. } = &written.outcomes[0] else { panic!("{written:?}") };
    let device = device_at(&world, &Id::new(id.as_str()).unwrap());
    assert_eq!(device.serial_number.as_deref(), Some("S\"1\\"));
    assert_eq!(device.tags.unwrap()["owner \"x\""], "a\u{e9}");
    assert_eq!(device.location.unwrap().id.as_deref(), Some("l-1"));
}

#[test]
fn partial_success_inside_succeeded_is_told_row_by_row() {
    let mut world = world(fake(Faults::none()));
    write(additions(2), &mut world);
    let ids = ids(&world, Resource::Devices, 2);
    let unknown = Id::new("00000000-0000-4000-8000-000000000000").unwrap();
    let change = DeviceChange::Edit(DeviceEdit::new().tags(TagEdits::new().set("k", "v").unwrap()));
    let rows = [ids[0].clone(), unknown, ids[1].clone()];
    let plan = Plan::change_devices(ApiVersion::V2Beta1, change, rows).unwrap();

    let written = write(plan, &mut world);

    assert_eq!(words(&written), ["reported", "failed", "reported"]);
    let error = only_error(&written);
    assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::AsyncOperation));
    assert!(error.to_string().contains("HPE_GL_DM_DEVICE_ID_NOT_FOUND"), "{error}");
    assert_eq!(device_at(&world, &ids[0]).tags.unwrap()["k"], "v");
    let whole = written.error().unwrap();
    assert_eq!(whole.kind(), ErrorKind::Sync(SyncKind::Partial));
    assert_eq!(whole.message(), "1 of 3 rows were not written");
}

#[test]
fn what_is_in_the_inventory_already_is_found_there_and_done() {
    let mut world = world(fake(Faults::none()));
    write(additions(2), &mut world);

    let written = write(additions(5), &mut world);

    assert_eq!(words(&written)[..2], ["found"; 2]);
    assert_eq!(written.done(), 5);
    assert!((0..5).all(|number| devices_named(&world, &serial(number)) == 1));
}

#[test]
fn each_change_of_a_device_takes_effect() {
    let mut world = world(fake(Faults::none()));
    let device = ids(&world, Resource::Devices, 1).remove(0);
    let subscription = ids(&world, Resource::Subscriptions, 1).remove(0);
    let edit = DeviceEdit::new().assign(Id::new("app").unwrap(), "eu-central").unwrap();
    let contact = NewContact::outside("ops@example.com").unwrap();
    let changes = [
        (ApiVersion::V1, DeviceChange::Subscribe(subscription.clone())),
        (ApiVersion::V1, DeviceChange::Edit(edit)),
        (ApiVersion::V2Beta1, DeviceChange::Archive),
        (ApiVersion::V2Beta1, DeviceChange::Edit(DeviceEdit::new().contact(contact))),
    ];
    for (version, change) in changes {
        let plan = Plan::change_devices(version, change, [device.clone()]).unwrap();
        assert_eq!(words(&write(plan, &mut world)), ["reported"]);
    }
    let shown = device_at(&world, &device);
    assert_eq!(shown.subscription.unwrap()[0].id.as_deref(), Some(subscription.as_str()));
    assert_eq!(shown.application.unwrap().id.as_deref(), Some("app"));
    assert_eq!((shown.region.as_deref(), shown.archived), (Some("eu-central"), Some(true)));

    for change in [DeviceChange::Unsubscribe, DeviceChange::Edit(DeviceEdit::new().unassign())] {
        let plan = Plan::change_devices(ApiVersion::V1, change, [device.clone()]).unwrap();
        assert_eq!(write(plan, &mut world).done(), 1);
    }
    let shown = device_at(&world, &device);
    assert_eq!((shown.application, shown.region), (None, None));
    assert_eq!(shown.subscription, Some(vec![]));
}

#[test]
fn subscriptions_are_added_and_tagged_at_the_pace_of_their_quota() {
    let mut world = world(fake(Faults::none()));
    let plan = Plan::add_subscriptions((0..22).map(subscription)).unwrap();

    let added = write(plan, &mut world);

    assert_eq!(words(&added), ["found"; 22]);
    assert_eq!(world.server().requests(Endpoint::AddSubscriptions), 5);
    assert_eq!(world.server().injected().total(), 0);
    assert!(elapsed(&world) >= secs(60), "five requests of which a minute takes four");

    let ids = ids(&world, Resource::Subscriptions, 7);
    let tags = TagEdits::new().set("owner", "lab").unwrap();
    let written = write(Plan::change_subscriptions(tags, ids).unwrap(), &mut world);
    assert_eq!(words(&written), ["reported"; 7]);
}

#[test]
fn an_operation_that_stays_running_although_it_is_done_is_found_done() {
    let faults = Faults::none().on_operation(1, OperationMishap::StuckDone);
    let mut world = world(fake(faults));

    let written = write(additions(3), &mut world);

    assert_eq!(words(&written), ["found"; 3]);
    assert_eq!(world.server().requests(Endpoint::AddDevices), 1);
    assert!(elapsed(&world) <= secs(160), "two minutes by the service's own limit, and grace");
}

#[test]
fn an_operation_that_stays_running_and_does_nothing_is_not_known() {
    let faults = Faults::none().on_operation(1, OperationMishap::StuckIdle);
    let mut world = world(fake(faults));

    let written = write(additions(1), &mut world);

    assert_eq!(words(&written), ["unknown"]);
    let error = only_error(&written).to_string();
    assert!(error.contains("operation_status=RUNNING"), "{error}");
    assert!(error.contains("/devices/v1/async-operations/"), "{error}");
    assert_eq!(world.server().requests(Endpoint::AddDevices), 1);
}

#[test]
fn both_spellings_of_timed_out_end_the_operation() {
    for mishap in [OperationMishap::TimedOut, OperationMishap::Timeout] {
        let mut world = world(fake(Faults::none().on_operation(1, mishap)));
        let written = write(additions(1), &mut world);
        assert_eq!(words(&written), ["failed"], "{mishap:?}");
        let error = only_error(&written);
        assert!(error.message().contains("timed out"), "{error}");
        assert_eq!(world.server().requests(Endpoint::AddDevices), 1);
    }
}

#[test]
fn a_paused_operation_is_followed_until_it_goes_on() {
    let mut world = world(fake(Faults::none().on_operation(1, OperationMishap::Pauses)));
    assert_eq!(words(&write(additions(1), &mut world)), ["found"]);
}

#[test]
fn an_operation_that_fails_says_why() {
    let mut world = world(fake(Faults::none().on_operation(1, OperationMishap::Fails)));
    let written = write(additions(2), &mut world);
    assert_eq!(words(&written), ["failed"; 2]);
    let (_, error) = written.errors().next().unwrap();
    assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::AsyncOperation));
    assert_eq!(error.message(), "Async operation failed: The service failed");
}

#[test]
fn an_operation_that_is_forgotten_is_looked_for_by_its_rows() {
    let mut world = world(fake(Faults::none().on_operation(1, OperationMishap::Forgotten)));
    assert_eq!(words(&write(additions(2), &mut world)), ["found"; 2]);
}

#[test]
fn a_location_elsewhere_gets_no_token_and_the_rows_are_read_back() {
    for mishap in [OperationMishap::LocatedElsewhere, OperationMishap::Unlocated] {
        let mut world = world(fake(Faults::none().on_operation(1, mishap)));
        assert_eq!(words(&write(additions(2), &mut world)), ["found"; 2]);
        assert_eq!(world.server().requests(Endpoint::GetDevicesOperation), 0);
        assert_eq!(world.server().requests(Endpoint::AddDevices), 1);
    }
}

#[test]
fn a_text_as_result_of_a_change_is_verified_by_reading_back() {
    let mut world = world(fake(Faults::none().on_operation(1, OperationMishap::TextResult)));
    let ids = ids(&world, Resource::Devices, 3);
    let plan = Plan::change_devices(ApiVersion::V2Beta1, DeviceChange::Archive, ids).unwrap();
    assert_eq!(words(&write(plan, &mut world)), ["found"; 3]);
}

#[test]
fn a_text_as_result_of_what_no_row_shows_is_believed() {
    let mut world = world(fake(Faults::none().on_operation(1, OperationMishap::TextResult)));
    let ids = ids(&world, Resource::Devices, 1);
    let contact = NewContact::user(&Id::new("u").unwrap());
    let change = DeviceChange::Edit(DeviceEdit::new().contact(contact));
    let plan = Plan::change_devices(ApiVersion::V2Beta1, change, ids).unwrap();
    assert_eq!(words(&write(plan, &mut world)), ["reported"]);
    assert!(elapsed(&world) < secs(10), "there is nothing to wait for");
}

#[test]
fn a_request_that_is_refused_fails_its_rows_and_no_others() {
    let faults = Faults::none().on_request(1, Mishap::Forbidden);
    let mut world = world(fake(faults));
    let written = write(additions(6), &mut world);
    assert_eq!(words(&written)[..5], ["failed"; 5]);
    assert_eq!(words(&written)[5], "found");
    let (_, error) = written.errors().next().unwrap();
    assert_eq!(error.kind(), ErrorKind::Api(ApiKind::Forbidden));
}

#[test]
fn no_error_quotes_a_serial_number_or_a_key() {
    let mishaps = [OperationMishap::Fails, OperationMishap::StuckIdle, OperationMishap::TimedOut];
    let faults = (1..).zip(mishaps).fold(Faults::none(), |f, (n, m)| f.on_operation(n, m));
    let mut world = world(fake(faults));

    let devices = write(additions(15), &mut world);
    let keys = Plan::add_subscriptions((0..3).map(subscription)).unwrap();
    world
        .server_mut()
        .set_faults(Faults::none().always(Endpoint::AddSubscriptions, Mishap::Forbidden));
    let keys = write(keys, &mut world);

    let errors: Vec<_> = devices.errors().chain(keys.errors()).collect();
    assert_eq!(errors.len(), 18);
    let shown = format!("{errors:?} {:?} {:?}", devices.error(), world.log());
    assert!(!shown.contains("NEW-") && !shown.contains("KEY-"), "{shown}");
}
