//! The command line.

use std::num::NonZeroU32;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// Whether a missed target is a failure.
    pub check: bool,
    /// The parts to measure.
    pub parts: Vec<Part>,
    /// The devices of a sync.
    pub devices: NonZeroU32,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first, so that its peak of memory is its own.
    Sync,
    Clients,
    World,
    Machines,
}

impl Part {
    const ALL: [Self; 4] = [Self::Sync, Self::Clients, Self::World, Self::Machines];

    const fn name(self) -> &'static str {
        match self {
            Self::Machines => "machines",
            Self::World => "world",
            Self::Clients => "clients",
            Self::Sync => "sync",
        }
    }
}

pub const USAGE: &str = "\
usage: benches [--check] [--devices N] [sync] [clients] [world] [machines]

  --check      exit with 1 where a target is missed
  --devices N  the devices of the sync (100000)

Without a part, all are measured.";

const DEVICES: NonZeroU32 = NonZeroU32::new(100_000).unwrap();

impl Arguments {
    /// Reads the arguments behind the program's name.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn read(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self { check: false, parts: Vec::new(), devices: DEVICES };
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--check" => arguments.check = true,
                "--devices" => {
                    let number = given.next().unwrap_or_default();
                    let wrong =
                        |_| format!("--devices is {number:?}: it must be from 1 to 2^32 - 1");
                    arguments.devices = number.parse().map_err(wrong)?;
                }
                name => match Part::ALL.into_iter().find(|part| part.name() == name) {
                    Some(part) => arguments.parts.push(part),
                    None => return Err(format!("there is no {name:?}")),
                },
            }
        }
        if arguments.parts.is_empty() {
            arguments.parts = Part::ALL.to_vec();
        }
        Ok(arguments)
    }
}
