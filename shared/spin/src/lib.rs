//! The only crate that knows Spin: the engine's traits ([`ferry_sync::host`]) over Spin's interfaces, and the
//! entry points of a component.
//!
//! A flow's component is one line, [`flow!`], with the text of its flow file. It exports both handlers, HTTP and
//! cron; `spin.toml` names the wasm twice, once for each trigger (`spin.md` 3.4).
//!
//! All calls block the instance, but an HTTP request that was started goes on in the host meanwhile: that is
//! how the next page is under way while one is being written (see [`http`](mod@http)).

#![cfg_attr(target_arch = "wasm32", allow(unsafe_code, reason = "the bindings that wit-bindgen writes"))]

pub mod clock;
pub mod entry;
pub mod http;
pub mod key_value;
pub mod log;
pub mod mysql;
pub mod variables;

#[doc(hidden)]
pub use ferry_sync::{flow::Component, lookup, source, target};

#[doc(hidden)]
pub mod bindings {
    //! What wit-bindgen makes of `wit/`.
    #![allow(missing_docs)]

    pub mod keyvalue {
        wit_bindgen::generate!({ world: "keyvalue", path: "../../wit", generate_all });
    }

    pub mod cron {
        wit_bindgen::generate!({
            world: "cron",
            path: "../../wit",
            generate_all,
            pub_export_macro: true,
            export_macro_name: "export_cron",
            default_bindings_module: "ferry_spin::bindings::cron",
        });
    }
}

/// Makes a component of a flow: its flow file, and the modules of the engine that know its source, its target and
/// what it looks things up in, if it does. It exports the HTTP handler and the cron handler.
#[macro_export]
macro_rules! flow {
    ($flow_file:expr, $source:ident => $target:ident) => {
        $crate::flow!(@component $flow_file, $source, $target, None);
    };
    ($flow_file:expr, $source:ident => $target:ident, lookups $lookups:ident) => {
        $crate::flow!(@component $flow_file, $source, $target, Some($crate::lookup::$lookups::load));
    };
    (@component $flow_file:expr, $source:ident, $target:ident, $lookups:expr) => {
        #[cfg(target_arch = "wasm32")]
        mod component {
            const FLOW: $crate::Component<'static> = $crate::Component {
                flow_file: $flow_file,
                source: $crate::source::$source::load,
                target: $crate::target::$target::load,
                lookups: $lookups,
            };

            #[spin_sdk::http_component]
            fn handle(request: spin_sdk::http::IncomingRequest) -> spin_sdk::http::Response {
                $crate::entry::http(&FLOW, request)
            }

            struct Tick;
            impl $crate::bindings::cron::Guest for Tick {
                fn handle_cron_event(
                    _: $crate::bindings::cron::Metadata,
                ) -> Result<(), $crate::bindings::cron::Error> {
                    $crate::entry::cron(&FLOW)
                }
            }
            $crate::bindings::cron::export_cron!(Tick);
        }
    };
}
