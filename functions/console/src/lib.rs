//! Answers what no flow answers: the operators' pages, and the routes over all flows; any other path is an error
//! that says so. Its tick looks after the flows.

#![allow(unsafe_code, reason = "the bindings that wit-bindgen writes")]

#[cfg(any(test, target_arch = "wasm32"))]
mod flows;
#[cfg(target_arch = "wasm32")]
mod pages;
#[cfg(target_arch = "wasm32")]
mod watch;

#[cfg(target_arch = "wasm32")]
mod component {
    use crate::{pages, watch};
    use ferry_spin::entry::{reply, with_host};
    use ferry_sync::webhook;
    use spin_sdk::http::{IncomingRequest, Response};

    #[spin_sdk::http_component]
    fn handle(request: IncomingRequest) -> Response {
        reply(match ferry_spin::http::read_request(request, webhook::BODY_LIMIT) {
            Ok(request) if watch::are_for(request.uri().path()) => {
                with_host(|host| watch::answer(host, &request))
            }
            Ok(request) => with_host(|host| pages::answer(host, &request)),
            Err((status, problem)) => webhook::refusal(status, &problem),
        })
    }
}
