//! TLS by rustls with aws-lc-rs, independent of the process-wide default.

use crate::{Error, Server};
use rustls::client::WantsClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use std::sync::Arc;

/// Trusted authorities and the client certificate.
pub(crate) fn config(server: &Server<'_>) -> Result<ClientConfig, Error> {
    let config = trusting(authorities(server)?)?;
    let Some(pem) = server.identity else { return Ok(config.with_no_client_auth()) };
    let what = "the client certificate";
    let chain = certificates(what, pem)?;
    let key = PrivateKeyDer::from_pem_slice(pem)
        .map_err(|error| Error::settings(what, format!("its private key is not valid: {error}")))?;
    config
        .with_client_auth_cert(chain, key)
        .map_err(|error| Error::settings(what, error.to_string()))
}

/// A configuration for servers without TLS.
pub(crate) fn none() -> Option<ClientConfig> {
    Some(trusting(RootCertStore::empty()).ok()?.with_no_client_auth())
}

fn trusting(
    authorities: RootCertStore,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    // Set explicitly, because there may be no process-wide default, or another one.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::settings("TLS", error.to_string()))?;
    Ok(builder.with_root_certificates(authorities))
}

fn authorities(server: &Server<'_>) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    let Some(pem) = server.authorities else {
        // Old systems have some unreadable certificates; the others suffice.
        let found = rustls_native_certs::load_native_certs();
        store.add_parsable_certificates(found.certs);
        if store.is_empty() && server.url.starts_with("https:") {
            let why = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
            let reason = format!("none found{why}; install ca-certificates, or set SSL_CERT_FILE");
            return Err(Error::settings("the system's certificate authorities", reason));
        }
        return Ok(store);
    };
    let what = "the certificate authority";
    for certificate in certificates(what, pem)? {
        store.add(certificate).map_err(|error| Error::settings(what, error.to_string()))?;
    }
    Ok(store)
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(Error::settings(what, "no `-----BEGIN CERTIFICATE-----` found")),
        Err(error) => Err(Error::settings(what, format!("not valid PEM: {error}"))),
    }
}
