//! Somebody at the pages, with a browser that knows just enough: forms, a cookie, redirections.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::office::PASSWORD;
use super::until;

/// What came back.
pub(crate) struct Answer {
    /// Of HTTP.
    pub(crate) status: u16,
    /// Where it leads, or "".
    pub(crate) location: String,
    /// The page.
    pub(crate) body: String,
    cookie: String,
}

/// Asks for a page without signing in. `None` when nobody listens.
pub(crate) fn get(port: u16, path: &str) -> Option<Answer> {
    ask(port, &format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"))
}

/// One request, one connection: with HTTP/1.0 the server ends it after its answer.
fn ask(port: u16, request: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let header = |name: &str| {
        let mut pairs = head.lines().filter_map(|line| line.split_once(':'));
        pairs
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value.trim())
            .to_owned()
    };
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        location: header("location"),
        cookie: header("set-cookie").split(';').next().unwrap_or_default().to_owned(),
        body: body.to_owned(),
    })
}

/// Somebody who is signed in.
pub(crate) struct Visitor {
    port: u16,
    cookie: String,
}

impl Visitor {
    /// Signs in.
    pub(crate) fn sign_in(port: u16, name: &str) -> Self {
        let mut visitor = Self { port, cookie: String::new() };
        let wrong =
            visitor.post("/sign-in", &[("name", name), ("password", "falsch"), ("next", "/")]);
        assert_eq!((wrong.status, wrong.cookie.as_str()), (422, ""));
        let answer =
            visitor.post("/sign-in", &[("name", name), ("password", PASSWORD), ("next", "/")]);
        assert_eq!(answer.status, 303, "{}", answer.body);
        visitor.cookie = answer.cookie;
        visitor
    }

    /// The same person at a copy of the office.
    pub(crate) fn at(&self, port: u16) -> Self {
        Self { port, cookie: self.cookie.clone() }
    }

    /// Looks at a page.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.try_get(path).unwrap()
    }

    /// Looks at a page of a daemon that may be gone.
    pub(crate) fn try_get(&self, path: &str) -> Option<Answer> {
        let head = format!("Host: 127.0.0.1:{}\r\nCookie: {}\r\n", self.port, self.cookie);
        ask(self.port, &format!("GET {path} HTTP/1.0\r\n{head}\r\n"))
    }

    /// Sends a form.
    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.try_post(path, form).unwrap()
    }

    /// Sends a form to a daemon that may be gone.
    pub(crate) fn try_post(&self, path: &str, form: &[(&str, &str)]) -> Option<Answer> {
        let pairs: Vec<String> = form
            .iter()
            .map(|(key, value)| format!("{}={}", encoded(key), encoded(value)))
            .collect();
        let body = pairs.join("&");
        let head = format!(
            "Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {}\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n",
            self.cookie,
            body.len(),
            port = self.port,
        );
        ask(self.port, &format!("POST {path} HTTP/1.0\r\n{head}\r\n{body}"))
    }

    /// The items that wait in a queue.
    pub(crate) fn items(&self, queue: &str) -> Vec<String> {
        let page = self.get(&format!("/queues/{queue}"));
        assert_eq!(page.status, 200, "{}", page.body);
        links(&page.body)
    }

    /// The items that are held, as the overview shows them.
    pub(crate) fn held(&self) -> Vec<String> {
        links(&self.get("/").body)
    }

    /// Waits until a queue holds so many items.
    pub(crate) fn wait_for(&self, queue: &str, count: usize, seconds: u64) -> Vec<String> {
        let what = format!("{count} items in {queue}");
        until(&what, seconds, || Some(self.items(queue)).filter(|items| items.len() == count))
    }

    /// The page of an item.
    pub(crate) fn item(&self, item: &str) -> String {
        self.get(&format!("/items/{item}")).body
    }

    /// Decides, as the form on the item's page would.
    pub(crate) fn decide(&self, item: &str, what: &str, form: &[(&str, &str)]) -> Answer {
        self.decide_on(&self.item(item), item, what, form)
    }

    /// Decides with the form of a page that was loaded before.
    pub(crate) fn decide_on(
        &self,
        page: &str,
        item: &str,
        what: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        self.try_decide_on(page, item, what, form).unwrap()
    }

    /// The same at a daemon that may be gone.
    pub(crate) fn try_decide_on(
        &self,
        page: &str,
        item: &str,
        what: &str,
        form: &[(&str, &str)],
    ) -> Option<Answer> {
        let hidden = |name: &str| {
            let after = page.split_once(&format!("name=\"{name}\" value=\""));
            after.and_then(|it| it.1.split('"').next()).unwrap_or_default().to_owned()
        };
        let (csrf, version) = (hidden("csrf"), hidden("version"));
        let mut pairs = vec![("csrf", csrf.as_str()), ("version", version.as_str()), ("do", what)];
        pairs.extend(form);
        self.try_post(&format!("/items/{item}/decide"), &pairs)
    }
}

/// The items a page links to, each once, in its order.
pub(crate) fn links(page: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for part in page.split("href=\"/items/").skip(1) {
        let id = part.split(['"', '/']).next().unwrap().to_owned();
        if !items.contains(&id) {
            items.push(id);
        }
    }
    items
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes()
        .map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}
