//! Versions of a flow file: an operator's changes to mapping, params and conditions, kept in the key-value store.
//!
//! | key | content |
//! |---|---|
//! | `flowfile/<flow>` | [`Shelf`]: which version is in use, with its text, and which there are |
//! | `flowfile/<flow>/<n>` | one version with its text |
//!
//! A run reads the first of them and no more. Both are written by the holder of the flow's lease in the commit that
//! gives the lease back, and with every change the state document counts one more ([`State::file_changes`]): so a
//! run that looked up its file just before a change, or whose shelf was lost from the store, finds out as soon as
//! it holds the lease ([`outdated`]), and stops. A version in use that cannot be read or does not hold is an error
//! that says so, never a reason to run the built-in one.

mod changes;

pub use changes::{changed, keys_changed};

use crate::dead::store_failure;
use crate::flow::{Component, Flow, Unusable, digest};
use crate::hold::NotNow;
use crate::host::{Host, Variables};
use crate::problem::Problem;
use crate::shanghai;
use crate::state::{Keys, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Versions kept.
pub const KEPT: usize = 20;
/// The longest text of a version, in bytes.
pub const LONGEST: usize = 256 * 1024;

/// A version, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Counts from 1.
    pub number: u64,
    /// That of its text.
    pub digest: String,
    /// Unix seconds.
    pub saved_at: i64,
    /// What whoever saved it said about it.
    pub note: String,
    /// The digest of the built-in file of then.
    pub built_in: String,
}

impl Version {
    /// As the routes show it.
    pub fn shown(&self) -> Value {
        json!({
            "number": self.number, "digest": self.digest, "saved_at": shanghai::text(self.saved_at),
            "note": self.note, "built_in": self.built_in,
        })
    }
}

/// Which version is in use, and which there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    /// How often the version in use was changed.
    pub changes: u64,
    /// The number of the one in use; 0 is the built-in one.
    pub in_use: u64,
    /// The number that the next one gets.
    pub next: u64,
    /// Newest first.
    pub versions: Vec<Version>,
    /// The text of the one in use; empty for the built-in one.
    pub text: String,
}

impl Shelf {
    /// What the store says; empty where nobody ever saved a version.
    ///
    /// # Errors
    /// The store did not answer, or what it has cannot be read.
    pub fn read(host: Host<'_>, keys: &Keys) -> Result<Self, NotNow> {
        let key = keys.file();
        let bytes = host.store.get(&key).map_err(|error| store_failure(&key, &error.0))?;
        let Some(bytes) = bytes else { return Ok(Shelf::default()) };
        serde_json::from_slice(&bytes)
            .map_err(|error| NotNow::FlowFile(damaged(&keys.0, &format!("{key}: {error}"))))
    }

    /// The version in use; `None`: the built-in file.
    ///
    /// # Errors
    /// It is not as it was saved.
    pub fn version(&self, flow: &str) -> Result<Option<&Version>, NotNow> {
        if self.in_use == 0 {
            return Ok(None);
        }
        let version = self.versions.iter().find(|version| version.number == self.in_use);
        match version.filter(|version| version.digest == digest(&self.text)) {
            Some(version) => Ok(Some(version)),
            None => {
                let what = format!("the version {} of the flow file is not as it was saved", self.in_use);
                Err(NotNow::FlowFile(damaged(flow, &what)))
            }
        }
    }

    /// Itself, if it knows of as many changes as the state does.
    ///
    /// # Errors
    /// The store has lost it, or went back to an older one.
    pub fn not_lost(self, keys: &Keys, changes: u64) -> Result<Self, NotNow> {
        if self.changes < changes { Err(NotNow::FlowFile(lost(&keys.0))) } else { Ok(self) }
    }

    /// Whether it knows a version of this number.
    pub fn has(&self, number: u64) -> bool {
        self.versions.iter().any(|version| version.number == number)
    }

    /// Puts a version, or with `None` the built-in file, into use.
    pub fn put_in_use(&mut self, version: Option<(u64, String)>) {
        self.changes += 1;
        (self.in_use, self.text) = version.unwrap_or_default();
    }

    /// Adds a version and puts it into use; the numbers of those for which there is no room any more.
    pub fn add(&mut self, version: Version, text: String) -> Vec<u64> {
        self.next = version.number + 1;
        let number = version.number;
        self.versions.insert(0, version);
        self.put_in_use(Some((number, text)));
        let kept = self.versions.len().min(KEPT);
        self.versions.split_off(kept).into_iter().map(|version| version.number).collect()
    }

    /// What the holder of the lease writes.
    pub fn write(&self, keys: &Keys) -> (String, Vec<u8>) {
        (keys.file(), serde_json::to_vec(self).expect("a shelf is plain data"))
    }
}

/// A version with its text, as it lies under its own key.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Which.
    pub version: Version,
    /// The flow file.
    pub text: String,
}

impl Kept {
    /// `None`: there is none with this number, or it is not as it was saved.
    ///
    /// # Errors
    /// The store did not answer.
    pub fn read(host: Host<'_>, keys: &Keys, number: u64) -> Result<Option<Self>, NotNow> {
        let key = keys.file_version(number);
        let bytes = host.store.get(&key).map_err(|error| store_failure(&key, &error.0))?;
        let kept: Option<Kept> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(kept.filter(|kept| kept.version.number == number && kept.version.digest == digest(&kept.text)))
    }

    /// What the holder of the lease writes.
    pub fn write(&self, keys: &Keys) -> (String, Vec<u8>) {
        let key = keys.file_version(self.version.number);
        (key, serde_json::to_vec(self).expect("a version is plain data"))
    }
}

/// The flow by the version of its file that is in use.
///
/// # Errors
/// The store, the version in use, the built-in file, or the variables.
pub fn load(
    host: Host<'_>,
    component: &Component<'_>,
    keys: &Keys,
    variables: &dyn Variables,
) -> Result<Flow, NotNow> {
    let shelf = Shelf::read(host, keys)?;
    let version = shelf.version(&keys.0)?;
    let text = if version.is_some() { &shelf.text } else { component.flow_file };
    let flow = Flow::of_text(component, text, variables).map_err(|why| match (why, version) {
        (Unusable::File(problems), Some(version)) => {
            NotNow::FlowFile(invalid(&keys.0, version.number, &crate::flow::invalid(&problems)))
        }
        (why, _) => NotNow::FlowFile(why.into()),
    })?;
    Ok(Flow { version: shelf.in_use, file_changes: shelf.changes, ..flow })
}

/// Why a flow that was loaded before its state was read cannot run on that state: its file was changed in between,
/// or the store has lost the one in use.
pub fn outdated(host: Host<'_>, flow: &Flow, state: &State) -> Option<NotNow> {
    // One that knows of fewer changes was written by a build that does not count them.
    if flow.file_changes >= state.file_changes {
        return None;
    }
    let name = &flow.file.name;
    let keys = Keys(name.clone());
    match Shelf::read(host, &keys).and_then(|shelf| shelf.not_lost(&keys, state.file_changes)) {
        Err(why) => Some(why),
        Ok(_) => Some(NotNow::Busy(
            Problem::new(
                "already_running",
                "the version of the flow file in use was changed at this moment",
                "使用中的流程文件版本恰在此时被更改",
            )
            .hint("nothing was done; the next trigger tries again", "未做任何操作；下次触发会再次尝试"),
        )),
    }
}

/// What is known of the version in use, for those who look, and the digest of its text.
///
/// # Errors
/// The store did not answer. A version that cannot be used is told among what is shown.
pub fn shown(host: Host<'_>, keys: &Keys, built_in: &str, state: &State) -> Result<(Value, String), Problem> {
    let shelf = match Shelf::read(host, keys).and_then(|shelf| shelf.not_lost(keys, state.file_changes)) {
        Ok(shelf) => Ok(shelf),
        Err(NotNow::FlowFile(problem)) => Err(problem),
        Err(why) => return Err(why.into_problem()),
    };
    let version = shelf.as_ref().map(|shelf| shelf.version(&keys.0).map_err(NotNow::into_problem));
    let (version, problem) = match version {
        Ok(Ok(version)) => (version, None),
        Ok(Err(problem)) => (None, Some(problem)),
        Err(problem) => (None, Some(problem.clone())),
    };
    let when_saved = version.map(|version| version.built_in.as_str());
    let shown = json!({
        "number": shelf.as_ref().ok().map(|shelf| shelf.in_use),
        "saved_at": version.map(|version| shanghai::text(version.saved_at)),
        "built_in": built_in,
        "built_in_when_saved": when_saved,
        "built_in_changed": when_saved.is_some_and(|then| then != built_in),
        "problem": problem,
    });
    Ok((shown, version.map_or(built_in, |version| &version.digest).to_owned()))
}

fn back_to_built_in(flow: &str) -> (String, String) {
    (
        format!(
            "nothing was carried. Back to the built-in file: POST /flows/{flow}/file/use with {{\"version\": 0}}; \
             another version: with its number, GET /flows/{flow}/file lists them"
        ),
        format!(
            "未投递任何数据。恢复内置文件：POST /flows/{flow}/file/use，内容为 {{\"version\": 0}}；\
             使用其他版本：填写其编号，编号见 GET /flows/{flow}/file"
        ),
    )
}

fn damaged(flow: &str, what: &str) -> Problem {
    let (en, zh) = back_to_built_in(flow);
    Problem::new(
        "file_version_damaged",
        format!("the version of the flow file in use cannot be read: {what}"),
        format!("使用中的流程文件版本无法读取：{what}"),
    )
    .hint(en, zh)
}

fn lost(flow: &str) -> Problem {
    let (en, zh) = back_to_built_in(flow);
    let key = Keys(flow.to_owned()).file();
    Problem::new(
        "file_version_lost",
        format!("the state knows of a version of the flow file that {key} does not have: the key-value store lost it"),
        format!("流程状态中记录的流程文件版本在 {key} 中不存在：键值存储已将其丢失"),
    )
    .hint(en, zh)
}

fn invalid(flow: &str, number: u64, why: &Problem) -> Problem {
    let (en, zh) = back_to_built_in(flow);
    Problem::new(
        "file_version_invalid",
        format!(
            "the version {number} of the flow file, which is in use, does not hold with this build: {}",
            why.message
        ),
        format!("使用中的流程文件版本 {number} 不适用于当前程序：{}", why.message_zh),
    )
    .hint(en, zh)
}
