//! The real components on a host, between the simulator in a process of its own and a real MariaDB.
//!
//! A scenario of `tests/app` begins with a [`Scene`]: an ERP, an empty target table and a directory of its
//! own; one MariaDB serves the scenes of a test program. [`Scene::start`] gives a [`Flow`], which is called as
//! its users call it. What should have arrived is asked of the simulator's control API ([`Galaxy`]), never of
//! the app, and compared record by record and field by field ([`compare`]). When a scene ends, [`secrets`]
//! looks for its secrets in everything that the app wrote or answered.
//!
//! The scenarios of the other flows, in `tests/flows`, begin with a [`Crossing`]: two systems of a company whose data
//! fit together. There, every field of every document is compared with what [`expected`] makes of the source's record.
//!
//! # The systems' clocks
//!
//! They are [`BEHIND_MS`] behind ours: less than what counts as skewed, and more than the safety lag. So what
//! is changed there lies within the window of a run that begins at once, and no scenario has to wait.

pub mod compare;
pub mod crossing;
pub mod documents;
pub mod expected;
pub mod flow;
pub mod galaxy;
pub mod records;
pub mod scene;
pub mod secrets;
pub mod systems;
pub mod world;

pub use crossing::Crossing;
pub use flow::Flow;
pub use galaxy::{BEHIND_MS, Galaxy};
pub use scene::Scene;
