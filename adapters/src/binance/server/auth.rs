//! Whose a request is: key, signature over what was sent, and time.

use std::borrow::Cow;
use std::fmt::Write;

use onetape_core::time::{Span, Ts};

use super::args::Args;
use crate::binance::route::Auth;
use crate::credentials::Hash;
use crate::server::Cx;
use crate::server::accounts::AccountId;
use crate::server::wrong::Wrong;
use crate::stamp;

/// How far ahead of the server a client's clock may be.
const AHEAD: Span = Span::from_millis(1_000);
/// How old a request may be where it does not say.
const WINDOW: Span = Span::from_millis(5_000);
/// How old one may say that it may be.
const WINDOW_MAX: Span = Span::from_millis(60_000);

/// What is signed.
pub(super) enum Payload<'a> {
    /// Query and body, as sent.
    Request(&'a str, &'a str),
    /// The parameters of a frame.
    Frame,
}

/// Checks what a request must say of its sender, and takes it out of the parameters.
pub(super) fn check(
    auth: Auth,
    key: Option<&str>,
    payload: &Payload<'_>,
    args: &mut Args,
    cx: &Cx<'_>,
) -> Result<Option<AccountId>, Wrong> {
    match auth {
        Auth::Public => {
            // Clients sign what they need not, and that is not looked at.
            args.ignore(&["apiKey"]);
            Ok(None)
        }
        Auth::Key => {
            let key = key.ok_or(Wrong::NoKey)?;
            // Some clients send time and signature here too.
            args.ignore(&["apiKey", "timestamp", "signature", "recvWindow"]);
            cx.accounts.account(key).ok_or(Wrong::Key).map(Some)
        }
        Auth::Signed => {
            let key = key.ok_or(Wrong::NoKey)?;
            cx.accounts.account(key).ok_or(Wrong::Key)?;
            let signed = signed(payload, args);
            args.ignore(&["apiKey"]);
            let signature = args.text("signature")?;
            let account = cx
                .accounts
                .verify(key, Hash::Sha256, signed.as_bytes(), &signature);
            let account = account.ok_or(Wrong::Signature)?;
            fresh(args, cx.now)?;
            Ok(Some(account))
        }
    }
}

/// Takes time and window out of the parameters of a request without a signature, on a connection that is logged on.
pub(super) fn fresh(args: &mut Args, now: Ts) -> Result<(), Wrong> {
    let window = match args.some("recvWindow")? {
        Some(text) => {
            let told = stamp::of_millis(&text).ok_or(Wrong::Bad("recvWindow"))?;
            Span::from_nanos(told.nanos())
        }
        None => WINDOW,
    };
    if window > WINDOW_MAX {
        return Err(Wrong::Window);
    }
    let sent = args.time("timestamp")?.ok_or(Wrong::Missing("timestamp"))?;
    if sent.since(now) >= AHEAD {
        return Err(Wrong::Early);
    }
    match now.since(sent) > window {
        true => Err(Wrong::Late),
        false => Ok(()),
    }
}

/// The text that is signed: the query followed by the body with nothing between, or the parameters of a frame by name;
/// without the signature itself.
fn signed<'a>(payload: &Payload<'a>, args: &Args) -> Cow<'a, str> {
    match payload {
        Payload::Request(query, body) => Cow::Owned(format!("{}{}", bare(query), bare(body))),
        Payload::Frame => {
            let mut all: Vec<_> = args
                .iter()
                .filter(|(name, _)| *name != "signature")
                .collect();
            all.sort_unstable();
            let mut text = String::new();
            for (name, value) in all {
                let join = if text.is_empty() { "" } else { "&" };
                let _ = write!(text, "{join}{name}={value}");
            }
            Cow::Owned(text)
        }
    }
}

/// Without the parameter that is the signature.
fn bare(text: &str) -> String {
    let parts = text.split('&').filter(|it| !it.starts_with("signature="));
    parts.collect::<Vec<_>>().join("&")
}
