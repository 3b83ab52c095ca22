//! What stands around a flow file: its folder, and the schedule that `spin.toml` gives it.

use super::schedule;
use crate::flow_file::{Unreadable, shown};
use ferry_mapping::{Map, Problem, Severity, Value, read_duration};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// The surroundings of a file `<repository>/functions/<folder>/flow.json`, where the repository has a
/// `spin.toml`. Other files have none.
#[derive(Debug)]
pub struct Around {
    folder: String,
    manifest: PathBuf,
    text: String,
    triggers: Vec<CronTrigger>,
}

/// The part of `spin.toml` that matters here.
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    trigger: Triggers,
}

#[derive(Default, Deserialize)]
struct Triggers {
    #[serde(default)]
    cron: Vec<CronTrigger>,
}

#[derive(Debug, Deserialize)]
struct CronTrigger {
    component: String,
    cron_expression: Spanned<String>,
}

impl Around {
    /// The surroundings of a flow file, if it has any.
    ///
    /// # Errors
    /// When its `spin.toml` cannot be read.
    pub fn of(flow_file: &Path) -> Result<Option<Around>, Unreadable> {
        let Ok(absolute) = flow_file.canonicalize() else { return Ok(None) };
        let place = || {
            let folder = absolute.parent().filter(|_| absolute.ends_with("flow.json"))?;
            let functions = folder.parent().filter(|parent| parent.ends_with("functions"))?;
            Some((folder.file_name()?.to_str()?.to_owned(), functions.parent()?.join("spin.toml")))
        };
        let Some((folder, manifest)) = place().filter(|(_, manifest)| manifest.exists()) else {
            return Ok(None);
        };
        let text = std::fs::read_to_string(&manifest).map_err(|error| Unreadable::new(&manifest, &error))?;
        let read: Manifest = toml::from_str(&text).map_err(|error| {
            let (file, error) = (shown(&manifest), error.to_string());
            Unreadable {
                en: format!("{file}: cannot be read: {}", error.trim_end()),
                zh: format!("{file}：无法读取：{}", error.trim_end()),
            }
        })?;
        Ok(Some(Around { folder, manifest, text, triggers: read.trigger.cron }))
    }

    /// What does not fit, of a flow file that is at least a JSON object. Problems have no line yet.
    pub fn problems(&self, document: &Map<String, Value>) -> Vec<Problem> {
        let folder = &self.folder;
        let name = document.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        let misnamed = name.filter(|name| name != folder).map(|name| {
            Problem::new(
                "name_not_folder",
                "name",
                format!(
                    "the flow is called `{name}`, but its folder is functions/{folder}; give both one name"
                ),
                format!("流程名为“{name}”，而所在文件夹是 functions/{folder}；请使两者一致"),
            )
        });
        misnamed.into_iter().chain(self.schedule(document)).collect()
    }

    /// Compares the cron triggers of the flow's `-tick` component with `expect_every` (design.md 6).
    fn schedule(&self, document: &Map<String, Value>) -> Option<Problem> {
        let tick = format!("{}-tick", self.folder);
        let file = shown(&self.manifest);
        let own: Vec<&CronTrigger> =
            self.triggers.iter().filter(|trigger| trigger.component == tick).collect();
        if own.is_empty() {
            return Some(warning(
                "no_tick_trigger",
                EXPECTED,
                format!(
                    "{file} has no [[trigger.cron]] for the component `{tick}`: nothing runs the flow on a \
                     schedule; add one, or pass --allow no_tick_trigger where something else calls the flow"
                ),
                format!(
                    "{file} 中没有组件“{tick}”的 [[trigger.cron]]：流程不会定时运行；请添加，\
                     如由其他调度器调用，可加 --allow no_tick_trigger"
                ),
            ));
        }
        let mut schedules = Vec::new();
        for trigger in &own {
            let expression = trigger.cron_expression.get_ref();
            match schedule::read(expression) {
                Ok(schedule) => schedules.push(schedule),
                Err(error) => {
                    let place = format!("{file}:{}", self.line(trigger));
                    return Some(Problem::new(
                        "bad_schedule",
                        EXPECTED,
                        format!(
                            "{place}: `{expression}` is no schedule: {error}; write six fields, in UTC: \
                             second minute hour day month weekday"
                        ),
                        format!(
                            "{place}：“{expression}”不是有效的定时表达式：{error}；\
                             应写六段（UTC 时间）：秒 分 时 日 月 周"
                        ),
                    ));
                }
            }
        }
        let expected = document.get("delivery")?.get("expect_every")?.as_str().and_then(read_duration)?;
        let gap = schedule::longest_gap(&schedules).ok()?;
        if gap.is_some_and(|gap| gap <= expected) {
            return None;
        }
        let places: Vec<String> = own
            .iter()
            .map(|it| format!("{file}:{} `{}`", self.line(it), it.cron_expression.get_ref()))
            .collect();
        let places = places.join(", ");
        let expected = span(expected);
        let (en, zh) = match gap {
            Some(gap) => (
                format!(
                    "{places} leaves up to {gap} between two runs, more than `expect_every`, {expected}: the \
                     flow would be reported as late again and again; let it fire more often, or expect a run \
                     every {gap}",
                    gap = span(gap)
                ),
                format!(
                    "{places} 两次运行最长相隔 {gap}，超过 expect_every 的 {expected}，会反复触发漏跑告警；\
                     请提高运行频率，或把 expect_every 改为 {gap}",
                    gap = span(gap)
                ),
            ),
            None => (
                format!("{places} hardly ever fires, less than twice in twelve years; correct the schedule"),
                format!("{places} 几乎不会触发（十二年不足两次）；请更正定时表达式"),
            ),
        };
        Some(warning("schedule_too_rare", EXPECTED, en, zh))
    }

    fn line(&self, trigger: &CronTrigger) -> usize {
        let before = &self.text[..trigger.cron_expression.span().start];
        before.matches('\n').count() + 1
    }
}

const EXPECTED: &str = "delivery.expect_every";

/// The flow runs; what may come of it is said.
fn warning(code: &'static str, path: &str, en: String, zh: String) -> Problem {
    Problem { severity: Severity::Warning, ..Problem::new(code, path, en, zh) }
}

/// As the flow file writes it, in the longest unit that fits.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds.is_multiple_of(*size)).unwrap_or((1, 's'));
    format!("{}{unit}", seconds / size)
}
