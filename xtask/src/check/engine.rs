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
    if flow.source.platform == "okki" {
        problems.extend(source::okki::Spec::compile(flow).err().into_iter().flatten());
    }
    if flow.target.platform == "jdy" {
        problems.extend(target::jdy::Spec::compile(flow).err().into_iter().flatten());
    }
    if flow.target.platform == "galaxy" {
        problems.extend(target::galaxy::Spec::compile(flow).err().into_iter().flatten());
    }
    if flow.target.platform == "mysql" {
        problems.extend(target::mysql::Spec::compile(flow).err().into_iter().flatten());
    }
    if flow.target.platform == "wise" {
        problems.extend(target::wise::Spec::compile(flow).err().into_iter().flatten());
    }
    // Its messages begin with the JSON path.
    problems.extend(engine::not_run(flow).err().map(|it| {
        let path = it.message.split(": ").next().unwrap_or_default();
        problem("not_run", path, &it)
    }));
    problems.extend(hold::check(&flow.delivery).err().map(|it| problem("budget_too_long", "delivery", &it)));
    problems
}

fn problem(code: &'static str, path: &str, refusal: &Refusal) -> Problem {
    let en = format!("{}; {}", refusal.message, refusal.hint);
    let zh = format!("{}；{}", refusal.message_zh, refusal.hint_zh);
    Problem::new(code, path, en, zh)
}
