//! What the engine would refuse when the flow starts, although the language allows it.

use ferry_mapping::{FlowFile, Problem};
use ferry_sync::problem::Problem as Refusal;
use ferry_sync::{flow as engine, hold, source, target};

/// The engine's own judgement of a flow file. Problems have a path, and no line yet.
pub fn refusals(flow: &FlowFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    if flow.source.platform == "galaxy" {
        problems.extend(source::galaxy::Spec::compile(flow).err().into_iter().flatten());
    }
    if flow.target.platform == "mysql" {
        problems.extend(target::mysql::Spec::compile(flow).err().into_iter().flatten());
    }
    let group = flow.group_calculate().map_or("", |(path, _)| path);
    let not_run = if flow.source.omission_remedy.is_some() { "source.omissionRemedy" } else { group };
    problems.extend(engine::not_run(flow).err().map(|it| problem("not_run", not_run, &it)));
    problems.extend(hold::check(&flow.delivery).err().map(|it| problem("budget_too_long", "delivery", &it)));
    problems
}

fn problem(code: &'static str, path: &str, refusal: &Refusal) -> Problem {
    let en = format!("{}; {}", refusal.message, refusal.hint);
    let zh = format!("{}；{}", refusal.message_zh, refusal.hint_zh);
    Problem::new(code, path, en, zh)
}
