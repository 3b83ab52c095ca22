//! Lets others notice that nobody watches any more: an address is called after each good check, and whoever listens
//! there raises the alarm when the calls stop.
//!
//! A check is good when the alerter itself worked: it could read and write the store, every flow's state was read, the
//! variables are in order, and no configured channel owes anything. That a flow is in trouble is no reason to be silent
//! here: that is what the channels are for.

use crate::robots::{Refusal, no_answer};
use crate::settings::Place;
use crate::words::Words;
use ferry_sync::host::HttpFailure;
use http::{HeaderValue, Request, Response};

/// The call.
pub fn request(place: &Place) -> Request<Vec<u8>> {
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = place.uri();
    request.headers_mut().insert("user-agent", HeaderValue::from_static("ferry"));
    request
}

/// Whether it was heard: any 2xx.
///
/// # Errors
/// Why not.
pub fn outcome(answer: &Result<Response<Vec<u8>>, HttpFailure>) -> Result<(), Refusal> {
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(Refusal {
            code: "heartbeat_status".into(),
            number: Some(answer.status().as_u16().into()),
            words: Words::new(
                "the heartbeat's address answered with another status than 2xx: check heartbeat_path",
                "心跳地址应答的状态码不是 2xx：请检查 heartbeat_path",
            ),
        }),
        Err(failure) => Err(no_answer(failure)),
    }
}
