//! The malware scanner of the house: clamd, asked with `INSTREAM` (clamd(8)). Without an answer an
//! item goes on, and a person is told that nobody looked.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::config::Scan;

/// Bytes of one piece.
const PIECE: usize = 64 << 10;
/// The longest answer that is read.
const ANSWER: u64 = 1024;

/// What a scanner says about some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It knows nothing bad about them.
    Clean,
    /// It found this.
    Found(String),
    /// Nobody looked, because.
    NotScanned(String),
}

/// Asks the scanner. Without one in the settings, `None`.
pub async fn scan(settings: &Scan, bytes: &[u8]) -> Option<Verdict> {
    let place = settings.clamd.as_deref()?;
    if bytes.len() as u64 > settings.max_mb.saturating_mul(1 << 20) {
        let told = format!("larger than {} MB (`scan.max_mb`)", settings.max_mb);
        return Some(Verdict::NotScanned(told));
    }
    let patience = Duration::from_secs(settings.seconds);
    let answer = tokio::time::timeout(patience, ask(place, b"zINSTREAM\0", Some(bytes))).await;
    Some(match answer {
        Err(_) => Verdict::NotScanned(format!("no answer within {} seconds", settings.seconds)),
        Ok(Err(error)) => Verdict::NotScanned(format!("clamd at `{place}`: {error}")),
        Ok(Ok(answer)) => verdict(&answer),
    })
}

/// Whether the scanner answers: its version.
pub async fn version(settings: &Scan) -> Option<Result<String, String>> {
    let place = settings.clamd.as_deref()?;
    let answer = tokio::time::timeout(Duration::from_secs(5), ask(place, b"zVERSION\0", None));
    Some(match answer.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(format!("clamd at `{place}`: {error}")),
        Err(_) => Err(format!("clamd at `{place}` does not answer")),
    })
}

fn verdict(answer: &str) -> Verdict {
    let told = answer.strip_prefix("stream: ").unwrap_or(answer);
    match told.strip_suffix(" FOUND") {
        Some(name) => Verdict::Found(name.to_owned()),
        None if told == "OK" => Verdict::Clean,
        None => Verdict::NotScanned(format!("clamd said `{told}`")),
    }
}

async fn ask(place: &str, command: &[u8], bytes: Option<&[u8]>) -> io::Result<String> {
    if place.starts_with('/') {
        talk(UnixStream::connect(place).await?, command, bytes).await
    } else {
        talk(TcpStream::connect(place).await?, command, bytes).await
    }
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite,
    command: &[u8],
    bytes: Option<&[u8]>,
) -> io::Result<String> {
    let (reading, mut writing) = tokio::io::split(stream);
    let send = async {
        writing.write_all(command).await?;
        for piece in bytes.iter().flat_map(|it| it.chunks(PIECE)) {
            let length = u32::try_from(piece.len()).map_err(io::Error::other)?;
            writing.write_all(&length.to_be_bytes()).await?;
            writing.write_all(piece).await?;
        }
        if bytes.is_some() {
            writing.write_all(&[0; 4]).await?;
        }
        writing.flush().await
    };
    let mut answer = Vec::new();
    let mut reading = reading.take(ANSWER);
    let (sent, read) = tokio::join!(send, reading.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer).trim_matches(['\0', '\n', ' ']).to_owned();
    if answer.is_empty() {
        // It may answer and hang up before it has taken everything; only silence is an error.
        sent.and(read.map(drop))?;
        return Err(io::Error::other("it hung up without an answer"));
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A scanner on loopback that knows the EICAR test file, with another answer if one is given.
    async fn scanner(answer: Option<&'static str>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut command = [0; 10];
            stream.read_exact(&mut command).await.unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            let mut bytes = Vec::new();
            loop {
                let length = stream.read_u32().await.unwrap() as usize;
                if length == 0 {
                    break;
                }
                let mut piece = vec![0; length];
                stream.read_exact(&mut piece).await.unwrap();
                bytes.extend(piece);
            }
            let known = String::from_utf8_lossy(&bytes).contains(&eicar());
            let found = if known { "stream: Eicar-Test-Signature FOUND\0" } else { "stream: OK\0" };
            stream.write_all(answer.unwrap_or(found).as_bytes()).await.unwrap();
        });
        place
    }

    /// The test file of all scanners, put together here so that this file is not taken for one.
    fn eicar() -> String {
        let end = "$H+H*";
        format!("X5O!P%@AP[4\\PZX54(P^)7CC)7}}$EICAR-{}-ANTIVIRUS-TEST-FILE!{end}", "STANDARD")
    }

    async fn check(place: String, bytes: &[u8], expected: Verdict) {
        let settings = Scan { clamd: Some(place), seconds: 5, max_mb: 1, ..Scan::default() };
        assert_eq!(scan(&settings, bytes).await, Some(expected));
    }

    #[tokio::test]
    async fn what_the_scanner_says_is_taken_as_it_says_it() {
        check(scanner(None).await, b"Guten Tag", Verdict::Clean).await;
        let bytes = [vec![b'x'; PIECE + 7], eicar().into_bytes()].concat();
        let found = Verdict::Found("Eicar-Test-Signature".to_owned());
        check(scanner(None).await, &bytes, found).await;
    }

    #[tokio::test]
    async fn without_an_answer_nobody_has_looked() {
        let refused = "INSTREAM size limit exceeded. ERROR\0";
        let told = Verdict::NotScanned(format!("clamd said `{}`", refused.trim_end_matches('\0')));
        check(scanner(Some(refused)).await, b"x", told).await;
        let told = Verdict::NotScanned("larger than 1 MB (`scan.max_mb`)".to_owned());
        check("127.0.0.1:1".to_owned(), &vec![0; 2 << 20], told).await;
        let settings = Scan { clamd: Some("/nowhere/clamd.ctl".to_owned()), ..Scan::default() };
        assert!(matches!(scan(&settings, b"x").await, Some(Verdict::NotScanned(_))));
        assert_eq!(scan(&Scan::default(), b"x").await, None);
    }
}
