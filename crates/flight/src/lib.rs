//! Arrow Flight SQL on a node: the door for the programs of other vendors (pyarrow, ADBC, JDBC, DBeaver), by which a
//! city's people and applications query the tables that they may read.
//!
//! [`FlightSql`] implements the protocol of `arrow-flight` over the query engine and over the tables of each caller.
//! [`FlightServer`] serves it behind the gate: no call is answered without a [`Permit`](chengji_transport::Permit).
//!
//! Nothing of a statement is kept between its calls: its ticket carries the SQL, so that anybody may send any, and rights
//! are checked when it is run. Only prepared statements are kept, a bounded number for each caller and for a bounded time.
//!
//! Which tables there are, who may read them, and how a query is run, do not belong here.

mod answer;
mod call;
mod failure;
mod flight_sql;
mod info;
mod metadata;
mod parameters;
mod pattern;
mod prepared;
mod running;
mod server;
mod service;
mod ticket;

pub use self::flight_sql::FlightSql;
pub use self::server::FlightServer;
