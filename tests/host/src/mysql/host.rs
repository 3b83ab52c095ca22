//! `fermyon:spin/mysql@2.0.0`.

use wasmtime::Result;
use wasmtime::component::Resource;

use super::Connection;
use crate::bindings::fermyon::spin::mysql::{Error, Host, HostConnection, ParameterValue, RowSet};
use crate::bindings::fermyon::spin::rdbms_types;
use crate::guest::Guest;

impl rdbms_types::Host for Guest {}

impl Host for Guest {}

impl HostConnection for Guest {
    async fn open(&mut self, address: String) -> Result<Result<Resource<Connection>, Error>> {
        self.component.stats.update(|counts| counts.sql.open += 1);
        let allowed = match &self.component.allowed_hosts {
            Ok(hosts) => hosts.allows(&address, "mysql"),
            Err(error) => return Ok(Err(Error::Other(error.clone()))),
        };
        if !allowed {
            // Spin's own words; the address with its password goes back to the guest alone.
            let text = format!("address {address} is not permitted");
            return Ok(Err(Error::ConnectionFailed(text)));
        }
        match Connection::open(&address).await {
            Ok(connection) => Ok(Ok(self.table.push(connection)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<Result<RowSet, Error>> {
        self.component.stats.update(|counts| counts.sql.query += 1);
        let connection = self.table.get_mut(&connection)?;
        Ok(connection.query(&statement, parameters).await)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<Result<(), Error>> {
        self.component.stats.update(|counts| counts.sql.execute += 1);
        let connection = self.table.get_mut(&connection)?;
        Ok(connection.execute(&statement, parameters).await)
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}
