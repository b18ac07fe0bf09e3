//! The figures at an address of their own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::super::messages::Words;
use super::super::respond::{self, Response};
use super::super::routes::NoRoute;
use super::super::words::Lang;
use super::super::{Gateway, options};

/// Connections at most: there are few who scrape.
const CONNECTIONS: usize = 16;
/// How long a head may take, and a connection be idle.
const IDLE: Duration = Duration::from_secs(75);

/// Answers `GET /metrics` until the stop.
pub(in super::super) async fn serve(listener: TcpListener, gateway: Arc<Gateway>, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let accept = async {
        loop {
            let place = Arc::clone(&places).acquire_owned().await.expect("the semaphore is never closed");
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (serving, stop) = (connection(Arc::clone(&gateway), stream), stop.clone());
                    tokio::spawn(async move {
                        stop.run_until_cancelled_owned(serving).await;
                        drop(place);
                    });
                }
                Err(cause) => {
                    warn!(error = %cause, "A connection for the figures could not be accepted: {cause}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    };
    stop.run_until_cancelled(accept).await;
}

async fn connection(gateway: Arc<Gateway>, stream: TcpStream) {
    let service = service_fn(|request| {
        let gateway = Arc::clone(&gateway);
        async move { Ok::<_, Infallible>(answer(&gateway, &request).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(cause) = serving.await {
        debug!(error = %cause, "A connection for the figures broke: {cause}");
    }
}

async fn answer(gateway: &Gateway, request: &Request<Incoming>) -> Response {
    let methods = "GET, HEAD";
    let no_route = match (request.uri().path(), request.method()) {
        ("/metrics", &Method::GET | &Method::HEAD) => return gateway.figures().await,
        ("/metrics", &Method::OPTIONS) => return respond::options(methods),
        ("/metrics", _) => NoRoute::Method { allow: methods.to_owned() },
        _ => NoRoute::Path,
    };
    respond::refused(&options::refused(&no_route, Words::of(Lang::En)), None)
}
