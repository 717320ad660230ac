//! What a page carries besides its text: scripts that are allowed by their hash, and data that no text can break out of.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::PageError;

/// The chart library; `assets/fetch` says which version and renews it.
pub(super) const LIBRARY: &str = include_str!("../../assets/echarts.common.min.js");
/// The page's own scripts, each a part of one.
const PARTS: [&str; 6] = [
    include_str!("../../templates/page.js"),
    include_str!("../../templates/charts.js"),
    include_str!("../../templates/plots.js"),
    include_str!("../../templates/studies.js"),
    include_str!("../../templates/trips.js"),
    include_str!("../../templates/start.js"),
];

/// The page's own script.
pub(super) fn script() -> String {
    format!("\"use strict\";\n(() => {{\n{}}})();\n", PARTS.concat())
}

/// The page's rules for itself: nothing is loaded, and only these scripts run.
pub(super) fn policy(scripts: &[&str]) -> String {
    let mut policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      script-src"
            .to_owned();
    for script in scripts {
        let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
        policy.push_str(" 'sha256-");
        policy.push_str(&hash);
        policy.push('\'');
    }
    policy
}

/// Data as JSON that may stand in a script element: no text in it ends the element.
pub(super) fn data(value: &impl Serialize) -> Result<String, PageError> {
    let mut text = serde_json::to_string(value)?;
    for (active, harmless) in [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")] {
        if text.contains(active) {
            text = text.replace(active, harmless);
        }
    }
    Ok(text)
}

/// Much data: JSON, deflated (zlib), as base64.
pub(super) fn packed(value: &impl Serialize) -> Result<String, PageError> {
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut deflate, value)?;
    deflate.flush().map_err(PageError::Packed)?;
    let bytes = deflate.finish().map_err(PageError::Packed)?;
    Ok(STANDARD.encode(bytes))
}
