//! A request whose answer was lost is resolved by looking, never by sending it again blindly.

use core::num::NonZeroU32;

use glp_core::call::CallOptions;
use glp_core::error::ErrorKind;
use glp_core::greenlake::{ApiVersion, DeviceChange, Resource};
use glp_core::testkit::{Endpoint, ErrorBody, Faults, Mishap, Outage, OutageStyle, ServerStatus};
use glp_core::time::Instant;
use glp_core::write::{Outcome, Plan, Proof, Settings, Write};

use crate::world::{
    additions, devices_named, elapsed, fake, ids, only_error, secs, serial, subscription, words,
    world, write, write_with,
};

const GATEWAY: Mishap =
    Mishap::ServerError { status: ServerStatus::BadGateway, body: ErrorBody::Html, hint: None };

#[test]
fn an_answer_lost_after_the_effect_is_found_and_nothing_is_sent_again() {
    for lost in [Mishap::ResetAfter, Mishap::Silence, Mishap::Truncated] {
        let mut world = world(fake(Faults::none().on_request(1, lost)));

        let written = write(additions(3), &mut world);

        assert_eq!(words(&written), ["found"; 3], "{lost:?}");
        assert_eq!(world.server().requests(Endpoint::AddDevices), 1);
        assert!((0..3).all(|number| world.server().additions(&serial(number)) == 1));
    }
}

#[test]
fn a_request_that_was_never_acted_on_is_sent_again_once_nothing_can_come_of_it_any_more() {
    for lost in [Mishap::ResetBefore, GATEWAY] {
        let mut world = world(fake(Faults::none().on_request(1, lost)));

        let written = write(additions(3), &mut world);

        assert_eq!(words(&written), ["found"; 3], "{lost:?}");
        assert_eq!(world.server().requests(Endpoint::AddDevices), 2);
        assert!(elapsed(&world) >= Settings::DEFAULT.settle);
        assert!((0..3).all(|number| world.server().additions(&serial(number)) == 1));
    }
}

#[test]
fn an_effect_that_comes_late_is_waited_for() {
    let faults = Faults::none().on_request(1, Mishap::ResetAfter);
    let mut world = world(fake(faults).with_operation_time(secs(140)));

    let written = write(additions(2), &mut world);

    assert_eq!(words(&written), ["found"; 2]);
    assert_eq!(world.server().requests(Endpoint::AddDevices), 1);
}

#[test]
fn what_is_not_there_may_be_written_again_where_a_write_does_not_do_so_itself() {
    let mut world = world(fake(Faults::none().on_request(1, Mishap::ResetBefore)));
    let settings = Settings { resends: 0, settle: secs(20), ..Settings::DEFAULT };

    let written = write_with(additions(1), settings, &mut world);

    assert_eq!(words(&written), ["again"]);
    let error = only_error(&written);
    assert!(!error.is_outcome_unknown());
    assert!(error.message().contains("may be written again"), "{error}");
}

#[test]
fn where_the_inventory_cannot_be_read_nobody_can_tell() {
    let faults = Faults::none()
        .on_request(1, Mishap::ResetAfter)
        .always(Endpoint::ListDevices, Mishap::Forbidden);
    let mut world = world(fake(faults));

    let written = write(additions(2), &mut world);

    assert_eq!(words(&written), ["unknown"; 2]);
    for (_, error) in written.errors() {
        assert!(error.is_outcome_unknown());
        assert!(error.to_string().contains("read_back=[FORBIDDEN]"), "{error}");
    }
    assert_eq!(world.server().requests(Endpoint::AddDevices), 1);
}

#[test]
fn a_page_that_is_not_to_be_trusted_proves_nothing() {
    use glp_core::testkit::Distortion::{
        CutAt, Empty, ErrorEnvelope, Html, NotAnObject, WrongTotal,
    };
    for distortion in [CutAt(9), Empty, ErrorEnvelope, Html, NotAnObject, WrongTotal] {
        let faults = Faults::none()
            .on_request(1, Mishap::ResetAfter)
            .always(Endpoint::ListDevices, Mishap::Page(distortion));
        let mut world = world(fake(faults));
        let written = write(additions(2), &mut world);
        assert_eq!(world.server().requests(Endpoint::AddDevices), 1, "{distortion:?}");
        assert!(!words(&written).contains(&"again"), "{distortion:?}: {written:?}");
    }
}

#[test]
fn an_outage_while_an_operation_runs_is_waited_out() {
    let outage = Outage::at(Instant::ZERO + secs(1), secs(60)).style(OutageStyle::Unavailable);
    let mut world = world(fake(Faults::none().outage(outage)));
    assert_eq!(words(&write(additions(7), &mut world)), ["found"; 7]);
    assert!((0..7).all(|number| devices_named(&world, &serial(number)) == 1));
}

#[test]
fn a_change_is_sent_again_by_the_call_itself_and_read_back_where_that_did_not_help() {
    let faults = Faults::none().always(Endpoint::ChangeDevicesV2Beta1, Mishap::ResetAfter);
    let mut world = world(fake(faults));
    let ids = ids(&world, Resource::Devices, 2);
    let plan = Plan::change_devices(ApiVersion::V2Beta1, DeviceChange::Archive, ids).unwrap();
    let api = world.core().config().base_url.clone();
    let mut write = Write::new(plan, Settings::DEFAULT, api).unwrap();
    let attempts = NonZeroU32::new(2).unwrap();

    let written = world.write(&mut write, CallOptions { attempts, ..CallOptions::BATCH });

    assert_eq!(words(&written), ["found"; 2]);
    assert_eq!(world.server().requests(Endpoint::ChangeDevicesV2Beta1), 2);
}

#[test]
fn a_key_whose_answer_was_lost_is_looked_for_by_the_key() {
    let mut world = world(fake(Faults::none().on_request(1, Mishap::ResetAfter)));
    let plan = Plan::add_subscriptions((0..2).map(subscription)).unwrap();
    let written = write(plan, &mut world);
    assert!(written.outcomes.iter().all(|outcome| {
        matches!(outcome, Outcome::Done { id: Some(_), proof: Proof::ReadBack })
    }));
    assert_eq!(world.server().requests(Endpoint::AddSubscriptions), 1);
}

#[test]
fn wrong_credentials_end_a_write_before_anything_is_sent() {
    let fake = fake(Faults::none());
    let wrong = fake.clone().with_client(fake.client_id(), "another-secret").unwrap();
    let mut world = world(wrong);
    *world.server_mut() = glp_core::testkit::Service::new(fake);

    let written = write(additions(40), &mut world);

    assert_eq!(words(&written), ["not sent"; 40]);
    let (_, error) = written.errors().next().unwrap();
    assert!(matches!(error.kind(), ErrorKind::Authentication(_)), "{error}");
    assert_eq!(world.stats().requests, 1);
}
