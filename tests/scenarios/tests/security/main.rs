//! No way in, and nothing out: what an attacker may try and where secrets could show, each a scenario on the real
//! components; see `ferry_scenarios::app` for the stage they play on. `SECURITY.md` names the promises.
//!
//! | file | about |
//! |---|---|
//! | `access` | every route and method against every token; requests that are hardly HTTP |
//! | `ids` | hostile names and ids in URLs, and in the records themselves |
//! | `bodies` | requests and vendors' answers over their limits |
//! | `hosts` | which hosts each component may call, from `spin.toml`; a redirect to another one |
//! | `secrets` | servers that quote our calls back, and credentials that are wrong, in every flow |
//! | `at_rest` | what lies in the store |

mod access;
mod at_rest;
mod bodies;
mod hosts;
mod ids;
mod secrets;
