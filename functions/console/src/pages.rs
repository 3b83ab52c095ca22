//! The operators' pages (`ferry_console`). How flows stand is read from the store, which takes one call less and needs
//! none of their accounts; all else is asked of the flows themselves, in the name of who has logged in.

use crate::flows::FLOWS;
use ferry_console::{Answer, Console, Flows, Role};
use ferry_spin::variables::SpinVariables;
use ferry_sync::host::{Host, Variables};
use ferry_sync::problem::Problem;
use ferry_sync::view;
use ferry_watch::alerts::Record;
use http::{Request, Response};
use serde_json::{Value, json};
use std::time::Duration;

/// No run takes longer than its lease.
const TIMEOUT: Duration = Duration::from_secs(960);

/// Answers a request to a page, or to what is nobody's path.
pub fn answer(host: Host<'_>, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    let console = Console {
        flows: &Asked { host },
        catalogue: &FLOWS,
        variables: &SpinVariables,
        random: host.random,
        now: host.clock.wall_ms().div_euclid(1000),
    };
    ferry_console::handle(&console, request)
}

struct Asked<'h> {
    host: Host<'h>,
}

impl Flows for Asked<'_> {
    fn ask(&self, role: Role, flow: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        match FLOWS.iter().find(|one| one.name == flow) {
            Some(one) if method == "GET" && path.is_empty() => self.standing(one.file),
            _ => self.called(role, flow, method, path, body),
        }
    }

    fn alerts(&self) -> Record {
        // A store that does not answer shows on every other page.
        Record::load(self.host.store).unwrap_or_default()
    }
}

impl Asked<'_> {
    /// What `GET /flows/<name>` answers.
    fn standing(&self, file: &str) -> Answer {
        match view::flow(self.host, file, &SpinVariables) {
            Ok(body) => Answer { status: 200, body },
            Err(problem) => Answer {
                status: if &*problem.code == "store_failed" { 503 } else { 409 },
                body: json!({"error": problem}),
            },
        }
    }

    fn called(&self, role: Role, flow: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let token = SpinVariables.get(role.variable()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{flow}.spin.internal/flows/{flow}{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default().into_bytes());
        let answered = match request {
            Ok(request) => self.host.http.finish(self.host.http.start(request, TIMEOUT)),
            Err(error) => return unanswered(flow, &error.to_string()),
        };
        match answered {
            Ok(answer) => Answer {
                status: answer.status().as_u16(),
                body: serde_json::from_slice(answer.body()).unwrap_or_default(),
            },
            Err(failure) => unanswered(flow, &failure.message),
        }
    }
}

fn unanswered(flow: &str, why: &str) -> Answer {
    let problem = Problem::new(
        "flow_unreachable",
        format!("the component {flow} did not answer: {why}"),
        format!("组件 {flow} 没有应答：{why}"),
    )
    .hint(
        "is it among the app's components? On SpinKube, spec.components must name it",
        "请确认该组件在应用中；在 SpinKube 上须列入 spec.components",
    );
    Answer { status: 502, body: json!({"error": problem}) }
}
