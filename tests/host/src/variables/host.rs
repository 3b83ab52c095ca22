//! `fermyon:spin/variables@2.0.0`.

use crate::bindings::fermyon::spin::variables::{Error, Host};
use crate::guest::Guest;

impl Host for Guest {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<String, Error>> {
        if let Err(error) = super::check_name(&name) {
            return Ok(Err(Error::InvalidName(error.to_string())));
        }
        let component = &self.component;
        Ok(component.variables.get(&name).cloned().ok_or_else(|| {
            // Spin's own words.
            Error::Undefined(format!("no variable for {:?}.{name:?}", component.id))
        }))
    }
}
