//! A root of our own, and certificates that it signed or that nobody did.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::net::Trust;

/// A certificate authority, with its root in a file.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    folder: tempfile::TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The root's file.
    pub(crate) fn path(&self) -> PathBuf {
        let path = self.folder.path().join("root.pem");
        std::fs::write(&path, &self.pem).unwrap();
        path
    }

    /// Who trusts it.
    pub(crate) fn trust(&self) -> Trust {
        Trust::with_roots_of(&self.path()).unwrap()
    }

    /// A server's settings with a certificate for a name, good until the end of a year.
    pub(crate) fn server(&self, name: &str, until: i32) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_string()]).unwrap();
        params.not_after = date_time_ymd(until, 12, 31);
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        settings(signed.der().clone(), &key)
    }
}

/// A server's settings with a certificate for a name that nobody signed but itself.
pub(crate) fn self_signed(name: &str) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_string()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "nobody");
    settings(params.self_signed(&key).unwrap().der().clone(), &key)
}

fn settings(certificate: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Arc::new(config)
}
