//! One connection to a mail server, and what is said over it (RFC 5321).
//!
//! Our own rather than a library's, because what became of a mail depends on the exact step at which something went wrong:
//! before the final dot it surely was not taken, after it nobody knows.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::content;
use super::failure::{Cause, Failure, Step};
use super::reply::{LONGEST_LINE, Partial, Reply};
use super::types::{Credentials, Envelope, Server, Timeouts, Tls};
use crate::error::Result;

/// What each step found, for a person who wants to know how far it went.
pub(super) type Trail = Vec<(Step, String)>;

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// A connection that is ready for mail.
pub(super) struct Connection {
    stream: Box<dyn Duplex>,
    /// What came and was not read yet.
    received: Vec<u8>,
    timeouts: Timeouts,
    offers: Offers,
    /// Whether a mail was begun that did not come to its end.
    begun: bool,
    /// How many mails went over it.
    pub(super) mails: u32,
}

/// What the server announces in its answer to EHLO.
#[derive(Debug, Default, PartialEq, Eq)]
struct Offers {
    starttls: bool,
    pipelining: bool,
    /// Bytes of a mail at most; `None` says nothing about it.
    size: Option<usize>,
    /// Mechanisms of signing in, in upper case.
    sign_in: Vec<String>,
}

impl Connection {
    /// Connects, secures the connection and signs in, as the server is configured.
    pub(super) async fn open(
        server: &Server,
        tls: &Arc<ClientConfig>,
        trail: &mut Trail,
    ) -> Result<Self, Failure> {
        let stream = connect(server).await?;
        let lost = |cause: std::io::Error| Failure::new(Step::Connect, Cause::Lost(cause.to_string()));
        let (peer, own) = (stream.peer_addr().map_err(lost)?, stream.local_addr().map_err(lost)?);
        trail.push((Step::Connect, peer.to_string()));
        if server.tls == Tls::None && !is_own(peer.ip()) {
            let why =
                format!("without TLS mail goes to this machine alone, and {} is {}", server.host, peer.ip());
            return Err(Failure::new(Step::Connect, Cause::Unsafe(why)));
        }
        // Each command is small and waited for: none may wait for the acknowledgement of the one before.
        stream.set_nodelay(true).map_err(lost)?;
        let stream: Box<dyn Duplex> = match server.tls {
            Tls::Implicit => secured(stream, server, tls, trail).await?,
            Tls::StartTls | Tls::None => Box::new(stream),
        };
        let mut connection = Self {
            stream,
            received: Vec::new(),
            timeouts: server.timeouts,
            offers: Offers::default(),
            begun: false,
            mails: 0,
        };
        let greeting = connection.reply(Step::Greeting).await?;
        trail.push((Step::Greeting, positive(Step::Greeting, greeting)?.to_string()));
        let hello = hello(server, own);
        connection.hello(&hello).await?;
        if server.tls == Tls::StartTls {
            connection = connection.start_tls(server, tls, trail).await?;
            connection.hello(&hello).await?;
        }
        trail.push((Step::Hello, connection.offers.to_string()));
        if let Some(credentials) = &server.credentials {
            connection.sign_in(credentials).await?;
            trail.push((Step::SignIn, format!("signed in as {}", credentials.user)));
        }
        Ok(connection)
    }

    /// Offers a mail of `bytes` bytes to its recipient, up to but without the content.
    pub(super) async fn offer(&mut self, envelope: &Envelope, bytes: usize) -> Result<(), Failure> {
        if let Some(most) = self.offers.size.filter(|most| *most < bytes) {
            let why = format!("the mail has {bytes} bytes, and the server takes {most} at most");
            return Err(Failure::new(Step::Sender, Cause::TooLarge(why)));
        }
        if self.begun {
            let reply = self.say(Step::Reset, "RSET").await?;
            positive(Step::Reset, reply)?;
        }
        self.begun = true;
        let size = if self.offers.size.is_some() { format!(" SIZE={bytes}") } else { String::new() };
        let sender = format!("MAIL FROM:<{}>{size}", envelope.sender);
        let recipient = format!("RCPT TO:<{}>", envelope.recipient);
        if !self.offers.pipelining {
            let reply = self.say(Step::Sender, &sender).await?;
            positive(Step::Sender, reply)?;
            let reply = self.say(Step::Recipient, &recipient).await?;
            return positive(Step::Recipient, reply).map(|_| ());
        }
        let reply = self.say(Step::Sender, &format!("{sender}\r\n{recipient}")).await?;
        let sender = positive(Step::Sender, reply);
        if matches!(&sender, Err(failure) if !failure.leaves_usable()) {
            return sender.map(|_| ());
        }
        // Both were said, so both answers are read, whatever the first was.
        let recipient = self.reply(Step::Recipient).await;
        sender?;
        positive(Step::Recipient, recipient?).map(|_| ())
    }

    /// Gives the content, and returns what the server says to it. `before_content` is awaited when the server is ready for it: a
    /// crash before is as if nothing had been tried, a crash after it leaves open what happened.
    pub(super) async fn give(
        &mut self,
        message: &[u8],
        before_content: Pin<&mut impl Future<Output = Result<()>>>,
    ) -> Result<Reply, Failure> {
        /// Bytes that are written in one go, and bounded by one time-out.
        const CHUNK: usize = 64 << 10;
        let reply = self.say(Step::Content, "DATA").await?;
        if reply.code != 354 {
            return Err(Failure::new(Step::Content, Cause::Reply(reply)));
        }
        before_content
            .await
            .map_err(|error| Failure::new(Step::Content, Cause::NotMarked(error.message.into_owned())))?;
        for chunk in content::stuffed(message).chunks(CHUNK) {
            if let Err(failure) = self.write(Step::Content, chunk, self.timeouts.content).await {
                // A server that has enough closes the connection; its reason may be there already.
                let reason = self.reply(Step::Content).now_or_never();
                return Err(match reason {
                    Some(Ok(reply)) => Failure::new(Step::Content, Cause::Reply(reply)),
                    _ => failure,
                });
            }
        }
        self.write(Step::Accepted, b".\r\n", self.timeouts.content).await?;
        let reply = positive(Step::Accepted, self.reply(Step::Accepted).await?)?;
        self.begun = false;
        self.mails += 1;
        Ok(reply)
    }

    /// Tells whether the server still listens, without asking it: it says nothing unless it closes.
    pub(super) fn is_open(&mut self) -> bool {
        let mut byte = [0];
        self.received.is_empty() && self.stream.read(&mut byte).now_or_never().is_none()
    }

    /// Says good-bye. A server that does not answer is not waited for.
    pub(super) async fn quit(mut self) {
        const PATIENCE: Duration = Duration::from_secs(2);
        let farewell = async {
            let _ = self.say(Step::Reset, "QUIT").await;
            let _ = self.stream.shutdown().await;
        };
        let _ = timeout(PATIENCE, farewell).await;
    }

    async fn hello(&mut self, name: &str) -> Result<(), Failure> {
        let reply = self.say(Step::Hello, &format!("EHLO {name}")).await?;
        self.offers = Offers::read(&positive(Step::Hello, reply)?);
        Ok(())
    }

    async fn start_tls(
        mut self,
        server: &Server,
        tls: &Arc<ClientConfig>,
        trail: &mut Trail,
    ) -> Result<Self, Failure> {
        let host = &server.host;
        if !self.offers.starttls {
            let why =
                format!("{host} offers no STARTTLS, and nothing is sent without; does it want `tls: true`?");
            return Err(Failure::new(Step::StartTls, Cause::Unsafe(why)));
        }
        let reply = self.say(Step::StartTls, "STARTTLS").await?;
        positive(Step::StartTls, reply)?;
        if !self.received.is_empty() {
            // What was said in the clear must not count as said under TLS.
            let why = format!("something on the way to {host} adds to what it says before TLS begins");
            return Err(Failure::new(Step::StartTls, Cause::Unsafe(why)));
        }
        self.stream = secured(self.stream, server, tls, trail).await?;
        Ok(self)
    }

    async fn sign_in(&mut self, credentials: &Credentials) -> Result<(), Failure> {
        let (user, password) = (credentials.user.as_str(), credentials.password.expose());
        let offered = |mechanism: &str| self.offers.sign_in.iter().any(|offered| offered == mechanism);
        let reply = if offered("PLAIN") {
            let both = STANDARD.encode(format!("\0{user}\0{password}"));
            self.say(Step::SignIn, &format!("AUTH PLAIN {both}")).await?
        } else if offered("LOGIN") {
            let mut reply = self.say(Step::SignIn, "AUTH LOGIN").await?;
            for answer in [user, password] {
                if reply.code == 334 {
                    reply = self.say(Step::SignIn, &STANDARD.encode(answer)).await?;
                }
            }
            reply
        } else {
            let why = match self.offers.sign_in.as_slice() {
                [] => "the server lets nobody sign in here; leave `user` out, or use another port".to_owned(),
                others => {
                    format!("the server takes only {} to sign in, not PLAIN or LOGIN", others.join(", "))
                }
            };
            return Err(Failure::new(Step::SignIn, Cause::NoSignIn(why)));
        };
        positive(Step::SignIn, reply).map(|_| ())
    }

    /// Says a command and returns the answer to it.
    async fn say(&mut self, step: Step, line: &str) -> Result<Reply, Failure> {
        let written = self.write(step, format!("{line}\r\n").as_bytes(), self.timeouts.reply).await;
        // A server that closes says why before it does; it may be there though nothing can be written any more.
        match (written, self.reply(step).await) {
            (_, Ok(reply)) => Ok(reply),
            (Err(failure), Err(_)) | (Ok(()), Err(failure)) => Err(failure),
        }
    }

    async fn write(&mut self, step: Step, bytes: &[u8], longest: Duration) -> Result<(), Failure> {
        let write = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(longest, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err(Failure::new(step, Cause::Lost(cause.to_string()))),
            Err(_) => Err(Failure::timed_out(step, longest)),
        }
    }

    async fn reply(&mut self, step: Step) -> Result<Reply, Failure> {
        let longest = if step == Step::Accepted { self.timeouts.accepted } else { self.timeouts.reply };
        match timeout(longest, self.read_reply()).await {
            Ok(read) => read.map_err(|why| Failure::new(step, Cause::Lost(why))),
            Err(_) => Err(Failure::timed_out(step, longest)),
        }
    }

    async fn read_reply(&mut self) -> Result<Reply, String> {
        let mut partial = Partial::default();
        loop {
            while let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                let line = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(&line);
                if let Some(reply) = partial.line(line)? {
                    return Ok(reply);
                }
            }
            if LONGEST_LINE < self.received.len() {
                return Err(format!("the server sent a line of more than {LONGEST_LINE} bytes"));
            }
            match self.stream.read_buf(&mut self.received).await {
                Ok(0) => return Err("the server closed the connection".to_owned()),
                Ok(_) => {}
                Err(cause) => return Err(cause.to_string()),
            }
        }
    }
}

impl Offers {
    fn read(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            // Old servers write `AUTH=PLAIN`.
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("STARTTLS") => offers.starttls = true,
                Some("PIPELINING") => offers.pipelining = true,
                // Zero says that there is no limit.
                Some("SIZE") => {
                    let most = words.next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
                    offers.size = Some(if most == 0 { usize::MAX } else { most });
                }
                Some("AUTH") => offers.sign_in.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        offers
    }
}

impl std::fmt::Display for Offers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.size {
            Some(usize::MAX) | None => f.write_str("mails of any size")?,
            Some(most) => write!(f, "mails of up to {most} bytes")?,
        }
        match self.sign_in.as_slice() {
            [] => f.write_str(", nobody signs in"),
            mechanisms => write!(f, ", sign in by {}", mechanisms.join(" ")),
        }
    }
}

fn positive(step: Step, reply: Reply) -> Result<Reply, Failure> {
    if reply.is_positive() { Ok(reply) } else { Err(Failure::new(step, Cause::Reply(reply))) }
}

/// Connects to the first of the host's addresses that answers.
async fn connect(server: &Server) -> Result<TcpStream, Failure> {
    let longest = server.timeouts.connect;
    let lost = |why: String| Failure::new(Step::Connect, Cause::Lost(why));
    let host = &server.host;
    let addresses = match timeout(longest, lookup_host((host.as_str(), server.port))).await {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(cause)) => return Err(lost(format!("the host {host} cannot be found: {cause}"))),
        Err(_) => return Err(lost(format!("the name server did not answer within {} s", longest.as_secs()))),
    };
    let mut failure = lost(format!("the host {host} has no address"));
    for address in addresses {
        match timeout(longest, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(cause)) => failure = lost(format!("{address} cannot be reached: {cause}")),
            Err(_) => failure = lost(format!("{address} did not answer within {} s", longest.as_secs())),
        }
    }
    Err(failure)
}

async fn secured(
    stream: impl Duplex + 'static,
    server: &Server,
    tls: &Arc<ClientConfig>,
    trail: &mut Trail,
) -> Result<Box<dyn Duplex>, Failure> {
    let (host, longest) = (&server.host, server.timeouts.connect);
    let name = ServerName::try_from(host.clone())
        .map_err(|_| Failure::new(Step::Tls, Cause::Unsafe(format!("`{host}` is no host name"))))?;
    match timeout(longest, TlsConnector::from(Arc::clone(tls)).connect(name, stream)).await {
        Ok(Ok(stream)) => {
            let version = stream.get_ref().1.protocol_version().map(|version| format!("{version:?}"));
            trail.push((Step::Tls, version.unwrap_or_default().replace("TLSv1_", "TLS 1.")));
            Ok(Box::new(stream))
        }
        Ok(Err(error)) => Err(Failure::new(Step::Tls, super::tls::failed(&error, host))),
        Err(_) => Err(Failure::timed_out(Step::Tls, longest)),
    }
}

/// Whether what is sent to this address stays on this machine.
fn is_own(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Returns the name that we give ourselves: the configured one, or the address of this end of the connection.
fn hello(server: &Server, own: SocketAddr) -> String {
    let named = server.hello.as_ref().filter(|name| name.chars().all(|c| c.is_ascii_graphic()));
    named.cloned().unwrap_or_else(|| match own.ip().to_canonical() {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_tls_mail_stays_on_this_machine() {
        for (address, expected) in [
            ("127.0.0.1", true),
            ("127.8.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("192.168.0.10", false),
            ("10.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("fe80::1", false),
        ] {
            assert_eq!(is_own(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn what_a_server_offers_is_read() {
        let mut partial = Partial::default();
        let lines = [
            "250-mail.example.com at your service",
            "250-SIZE 35882577",
            "250-starttls",
            "250-AUTH LOGIN PLAIN",
        ];
        for line in lines {
            assert_eq!(partial.line(line.as_bytes()).unwrap(), None);
        }
        let reply = partial.line(b"250 AUTH=XOAUTH2").unwrap().unwrap();
        let expected = Offers {
            starttls: true,
            pipelining: false,
            size: Some(35_882_577),
            sign_in: vec!["LOGIN".into(), "PLAIN".into(), "XOAUTH2".into()],
        };
        assert_eq!(Offers::read(&reply), expected);
    }
}
