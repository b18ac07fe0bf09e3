//! From a name to the addresses that a request may go to. What is connected to is what was checked here: there is no second
//! look at the name in between.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::addresses::{Forbidden, forbidden};

/// Looks a name up.
pub type Lookup =
    Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> + Send + Sync>;

/// Returns the lookup of the system.
pub fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
        })
    })
}

/// Resolves names to addresses that are allowed.
pub(super) struct Checked {
    pub(super) lookup: Lookup,
    pub(super) deny_private: bool,
}

/// A host to which a request may not go.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) host: String,
    pub(super) address: IpAddr,
    pub(super) why: Forbidden,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let (looked_up, deny_private) = ((self.lookup)(host.clone()), self.deny_private);
        Box::pin(async move {
            let addresses = looked_up.await?;
            // One forbidden address among others is no mistake of a moment: the whole name is refused.
            for address in &addresses {
                check(&host, *address, deny_private)?;
            }
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// Checks one address of a host.
pub(super) fn check(host: &str, address: IpAddr, deny_private: bool) -> Result<(), Refused> {
    forbidden(address, deny_private)
        .map_or(Ok(()), |why| Err(Refused { host: host.to_owned(), address, why }))
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, address, why } = self;
        if *host == address.to_string() {
            return write!(f, "{address} is refused: {why}");
        }
        write!(f, "{host} is {address}, which is refused: {why}")
    }
}

impl StdError for Refused {}
