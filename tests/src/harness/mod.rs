//! What an end-to-end test needs: source files made from builders, the built programs, a zone of its own on either
//! database.

pub mod builders;
pub mod databases;
pub mod ports;
pub mod processes;
pub mod site;
pub mod sources;
pub mod zone;

pub use builders::{EnterpriseBuilder, OrderBuilder, SourceRow, uscc};
pub use databases::{Database, for_each_database};
pub use processes::{Answer, Finished, Server};
pub use site::Site;
pub use sources::{write_csv, write_gb18030, write_ndjson};
pub use zone::Zone;
