//! TLS towards mail servers: whom we trust, and what is said when we do not.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::certificate::Certificate;
use super::failure::Cause;
use crate::error::{Code, Error, Result};

/// Trusts the authorities of this file, or those of the system.
pub(super) fn authorities(file: Option<&Path>) -> Result<Arc<RootCertStore>> {
    let mut roots = RootCertStore::empty();
    let Some(file) = file else {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            return Err(Error::new(Code::Config, "this system has no list of certificate authorities")
                .hint("install `ca-certificates`, or name a file in `ca_file`"));
        }
        return Ok(Arc::new(roots));
    };
    let shown = file.display();
    let pem = fs::read(file).map_err(|cause| {
        Error::new(Code::of_io(&cause), format!("the authorities in `{shown}` cannot be read: {cause}"))
    })?;
    let wrong = || Error::new(Code::Config, format!("`{shown}` holds no certificates in PEM"));
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|cause| wrong().caused_by(cause))?;
        roots.add(certificate).map_err(|cause| wrong().caused_by(cause))?;
    }
    if roots.is_empty() { Err(wrong()) } else { Ok(Arc::new(roots)) }
}

/// Makes the configuration of a client that verifies certificate and host name, always.
pub(super) fn client(verifier: Arc<dyn ServerCertVerifier>) -> Result<Arc<ClientConfig>> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(unlikely)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The verifier of rustls for these authorities.
pub(super) fn verifier(authorities: Arc<RootCertStore>) -> Result<Arc<WebPkiServerVerifier>> {
    WebPkiServerVerifier::builder_with_provider(authorities, provider()).build().map_err(unlikely)
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn unlikely(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::Internal, "TLS could not be prepared").caused_by(cause)
}

/// Verifies as usual, and remembers what it was shown: a certificate that is refused is what a person wants to see.
#[derive(Debug)]
pub(super) struct Remembering {
    verifier: Arc<WebPkiServerVerifier>,
    seen: Mutex<Option<Certificate>>,
}

impl Remembering {
    pub(super) fn new(verifier: Arc<WebPkiServerVerifier>) -> Arc<Self> {
        Arc::new(Self { verifier, seen: Mutex::default() })
    }

    pub(super) fn seen(&self) -> Option<Certificate> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Remembering {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Certificate::read(end_entity);
        self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Says why a handshake failed. What a new try will not change keeps the provider from being used.
pub(super) fn failed(error: &io::Error, host: &str) -> Cause {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return Cause::Lost(match error.kind() {
            io::ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
            _ => error.to_string(),
        });
    };
    match tls {
        rustls::Error::InvalidCertificate(fault) => Cause::Unsafe(untrusted(fault, host)),
        rustls::Error::InvalidMessage(_) => Cause::Unsafe(format!(
            "{host} does not answer with TLS; is it the right port? (465 for `tls: true`, 587 for `tls: false`)"
        )),
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
        ) => Cause::Unsafe(format!("{host} speaks no TLS that is safe enough (1.2 or later): {tls}")),
        _ => Cause::Lost(tls.to_string()),
    }
}

fn untrusted(fault: &CertificateError, host: &str) -> String {
    let day = |time: &UnixTime| {
        i64::try_from(time.as_secs())
            .ok()
            .and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0))
            .map_or_else(String::new, |moment| moment.format("%Y-%m-%d %H:%M UTC").to_string())
    };
    match fault {
        CertificateError::Expired => format!("the certificate of {host} has expired"),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the certificate of {host} expired on {}", day(not_after))
        }
        CertificateError::NotValidYet => format!("the certificate of {host} is not valid yet"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the certificate of {host} is not valid before {}; is the clock right?", day(not_before))
        }
        // Another authority of the same name is as unknown as any.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => format!(
            "the certificate of {host} was signed by an authority that is not trusted here; name its file in `ca_file`"
        ),
        CertificateError::NotValidForName => format!("the certificate is not for {host}"),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<_> = presented.iter().map(|name| named(name)).collect();
            format!("the certificate is not for {host} but for {}", names.join(", "))
        }
        CertificateError::Revoked => format!("the certificate of {host} was revoked"),
        other => format!("the certificate of {host} is not valid: {other}"),
    }
}

/// Takes the kind off a name as rustls shows it: `DnsName("mail.example.com")`.
fn named(name: &str) -> &str {
    name.split_once("(\"").and_then(|(_, rest)| rest.strip_suffix("\")")).unwrap_or(name)
}
