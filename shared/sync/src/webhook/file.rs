//! The versions of the flow file: what there is, saving one, putting one in use.

use super::actions::{Refusal, answer, body, holding_for_operator, refusal};
use super::check::usable;
use super::{Answer, Call};
use crate::flow::digest;
use crate::hold::{NotNow, looking};
use crate::problem::Problem;
use crate::run::{FileChange, Run};
use crate::state::Keys;
use crate::versions::{Kept, Shelf, Version};
use ferry_mapping::Value;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

/// Characters of a note.
const NOTE: usize = 200;

/// What there is, with the text of the one in use.
pub(super) fn file(call: &Call<'_>) -> Answer {
    let keys = Keys(call.flow.file.name.clone());
    // Without a state there is nothing that a version could have been lost to.
    let changes = looking(call.host, call.flow).map_or(0, |state| state.file_changes);
    let (shelf, unreadable) =
        match Shelf::read(call.host, &keys).and_then(|shelf| shelf.not_lost(&keys, changes)) {
            Ok(shelf) => (Some(shelf), None),
            Err(NotNow::FlowFile(problem)) => (None, Some(problem)),
            Err(why) => return answer(refusal(why)),
        };
    let in_use = shelf.as_ref().map(|shelf| shelf.version(&keys.0).map_err(NotNow::into_problem));
    let text = match &in_use {
        Some(Ok(Some(_))) => shelf.as_ref().map(|shelf| shelf.text.as_str()),
        Some(Ok(None)) => Some(call.component.flow_file),
        _ => None,
    };
    let versions = shelf.iter().flat_map(|shelf| &shelf.versions).map(Version::shown);
    Answer::Body(
        StatusCode::OK,
        json!({
            "in_use": shelf.as_ref().map(|shelf| shelf.in_use),
            "built_in": digest(call.component.flow_file),
            "text": text,
            "versions": versions.collect::<Vec<_>>(),
            "problem": unreadable.or_else(|| in_use.and_then(Result::err)),
        }),
    )
}

/// One of them; 0 is the built-in one.
pub(super) fn version(call: &Call<'_>) -> Answer {
    let Ok(number) = call.id.parse::<u64>() else { return answer(unknown(&call.id)) };
    if number == 0 {
        let text = call.component.flow_file;
        let shown = json!({"number": 0, "digest": digest(text), "saved_at": null, "note": "", "text": text});
        return Answer::Body(StatusCode::OK, shown);
    }
    match Kept::read(call.host, &Keys(call.flow.file.name.clone()), number) {
        Ok(Some(kept)) => {
            let mut shown = kept.version.shown();
            shown["text"] = kept.text.into();
            Answer::Body(StatusCode::OK, shown)
        }
        Ok(None) => answer(unknown(&call.id)),
        Err(why) => answer(refusal(why)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaveBody {
    text: String,
    #[serde(default)]
    note: String,
    base: u64,
}

/// Saves a version and puts it in use.
pub(super) fn save(call: &Call<'_>) -> Answer {
    let SaveBody { text, note, base } = match body(call) {
        Ok(body) => body,
        Err(refusal) => return answer(refusal),
    };
    if note.chars().count() > NOTE {
        return answer((
            StatusCode::BAD_REQUEST,
            Problem::new(
                "note_too_long",
                format!("a note has at most {NOTE} characters"),
                format!("备注最多 {NOTE} 个字符"),
            ),
        ));
    }
    if let Err(refused) = usable(call, &text) {
        return refused;
    }
    change(call, |keys, changes| {
        let mut shelf =
            Shelf::read(call.host, keys).and_then(|shelf| shelf.not_lost(keys, changes)).map_err(refusal)?;
        shelf.version(&keys.0).map_err(refusal)?;
        if shelf.in_use != base {
            return Err(stale(base, shelf.in_use));
        }
        let number = shelf.next.max(1);
        let version = Version {
            number,
            digest: digest(&text),
            saved_at: call.host.clock.wall_ms().div_euclid(1000),
            note,
            built_in: digest(call.component.flow_file),
        };
        let told = Problem::new(
            "file_saved",
            format!(
                "an operator saved version {number} of the flow file and put it in use: {}",
                version.note
            ),
            format!("运维人员保存了流程文件版本 {number} 并投入使用：{}", version.note),
        );
        let shown = json!({"number": number, "digest": version.digest});
        let gone = shelf.add(version.clone(), text.clone());
        Ok(Changed { shelf, kept: Some(Kept { version, text }), gone, told, shown })
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UseBody {
    version: u64,
}

/// Puts a kept version in use, or the built-in file.
pub(super) fn put_in_use(call: &Call<'_>) -> Answer {
    let number = match body::<UseBody>(call) {
        Ok(body) => body.version,
        Err(refusal) => return answer(refusal),
    };
    let keys = Keys(call.flow.file.name.clone());
    let kept = match Kept::read(call.host, &keys, number) {
        _ if number == 0 => None,
        Ok(Some(kept)) => Some(kept),
        Ok(None) => return answer(unknown(&number.to_string())),
        Err(why) => return answer(refusal(why)),
    };
    // What could be built in then need not be what is built in now.
    if let Some(Err(refused)) = kept.as_ref().map(|kept| usable(call, &kept.text)) {
        return refused;
    }
    change(call, |keys, changes| {
        let intact = Shelf::read(call.host, keys).and_then(|shelf| shelf.not_lost(keys, changes));
        let mut shelf = match intact {
            Ok(shelf) if number > 0 && !shelf.has(number) => return Err(unknown(&number.to_string())),
            Ok(shelf) => shelf,
            // This is the way out of a shelf that cannot be read or was lost: what it knew of other versions is
            // given up, and no number is given twice.
            Err(NotNow::FlowFile(_)) => Shelf {
                next: changes + 1,
                versions: kept.iter().map(|kept| kept.version.clone()).collect(),
                ..Shelf::default()
            },
            Err(why) => return Err(refusal(why)),
        };
        let (en, zh, digest) = match &kept {
            None => {
                ("the built-in flow file".into(), "内置流程文件".into(), digest(call.component.flow_file))
            }
            Some(kept) => (
                format!("version {number} of the flow file"),
                format!("流程文件版本 {number}"),
                kept.version.digest.clone(),
            ),
        };
        shelf.put_in_use(kept.map(|kept| (number, kept.text)));
        let told = Problem::new(
            "file_used",
            format!("an operator put {en} in use"),
            format!("运维人员将{zh}投入使用"),
        );
        let shown = json!({"number": number, "digest": digest});
        Ok(Changed { shelf, kept: None, gone: Vec::new(), told, shown })
    })
}

/// A change of what is in use.
struct Changed {
    shelf: Shelf,
    /// A version to be kept.
    kept: Option<Kept>,
    /// The numbers of versions to be given up.
    gone: Vec<u64>,
    told: Problem,
    /// What is answered.
    shown: Value,
}

/// Changes what is in use, under the flow's lease and in the commit that gives it back. `make` is told how often
/// that was done before.
fn change(call: &Call<'_>, make: impl FnOnce(&Keys, u64) -> Result<Changed, Refusal>) -> Answer {
    let keys = Keys(call.flow.file.name.clone());
    let changed = holding_for_operator(call, |run: Run<'_>| {
        let before = run.file_changes();
        let Changed { mut shelf, kept, gone, told, shown } = match make(&keys, before) {
            Ok(changed) => changed,
            Err(refused) => {
                run.leave();
                return Err(refused);
            }
        };
        shelf.changes = shelf.changes.max(before + 1);
        let report = run.change_file(FileChange {
            changes: shelf.changes,
            writes: kept.iter().map(|kept| kept.write(&keys)).chain([shelf.write(&keys)]).collect(),
            gone: gone.into_iter().map(|number| keys.file_version(number)).collect(),
            told,
        });
        match report.error {
            None => Ok(shown),
            Some(problem) => Err((StatusCode::SERVICE_UNAVAILABLE, problem)),
        }
    });
    match changed {
        Ok(Ok(shown)) => Answer::Body(StatusCode::OK, shown),
        Ok(Err(refused)) | Err(refused) => answer(refused),
    }
}

fn unknown(version: &str) -> Refusal {
    let version: String = version.chars().take(40).collect();
    (
        StatusCode::NOT_FOUND,
        Problem::new(
            "unknown_version",
            format!("there is no version {version:?} of the flow file"),
            format!("流程文件没有版本 {version:?}"),
        )
        .hint(
            "GET …/file lists those that there are; 0 is the built-in one",
            "GET …/file 列出现有版本；0 为内置文件",
        ),
    )
}

fn stale(base: u64, in_use: u64) -> Refusal {
    (
        StatusCode::CONFLICT,
        Problem::new(
            "stale_base",
            format!("the text is based on version {base} of the flow file, and version {in_use} is in use"),
            format!("该文本基于流程文件版本 {base}，而使用中的是版本 {in_use}"),
        )
        .hint(
            "somebody else changed it meanwhile: read GET …/file again and bring the changes together",
            "期间有其他人做了更改：请重新读取 GET …/file 并合并更改",
        ),
    )
}
