//! Pages of `E04xx`: the staff instruction, which no workflow may exceed.

use super::Code;

pub(super) const PAGES: &[Code] = &[
    Code {
        code: "E0401",
        title: "the automation level is refused",
        page: r"Level 0 works without a model. At level 1 the model proposes and a person confirms. Higher levels would let a machine
act on what strangers write, and this program does not do that.

    [policy]
    automation_level = 2         # refused
    automation_level = 1

What to do: write 0 or 1.
",
    },
    Code {
        code: "E0402",
        title: "the model may not see these data",
        page: r#"The policy says which model may see which classes of data; what it does not name is not allowed. Every workflow states
the class of its data. What `[learning] embeddings` names gets items of every workflow.

    [policy.models]
    hausmodell = ["public", "internal", "personal"]    # a workflow with data_class = "tax" is refused

What to do: ask who answers for the policy. If the model may see the data, add their class; else name another model or
none. Without a model, rules and people do the work.
"#,
    },
    Code {
        code: "E0403",
        title: "the field asks for something forbidden",
        page: r"Emotions, sincerity, personality, political opinion, and origin or health guessed beyond what is written are never
read from what people send (AI Act, Article 5; General Data Protection Regulation, Article 9).

    [class.beschwerde.field.stimmung]    # refused

What to do: take the field out. If the word means something else here, choose another word.
",
    },
    Code {
        code: "E0404",
        title: "a secret stands in clear text",
        page: r#"Files of an office are copied, shown and kept in version control. A secret in them is no secret any more.

    password = "geheim"                           # refused
    password = { credential = "posteingang" }     # right: a systemd credential
    password = { file = "/run/secrets/post" }     # right: a file with nothing but the secret

What to do: move the secret, change it, and refer to it. `LoadCredential=posteingang:/etc/vorlage/posteingang` in the
unit makes the credential.
"#,
    },
];
