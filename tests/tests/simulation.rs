//! A few dozen simulated days; `cargo simulation` lives through thousands.

use tests::simulation::{Keeping, REGRESSIONS, Swarm, Telling, day};

#[test]
fn no_day_breaks_an_invariant() {
    let swarm = Swarm { first: 0, days: 40, one_file_in: 10 };
    let regressions = REGRESSIONS.iter().map(|(seed, keeping, _)| (*seed, *keeping));
    let tally = swarm.run(regressions).unwrap_or_else(|failed| panic!("{failed}"));
    assert_eq!(tally.days, 40 + REGRESSIONS.len() as u64);
}

#[test]
fn one_seed_is_one_trace_whatever_keeps_the_inventory_alive() {
    for seed in [3, 50] {
        for keeping in [Keeping::Model, Keeping::File] {
            let [one, two] = [(); 2].map(|()| day(seed, keeping, Telling::Silent).trace);
            assert_eq!(one, two, "seed {seed}");
        }
    }
}
