//! The sync machine over the model store: traces of every rule, and the laws of any schedule.

mod laws;
mod lister;
mod trace;
mod traces;
