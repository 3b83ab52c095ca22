//! What the engine would refuse when the flow starts, although the language allows it.

use ferry_mapping::{FlowFile, Problem};
use ferry_sync::{hold, source, target};

/// The engine's own judgement of a flow file. Problems have a path, and no line yet.
pub fn refusals(flow: &FlowFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    if flow.source.platform == "galaxy" {
        problems.extend(source::galaxy::Spec::compile(flow).err().into_iter().flatten());
    }
    if flow.target.platform == "mysql" {
        problems.extend(target::mysql::Spec::compile(flow).err().into_iter().flatten());
    }
    problems.extend(hold::check(&flow.delivery).err().map(|problem| {
        let en = format!("{}; {}", problem.message, problem.hint);
        let zh = format!("{}；{}", problem.message_zh, problem.hint_zh);
        Problem::new("budget_too_long", "delivery", en, zh)
    }));
    problems
}
