//! Strict simulators of the vendors' systems, with misbehaviour on command.
//!
//! They are a second, independent reading of the documents in `vendors/`: nothing here comes from
//! `ferry-platforms`, so that a mistake there is not repeated here. Where a document leaves a behaviour
//! unconfirmed, a switch chooses, and the tests run both positions.
//!
//! A folder per vendor, all of one shape. Begin with [`galaxy::Galaxy::start`] and [`galaxy::Running`];
//! the table of files is in [`galaxy`].
//!
//! ```
//! use ferry_simulators::galaxy::{Config, Fault, Galaxy, Generate, Misbehaviour, Op};
//!
//! let galaxy = Galaxy::start(Config { materials: Some(Generate { rows: 100, ..Generate::default() }), ..Config::default() })?;
//! galaxy.set(|switches| switches.clamp = Some(50));
//! galaxy.arm(Fault::next(&[Op::ExecuteBillQuery], Misbehaviour::DropAfter).skip(1));
//! assert_eq!(galaxy.expected("FMATERIALID>0").unwrap().len(), 100);
//! // … let a client loose on galaxy.url() …
//! assert_eq!(galaxy.called(Op::ExecuteBillQuery), 0);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # The program and its control API
//!
//! `ferry-simulators galaxy --rows 5000` prints one JSON line, `{"galaxy":"127.0.0.1:P","control":"127.0.0.1:Q"}`,
//! and serves until SIGTERM (or until stdin closes, with `--until-stdin-closes`). On the control address,
//! with JSON both ways (200; 400 and `{"error"}` for a malformed request; 404):
//!
//! | request | does |
//! |---|---|
//! | `POST /reset` | everything as at the start |
//! | `GET /switches`, `POST /switches` | [`galaxy::Switches`]; posted keys are set, the others stay |
//! | `POST /generate` | [`galaxy::Generate`], `{"rows": 5000, "seed": 1}`; answers `{"count"}` |
//! | `POST /changes` | a [`galaxy::Change`]: `{"do": "modify", "ids": [100007], "set": {"name": "…"}}`, or `add` (`materials`), `audit`, `un_audit`, `forbid`, `delete`; answers `{"touched"}` |
//! | `GET /materials?filter=…&after=…&limit=…` | `{"count", "materials"}`: the number of all that match, and those after an id, at most `limit` (1000) |
//! | `GET /materials/<FMATERIALID>` | one [`galaxy::Material`] |
//! | `POST /faults`, `GET /faults`, `DELETE /faults` | arms a [`galaxy::Fault`], `{"ops": ["ExecuteBillQuery"], "skip": 2, "what": {"kind": "drop_after"}}`; lists what is armed with `seen` and `fired`; disarms all, hooks too |
//! | `POST /hooks` | a [`galaxy::Hook`]: `{"after_query": 2, "change": {"do": "delete", "ids": [100007]}}` |
//! | `GET /calls`, `DELETE /calls` | the [`galaxy::Call`]s; empties log and counters |
//! | `GET /counters` | [`galaxy::Counters`] |
//! | `DELETE /sessions` | ends all sessions |
//! | `POST /base` | `{"form": "BD_Customer", "number": "C1", "name": "…"}`; answers `{"id"}` |
//! | `POST /bills` | `{"form": "SAL_RETURNNOTICE", "model": {…}, "status": "C"}`; answers `{"id"}` |
//! | `GET /bills/<form>` | what is stored, by internal id |
//! | `POST /fit` | [`galaxy::Records`]: adds the base data and return notices that records of other systems name; answers [`galaxy::Fitted`] |
//! | `POST /delete-bills/<form>` | `["XSTHD000001"]`: deletes bills whatever their status, as somebody in the ERP may; answers `{"touched"}` |
//! | `POST /refuse-audit` | `["XSTHD000001"]`: the audit of these fails from now on, of all others no more |
//!
//! The control API of every system has besides
//!
//! | request | does |
//! |---|---|
//! | `GET /secrets` | the tokens, session ids, secrets and signatures that have passed in either direction, at most 2000 |
//! | `POST /echo` | from now on every call (after `skip`; at most `times`) gets an answer that quotes it, `{"kind": "server_error"}`, `json_error`, `web_page` or `redirect` (with `to`), or a `flood` of so many `bytes`; the system is not asked |
//! | `GET /echo`, `DELETE /echo` | what is armed, with how often it `fired`; disarms it |
//!
//! `ferry-simulators jushuitan --records 500` does the same for [`jushuitan`], with the keys `jushuitan` and
//! `control`. Its control API has `/reset`, `/switches`, `/generate`, `/changes`, `/faults`, `/hooks`, `/calls`
//! and `/counters` as above with [`jushuitan::Switches`], [`jushuitan::Generate`], [`jushuitan::Change`] and so
//! on, and
//!
//! | request | does |
//! |---|---|
//! | `GET /records`, `GET /records/<io_id>`, `GET /shops` | what is stored, by id |
//! | `POST /tokens` | authorises the app by hand; answers `{"access_token", …}` |
//! | `DELETE /tokens` | ends all tokens, as time would |
//!
//! `ferry-simulators wangdiantong --rows 1000` prints `{"wangdiantong":"127.0.0.1:P","control":"127.0.0.1:Q"}`.
//! `reset`, `switches`, `generate`, `changes`, `faults`, `hooks`, `calls` and `counters` are as above, with
//! [`wangdiantong::Switches`], [`wangdiantong::Generate`], [`wangdiantong::Change`] and
//! [`wangdiantong::Fault`]; besides:
//!
//! | request | does |
//! |---|---|
//! | `GET /stockouts?after=…&limit=…` | `{"count", "stockouts"}`: the number of all, and those after a number, at most `limit` (1000) |
//! | `GET /stockouts/<stockout_no>` | one [`wangdiantong::Stockout`] |
//!
//! `ferry-simulators jdy --customers 100` does the same for [`jdy`], with the keys `jdy` and `control`. Its
//! control API has `/reset`, `/switches`, `/generate`, `/changes`, `/faults`, `/hooks`, `/calls` and `/counters`
//! as above with [`jdy::Switches`], [`jdy::Generate`], [`jdy::Change`] and so on, and
//!
//! | request | does |
//! |---|---|
//! | `GET /customers`, `GET /customers/<number>` | what is stored |
//! | `DELETE /tokens` | ends all tokens, as time would |
//! | `POST /rotate-secrets` | changes the secrets of the account sets, as time would |
//!
//! `ferry-simulators okki --rows 200` and `ferry-simulators wise` do the same for [`okki`] and [`wise`], with the
//! keys `okki`, `wise` and `control`. Both have `/reset`, `/switches`, `/changes`, `/faults`, `/hooks`, `/calls` and
//! `/counters` as above with [`okki::Switches`], [`wise::Change`] and so on; `/counters` has besides
//! `most_at_once`, the most calls of each operation that were at work at once. And
//!
//! | request | does |
//! |---|---|
//! | `DELETE /tokens` | ends all tokens |
//! | `GET /orders` | what is stored |
//! | OKKI: `GET /orders/<order_id>` | one detail, of a deleted order too |
//! | OKKI: `POST /generate` | [`okki::Generate`]; answers `{"count"}` |
//! | WISE: `POST /base` | `{"kind": "material", "number": "M-1", "name": "…"}`: a [`wise::Kind`] |
//!
//! `ferry-simulators robots` does the same for [`robots`], with the keys `robots` and `control`: `/reset`, `/switches`,
//! `/changes`, `/faults`, `/calls` and `/counters` as above with [`robots::Switches`] and [`robots::Change`], and
//!
//! | request | does |
//! |---|---|
//! | `GET /messages`, `DELETE /messages` | the messages that were taken ([`robots::Received`]); forgets them |
//!
//! `ferry-simulators all --materials 500 --returns 200 --shops 30 …` starts all of them in one process, or those of
//! `--systems galaxy,jushuitan`, with data that fit together ([`company`]). The line is then
//! `{"galaxy":{"address":"127.0.0.1:P","control":"127.0.0.1:Q"},"jushuitan":{…},…}`.

pub mod company;
mod control;
mod faults;
pub mod galaxy;
pub mod jdy;
pub mod jushuitan;
mod log;
pub mod okki;
mod quota;
pub mod robots;
mod serve;
mod system;
pub mod wangdiantong;
mod wire;
pub mod wise;
