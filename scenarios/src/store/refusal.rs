//! Why a store did not do what it was asked, and whether it may when it is asked again.

use std::io;
use std::path::Path;

use object_store::Error;

use crate::sweep::SweepError;

/// What the library's text of an answer begins with; its type for it is not public.
const ANSWER: &str = "Server returned non-2xx status code: ";
/// What its text begins with when the bucket is in another region.
const ELSEWHERE: &str = "Received redirect without LOCATION";
/// Longest text of a store that a message repeats.
const REPEATED_MAX: usize = 300;

/// What a failed request came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answer {
    /// Of the answer, when there was one.
    status: Option<u16>,
    /// The store's word for what is wrong, such as `NoSuchBucket`.
    code: String,
}

/// An error of the library as one of a place: that nothing is there, or with all that is to be said.
pub(super) fn refused(place: &Path, why: &Error) -> io::Error {
    let answer = answer(why);
    let missing = matches!(why, Error::NotFound { .. }) || answer.status == Some(404);
    if missing && answer.code != "NoSuchBucket" {
        return io::Error::new(io::ErrorKind::NotFound, "there is no such object");
    }
    io::Error::other(sweep_error(place, why, &answer))
}

fn sweep_error(place: &Path, why: &Error, answer: &Answer) -> SweepError {
    let place = place.display();
    let said = said(why, answer);
    match (why, answer.status) {
        (Error::NotFound { .. }, _) | (_, Some(404)) => SweepError::Permanent(format!(
            "{place}: the store has no such bucket; make it, or correct the address or AWS_ENDPOINT"
        )),
        (Error::PermissionDenied { .. } | Error::Unauthenticated { .. }, _)
        | (_, Some(401 | 403)) => SweepError::Permanent(format!(
            "{place}: the store forbids it ({said}); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they \
             may do"
        )),
        (_, Some(status)) if is_final(status) => SweepError::Permanent(format!(
            "{place}: the store refuses ({said}); check the address, AWS_REGION and AWS_ENDPOINT"
        )),
        (
            Error::NotImplemented { .. } | Error::NotSupported { .. } | Error::InvalidPath { .. },
            _,
        ) => SweepError::Permanent(format!("{place}: the store cannot do it ({said})")),
        _ => SweepError::Temporary(format!(
            "{place}: the store does not answer as it should ({said}); try again, or check AWS_ENDPOINT{}",
            without_key()
        )),
    }
}

/// Answers that would be the same again: what the client did wrong, and a bucket that is elsewhere.
fn is_final(status: u16) -> bool {
    (300..500).contains(&status) && !matches!(status, 408 | 409 | 412 | 425 | 429)
}

/// Without a key, the machine's own service is asked for one, and that is what may have failed.
fn without_key() -> &'static str {
    let variables = ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"];
    if variables
        .iter()
        .any(|name| std::env::var_os(name).is_some())
    {
        ""
    } else {
        " (and AWS_ACCESS_KEY_ID, which is not set)"
    }
}

/// The store's own words, or the innermost reason: the ones around it repeat the request.
fn said(why: &Error, answer: &Answer) -> String {
    let text = match answer.status {
        Some(status) => format!("{status} {}", answer.code),
        None => causes(why).last().unwrap_or_default(),
    };
    let text: String = text.trim().chars().take(REPEATED_MAX).collect();
    text.replace('\n', " ")
}

/// An error and what caused it, from the outermost on.
fn causes(why: &Error) -> impl Iterator<Item = String> {
    let first: &(dyn std::error::Error + 'static) = why;
    let chain = std::iter::successors(Some(first), |cause| cause.source());
    chain.map(ToString::to_string)
}

fn answer(why: &Error) -> Answer {
    let found = causes(why).find_map(|text| read(&text));
    found.unwrap_or_default()
}

/// An answer from its text: the status, and the code of the document that comes with it.
fn read(text: &str) -> Option<Answer> {
    if text.starts_with(ELSEWHERE) {
        let code = "the bucket is in another region".to_string();
        return Some(Answer {
            status: Some(301),
            code,
        });
    }
    let answer = text.strip_prefix(ANSWER)?;
    let code = answer.split_once("<Code>");
    let code = code.and_then(|(_, rest)| rest.split_once("</Code>"));
    Some(Answer {
        status: answer.get(..3)?.parse().ok(),
        code: code.map_or_else(String::new, |(code, _)| code.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let text = format!("{ANSWER}404 Not Found: <Error><Code>NoSuchBucket</Code></Error>");
        let answer = read(&text).unwrap();
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (Some(404), "NoSuchBucket")
        );
        let answer = read(&format!("{ANSWER}503 Service Unavailable: ")).unwrap();
        assert_eq!((answer.status, answer.code.as_str()), (Some(503), ""));
        assert_eq!(read("HTTP error: 404"), None);
        for (status, is) in [
            (301, true),
            (400, true),
            (429, false),
            (500, false),
            (503, false),
        ] {
            assert_eq!(is_final(status), is, "{status}");
        }
    }
}
