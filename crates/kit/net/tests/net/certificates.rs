//! Whom the client believes, and what it shows of itself.

use crate::peer::{Peer, whole};
use crate::{client, send};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use robot_net::{Answer, Error, ErrorKind, Method, Server};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, crypto::aws_lc_rs};
use std::sync::Arc;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for `name` and its key.
    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    /// Answers over TLS, `https://127.0.0.1:PORT`; asks for a certificate of `clients`.
    fn serve(&self, name: &str, clients: Option<&Self>) -> Peer {
        let (certificate, key) = self.issue(name);
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(clients.0.der().clone()).unwrap();
                let provider = Arc::new(aws_lc_rs::default_provider());
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config =
            Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap());
        let mut peer = Peer::with(vec![whole(200, "", "hi")], move |stream| {
            let connection = ServerConnection::new(config.clone()).unwrap();
            Box::new(StreamOwned::new(connection, stream))
        });
        peer.url = peer.url.replace("http://", "https://");
        peer
    }
}

fn ask(peer: &Peer, authorities: &str, identity: Option<&str>) -> Result<Answer, Error> {
    send(
        &Server {
            authorities: Some(authorities.as_bytes()),
            identity: identity.map(str::as_bytes),
            ..Server::new(&peer.url, "t")
        },
        Method::Post,
    )
}

#[test]
fn a_server_is_believed_only_with_a_certificate_of_its_authority_and_of_its_name() {
    let authority = Authority::new();
    let peer = authority.serve("127.0.0.1", None);
    assert_eq!(ask(&peer, &authority.pem(), None).unwrap().body, b"hi");
    for (name, trusted) in [("127.0.0.1", Authority::new().pem()), ("other.test", authority.pem())]
    {
        let peer = authority.serve(name, None);
        let error = ask(&peer, &trusted, None).unwrap_err();
        assert!(!error.is_unsure && error.reason.contains("invalid peer certificate"), "{error:?}");
        assert_eq!(peer.asked().len(), 0);
    }
    // By the system's authorities it is unknown.
    let peer = authority.serve("127.0.0.1", None);
    assert!(send(&Server::new(&peer.url, "t"), Method::Get).is_err());
}

#[test]
fn our_certificate_is_shown_to_a_server_that_asks_for_it() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let (certificate, key) = clients.issue("robot.test");
    let identity = certificate.pem() + &key.serialize_pem();
    let peer = servers.serve("127.0.0.1", Some(&clients));
    assert_eq!(ask(&peer, &servers.pem(), Some(&identity)).unwrap().body, b"hi");
    let peer = servers.serve("127.0.0.1", Some(&clients));
    assert!(ask(&peer, &servers.pem(), None).is_err());
    assert_eq!(peer.asked().len(), 0);
}

#[test]
fn our_certificate_is_shown_to_no_other_host() {
    let (authority, other) = (Authority::new(), Peer::start(Vec::new()));
    let (certificate, key) = authority.issue("robot.test");
    let identity = certificate.pem() + &key.serialize_pem();
    let moved = format!("Location: {}/\r\n", other.url);
    let peer = Peer::start(vec![whole(307, &moved, "")]);
    let error = ask(&peer, &authority.pem(), Some(&identity)).unwrap_err();
    assert!(error.reason.contains("client certificate"), "{error}");
    assert_eq!(other.asked().len(), 0);
}

#[test]
fn what_is_no_certificate_or_key_is_said() {
    let authority = Authority::new();
    let (certificate, _) = authority.issue("robot.test");
    let broken = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
    for (authorities, identity, said) in [
        ("", None, "BEGIN CERTIFICATE"),
        (broken, None, "not valid PEM"),
        (&*authority.pem(), Some(certificate.pem()), "private key"),
    ] {
        let server = Server {
            authorities: Some(authorities.as_bytes()),
            identity: identity.as_deref().map(str::as_bytes),
            ..Server::new("https://a.test", "t")
        };
        let error = client(&server).unwrap_err();
        assert!(error.kind == ErrorKind::Settings && error.reason.contains(said), "{error}");
    }
}
