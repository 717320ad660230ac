//! Which certificates are trusted: Mozilla's roots as compiled in, and those of a file that the user names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Why a file of root certificates is not taken.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It cannot be read as PEM.
    #[error("cannot read root certificates from {path}: {why}; it must hold PEM blocks of certificates", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It holds no certificate.
    #[error("{path} holds no certificate; it must hold PEM blocks that begin with BEGIN CERTIFICATE", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The settings of TLS are not possible.
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// The trusted roots, and with them how TLS is spoken: 1.2 or 1.3, names and dates always checked.
#[derive(Clone, Debug)]
pub struct Trust {
    config: Arc<ClientConfig>,
}

impl Trust {
    /// Mozilla's roots, the same on every machine.
    ///
    /// # Errors
    /// [`TrustError::Setup`] when the library refuses its own defaults.
    pub fn public() -> Result<Self, TrustError> {
        Self::of(RootCertStore::from_iter(
            webpki_roots::TLS_SERVER_ROOTS.iter().cloned(),
        ))
    }

    /// Mozilla's roots and those of a PEM file: for a local exchange, or a proxy with a root of its own.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate that can be a root.
    pub fn with_roots_of(path: &Path) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let unreadable = |why: String| TrustError::Unreadable {
            path: path.to_path_buf(),
            why,
        };
        let blocks =
            CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?;
        let mut added = 0;
        for block in blocks {
            let certificate = block.map_err(|error| unreadable(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| unreadable(error.to_string()))?;
            added += 1;
        }
        if added == 0 {
            return Err(TrustError::Empty {
                path: path.to_path_buf(),
            });
        }
        Self::of(roots)
    }

    fn of(roots: RootCertStore) -> Result<Self, TrustError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
        })
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_roots_must_hold_some() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roots.pem");
        let missing = Trust::with_roots_of(&path).unwrap_err().to_string();
        assert!(missing.contains("roots.pem"), "{missing}");
        std::fs::write(&path, "nothing of the kind\n").unwrap();
        let empty = Trust::with_roots_of(&path).unwrap_err();
        assert!(matches!(empty, TrustError::Empty { .. }), "{empty}");
        std::fs::write(
            &path,
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        let damaged = Trust::with_roots_of(&path).unwrap_err();
        assert!(
            matches!(damaged, TrustError::Unreadable { .. }),
            "{damaged}"
        );
        assert!(Trust::public().is_ok());
    }
}
