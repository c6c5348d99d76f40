//! Writes: whole ones against the fake service in virtual time, and their laws.

mod laws;
mod outcomes;
mod rehearsals;
mod trace;
mod unanswered;
mod world;
