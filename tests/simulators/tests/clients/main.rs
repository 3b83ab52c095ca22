//! The simulators against clients that are not ours, accepted and refused.
//!
//! They are installed once, under the target directory. Needed on the machine: python3 with venv
//! (Debian: python3-venv), node and npm, and their package registries within reach.

mod galaxy;
mod install;
mod jushuitan;
