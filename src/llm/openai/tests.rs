//! What servers do rarely, each against a stub that does it always.

use super::stub::{answer, stub};
use super::*;

fn prompt() -> Prompt {
    Prompt { system: "s".into(), turns: vec!["q".into()] }
}

fn options() -> Vec<String> {
    vec!["hund".into(), "rechnung".into()]
}

async fn choose(status: u16, body: &str) -> (Result<Chosen, Error>, usize) {
    let stub = stub(status, body.to_owned()).await;
    let model = OpenAi::new(Settings::new(&stub.url, "m"));
    let chosen = model.choose(&prompt(), &options()).await;
    (chosen, stub.requests())
}

#[tokio::test]
async fn a_busy_or_broken_server_is_asked_once_and_is_unreachable() {
    let loading = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
    for (status, body) in
        [(503, loading), (429, "slow down"), (502, "<html>Bad Gateway</html>"), (401, "{}")]
    {
        let (chosen, requests) = choose(status, body).await;
        assert!(matches!(chosen, Err(Error::Unreachable { .. })), "{status}: {chosen:?}");
        assert_eq!(requests, 1, "{status}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let model = OpenAi::new(Settings::new("http://127.0.0.1:9/v1", "m"));
    assert!(matches!(model.ready().await, Err(Error::Unreachable { .. })));
}

#[tokio::test]
async fn what_is_not_an_answer_is_misshapen_and_its_text_is_not_told() {
    let cut = r#"{"choices":[{"finish_reason":"length","message":{"content":"\"hu"}}]}"#;
    let thinking = answer("<think>Geheimnis</think>\"hund\"");
    let hidden = r#"{"choices":[{"message":{"content":"","reasoning_content":"Geheimnis"}}]}"#;
    let other = answer("\"Geheimnis\"");
    for body in ["Geheimnis", "<html>Geheimnis</html>", "{}", "[]", cut, &thinking, hidden, &other]
    {
        let (chosen, requests) = choose(200, body).await;
        let Err(Error::Misshapen(why)) = chosen else { panic!("{body}: {chosen:?}") };
        assert!(!why.contains("Geheimnis"), "{why}");
        assert_eq!(requests, 1);
    }
}

#[tokio::test]
async fn a_question_that_does_not_fit_is_too_long() {
    let llama = r#"{"error":{"code":400,"type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096,
        "message":"the request exceeds the available context size"}}"#;
    let chosen = choose(400, llama).await.0;
    assert!(matches!(chosen, Err(Error::TooLong { tokens: 9000, limit: 4096 })), "{chosen:?}");
    let vllm = r#"{"object":"error","code":400,"message":"This model's maximum context length is 4096 tokens."}"#;
    assert!(matches!(choose(400, vllm).await.0, Err(Error::TooLong { .. })));
    assert!(matches!(choose(400, "{}").await.0, Err(Error::Misshapen(_))));
}

#[tokio::test]
async fn servers_with_odd_habits_are_understood() {
    let odd = r#"{"created":1.5,"service_tier":"local","choices":[{"finish_reason":"abort","index":"0",
        "message":{"role":"assistant","content":"\"rechnung\"","reasoning_content":null}}]}"#;
    let chosen = choose(200, odd).await.0.unwrap();
    assert!((chosen.shares[1] - 0.6).abs() < 1e-6, "{:?}", chosen.shares);
    assert!((chosen.shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
}

#[tokio::test]
async fn values_that_do_not_stand_in_the_material_are_left_out() {
    let stub =
        stub(200, answer(r#"{"name": "Jana  Müller", "chip": "999", "art": "Katze"}"#)).await;
    let model = OpenAi::new(Settings::new(&stub.url, "m"));
    let passage = |name: &str| Blank { name: name.into(), answers: Answers::Passage(3) };
    let art = Blank { name: "art".into(), answers: Answers::OneOf(vec!["Hund".into()]) };
    let form = [passage("name"), passage("chip"), art];
    let filled = model.fill(&prompt(), &form, "Es grüßt\nJana\nMüller").await.unwrap();
    let values: Vec<Option<&str>> =
        filled.values.iter().map(|filled| filled.value.as_deref()).collect();
    assert_eq!(values, [Some("Jana Müller"), None, None]);
}

#[tokio::test]
async fn the_start_up_question_wants_its_known_answer() {
    let right = stub(200, answer(r#""invoice""#)).await;
    assert!(OpenAi::new(Settings::new(&right.url, "m")).ready().await.is_ok());
    let wrong = stub(200, answer(r#""complaint""#)).await;
    let ready = OpenAi::new(Settings::new(&wrong.url, "m")).ready().await;
    assert!(matches!(ready, Err(Error::Misshapen(_))), "{ready:?}");
}

#[tokio::test]
async fn what_a_server_can_is_found_out_by_asking() {
    async fn skills(body: String) -> Vec<bool> {
        let stub = stub(200, body).await;
        let skills = OpenAi::new(Settings::new(&stub.url, "m")).skills().await.unwrap();
        skills.iter().map(|it| it.is_there).collect()
    }
    // It cannot have come upon this word by itself.
    let kept = answer(r#""xylophone-41""#);
    assert_eq!(skills(kept.clone()).await, [true, false]);
    let likely = r#""logprobs":{"content":[{"token":"\"","logprob":-0.1,
        "top_logprobs":[{"token":"\"","logprob":-0.1}]}]},"message""#;
    assert_eq!(skills(kept.replacen("\"message\"", likely, 1)).await, [true, true]);
    assert_eq!(skills(answer("The sea is blue.")).await, [false, false]);
}

#[tokio::test]
async fn a_silent_server_times_out() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let timeout = Duration::from_millis(50);
    let model = OpenAi::new(Settings { timeout, ..Settings::new(url, "m") });
    assert!(matches!(model.ready().await, Err(Error::TimedOut { .. })));
}
