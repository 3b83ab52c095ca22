//! Spin's variables.

use ferry_sync::host::Variables;

/// Those that `spin.toml` declares for this component.
pub struct SpinVariables;

impl Variables for SpinVariables {
    fn get(&self, name: &str) -> Option<String> {
        spin_sdk::variables::get(name).ok()
    }
}
