//! A store that speaks S3. Where it is, and who asks, is told by the usual variables: `AWS_ENDPOINT`, `AWS_ALLOW_HTTP`,
//! `AWS_REGION`, `AWS_ACCESS_KEY_ID` and so on.

use std::collections::BTreeMap;
use std::env;
use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, ClientConfigKey, Error, GetOptions, ObjectStore as _, ObjectStoreExt as _,
    PutMode, RetryConfig,
};
use tokio::runtime::{Builder, Runtime};

use super::refusal::refused;
use super::{AFTER_SCHEME, S3 as SCHEME, Store};
use crate::sweep::SweepError;

/// How often a request is made again that failed in a way that may pass. A scheduler tries again after that.
const RETRIES: usize = 8;
/// The longest wait between two of them; the first is a fortieth of it.
const WAIT_MAX: Duration = Duration::from_secs(4);
/// No request is begun again after so long.
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);
/// Limits of a request that the environment does not set: files are large, and a line that is dead gives nothing.
const LIMITS: [(&str, ClientConfigKey, &str); 2] = [
    ("AWS_TIMEOUT", ClientConfigKey::Timeout, "1 hour"),
    (
        "AWS_READ_TIMEOUT",
        ClientConfigKey::ReadTimeout,
        "30 seconds",
    ),
];

/// Every bucket of the one store that the environment tells of.
pub(super) struct Buckets {
    runtime: Runtime,
    retry: RetryConfig,
    known: Mutex<BTreeMap<String, Arc<AmazonS3>>>,
}

/// The store, made when it is first asked for.
pub(super) fn shared() -> io::Result<&'static Buckets> {
    static SHARED: OnceLock<Buckets> = OnceLock::new();
    if SHARED.get().is_none() {
        let made = Buckets::new(RETRIES)?;
        // Another thread may have been faster; its own serves as well.
        let _ = SHARED.set(made);
    }
    SHARED
        .get()
        .ok_or_else(|| io::Error::other("the store cannot be set up"))
}

/// Bucket and key of an address.
fn parts(place: &Path) -> io::Result<(&str, Key)> {
    let wrong = |what: &str| {
        let place = place.display();
        io::Error::other(SweepError::Usage(format!(
            "{place}: {what}; write {SCHEME}{AFTER_SCHEME}BUCKET/PATH"
        )))
    };
    let text = place.to_str().ok_or_else(|| wrong("is no plain text"))?;
    let (_, rest) = text.split_once(AFTER_SCHEME).unwrap_or_default();
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        return Err(wrong("names no bucket"));
    }
    // Where paths are joined by another sign.
    let key = if cfg!(windows) {
        key.replace('\\', "/")
    } else {
        key.to_string()
    };
    let key = Key::parse(key.trim_matches('/')).map_err(|why| wrong(&why.to_string()))?;
    Ok((bucket, key))
}

impl Buckets {
    fn new(retries: usize) -> io::Result<Self> {
        // An error says that somebody has chosen before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Of its own, so that connections are looked after between two requests.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            retry: RetryConfig {
                backoff: BackoffConfig {
                    init_backoff: WAIT_MAX / 40,
                    max_backoff: WAIT_MAX,
                    base: 2.0,
                },
                max_retries: retries,
                retry_timeout: RETRY_TIMEOUT,
            },
            known: Mutex::default(),
        })
    }

    fn bucket(&self, place: &Path, name: &str) -> io::Result<Arc<AmazonS3>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = known.get(name) {
            return Ok(Arc::clone(bucket));
        }
        let mut builder = AmazonS3Builder::from_env();
        for (variable, key, value) in LIMITS {
            if env::var_os(variable).is_none() {
                builder = builder.with_config(AmazonS3ConfigKey::Client(key), value);
            }
        }
        may_be_plain(&builder)?;
        let built = builder
            .with_bucket_name(name)
            .with_retry(self.retry.clone())
            .build();
        let bucket = Arc::new(built.map_err(|why| {
            let place = place.display();
            let text = format!("{place}: the AWS_ variables tell of no store: {why}; correct them");
            io::Error::other(SweepError::Usage(text))
        })?);
        known.insert(name.to_string(), Arc::clone(&bucket));
        Ok(bucket)
    }

    /// Does something with an object, and waits for it.
    fn ask<T, F>(
        &self,
        place: &Path,
        what: impl FnOnce(Arc<AmazonS3>, Key) -> F,
    ) -> io::Result<Result<T, Error>>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let (name, key) = parts(place)?;
        let bucket = self.bucket(place, name)?;
        Ok(self.runtime.block_on(what(bucket, key)))
    }

    fn write(&self, place: &Path, bytes: &[u8], mode: PutMode) -> io::Result<Result<(), Error>> {
        let bytes = bytes.to_vec();
        self.ask(place, |bucket, key| async move {
            bucket.put_opts(&key, bytes.into(), mode.into()).await?;
            Ok(())
        })
    }
}

/// A store without encryption is meant, or it is refused here: the request would fail with less to say.
fn may_be_plain(builder: &AmazonS3Builder) -> io::Result<()> {
    let value = |key| builder.get_config_value(&key).unwrap_or_default();
    let mut endpoints = [AmazonS3ConfigKey::Endpoint, AmazonS3ConfigKey::S3Endpoint]
        .map(value)
        .into_iter();
    let allowed = value(AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
    match endpoints.find(|endpoint| endpoint.starts_with("http://")) {
        Some(endpoint) if allowed != "true" => Err(io::Error::other(SweepError::Usage(format!(
            "AWS_ENDPOINT: {endpoint} is not encrypted; give an https:// address, or allow it with AWS_ALLOW_HTTP=true"
        )))),
        _ => Ok(()),
    }
}

impl Store for Buckets {
    fn read(&self, place: &Path, to: &mut dyn Write) -> io::Result<()> {
        let read = self.ask(place, |bucket, key| async move {
            let found = bucket.get_opts(&key, GetOptions::default()).await?;
            let mut chunks = found.into_stream();
            while let Some(chunk) = chunks.next().await {
                if let Err(why) = to.write_all(&chunk?) {
                    return Ok(Err(why));
                }
            }
            Ok(Ok(()))
        })?;
        read.map_err(|why| refused(place, &why))?
    }

    fn put(&self, place: &Path, bytes: &[u8]) -> io::Result<()> {
        let put = self.write(place, bytes, PutMode::Overwrite)?;
        put.map_err(|why| refused(place, &why))
    }

    /// A request that is made again may find what the first one put: then it says that something is there.
    fn put_new(&self, place: &Path, bytes: &[u8]) -> io::Result<bool> {
        match self.write(place, bytes, PutMode::Create)? {
            Ok(()) => Ok(true),
            Err(Error::AlreadyExists { .. }) => Ok(false),
            Err(why) => Err(refused(place, &why)),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let listed = self.ask(folder, |bucket, key| async move {
            bucket.list_with_delimiter(Some(&key)).await
        })?;
        let listed = listed.map_err(|why| refused(folder, &why))?;
        let objects = listed.objects.iter();
        let names = objects.filter_map(|object| object.location.filename());
        Ok(names.map(|name| folder.join(name)).collect())
    }

    fn delete(&self, place: &Path) -> io::Result<()> {
        let deleted = self.ask(
            place,
            |bucket, key| async move { bucket.delete(&key).await },
        )?;
        deleted.map_err(|why| refused(place, &why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_bucket_and_a_key() {
        let of = |text: &str| parts(Path::new(text)).map(|(bucket, key)| format!("{bucket} {key}"));
        assert_eq!(of("s3://b/sweep/plan.json").unwrap(), "b sweep/plan.json");
        assert_eq!(of("s3://b/sweep/").unwrap(), "b sweep");
        assert_eq!(of("s3://b").unwrap(), "b ");
        for bad in ["s3://", "s3:///key", "s3://b/a//b", "s3://b/../c"] {
            let said = of(bad).unwrap_err().to_string();
            assert!(said.contains("write s3://BUCKET/PATH"), "{bad}: {said}");
        }
    }
}
