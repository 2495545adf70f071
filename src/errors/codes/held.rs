//! Pages of `H….`: why an item waits for something other than a person at a desk.

use super::Code;

pub(super) const PAGES: &[Code] = &[
    Code {
        code: "H0101",
        title: "the model is missing",
        page: r"The weights of the model are not on this machine, or their checksum is wrong. Rules and people go on without it.

What to do: `vorlage model fetch`. Waiting items go on by themselves.
",
    },
    Code {
        code: "H0102",
        title: "the model cannot be reached",
        page: r"The server or the process of the model does not answer. After five failures in a row it is left alone and asked
only now and then, without end: after half a minute, then ever more seldom, at least every five minutes. Nothing is
counted against the items that wait.

What to do: see whether it runs and whether its address in `connectors/` is right. Waiting items go on by themselves.
",
    },
    Code {
        code: "H0103",
        title: "the output cannot be reached",
        page: r"The approved draft could not be delivered because the other side does not answer. It is tried again, ever more seldom,
and it is delivered once. After five failures in a row the output is left alone and tried with one delivery only now
and then, at least every five minutes; as soon as that works, everything that waits goes out, in order. After
`limits.give_up_days` it is laid before a person (H0106).

What to do: see whether the other side runs, and whether its address in `connectors/` is right.
",
    },
    Code {
        code: "H0104",
        title: "it is uncertain whether it was delivered",
        page: r"The connection broke at the moment of delivery. Trying again could deliver twice, so a person decides.

What to do: look at the other side whether it arrived. Then mark it as delivered, or deliver it again.
",
    },
    Code {
        code: "H0105",
        title: "the other side refused",
        page: r"The other side answered and said no: an unknown recipient, a full mailbox, a wrong password. Trying again changes
nothing.

What to do: read the reason on the item's page or with `vorlage show ITEM`, remove it, and deliver it again there.
",
    },
    Code {
        code: "H0106",
        title: "the delivery was given up",
        page: r"The approved draft could not be delivered for `limits.give_up_days` days. It has certainly not arrived.

What to do: read the last reason with the item. When the other side works again, have it delivered once more; or deliver
it another way and mark it as delivered.
",
    },
    Code {
        code: "H0107",
        title: "the item could not be worked on",
        page: r"A stage failed again and again, or the item's own records do not fit together. The item was put aside so that nothing
else waits for it, and nothing is lost.

What to do: read the reason with `vorlage show ITEM` and remove it. Choosing a class on the item's page has it tried
once more. Please report the reason if it is a mistake of this program.
",
    },
    Code {
        code: "H0108",
        title: "the reply came back",
        page: r"A mail server reports that the approved reply did not reach its recipient. The status tells why: 5.1.1 an unknown
address, 5.2.2 a full mailbox, 5.7.1 refused by a rule; `4` at the front means that it was tried for days. The report
itself is in the item's history.

What to do: find out the right address or another way to reach the person. Send it again when the cause is gone (a full
mailbox); else mark it as settled once the person was told in another way.
",
    },
    Code {
        code: "H0109",
        title: "no program may answer this mail",
        page: r"The reply was approved, but a program wrote the mail, or its header forbids automatic answers, or it would go to
the office's own address. Such a mail is not sent by itself, so that two programs never answer each other.

What to do: mark it as settled. If somebody should have the reply all the same, send it from your mail program, or let
the class deliver into the Drafts folder too.
",
    },
    Code {
        code: "H0110",
        title: "the item that a report is about is busy",
        page: r"A report or an automatic answer belongs to an item that is being delivered, or waits for another decision, at this
moment. It is tried again by itself.

What to do: nothing, as a rule. If it stays so, decide the item that it names.
",
    },
    Code {
        code: "H0111",
        title: "this address got many replies today",
        page: r"So many replies went to one address within 24 hours that the next one waits (`policy.replies_per_day`). Often
two programs answer each other then.

What to do: look at what this sender wrote. If a person is behind it, send the reply; else mark it as settled, and tell
whoever runs the program that writes to you.
",
    },
    Code {
        code: "H0112",
        title: "the model does not answer to this item",
        page: r"The model answers other questions, but three times it failed at this item, or needed longer than
`timeout_seconds`. Nothing else waits for it any more.

What to do: choose the class by hand, or go on without the model. If many items end so, give the model more time or more
memory.
",
    },
    Code {
        code: "H0113",
        title: "the other side puts the delivery off",
        page: r"The other side works, but does not take this delivery now: an unknown sender it lets wait (greylisting), a full
mailbox, an earlier attempt that it still works on. It is tried again, ever more seldom, and laid before a person after
`limits.give_up_days` (H0106).

What to do: nothing at first. If it stays so, read the other side's words with the item.
",
    },
    Code {
        code: "H0114",
        title: "it waits for its turn at the output",
        page: r"More was approved than `per_minute` of the output allows. Everything goes out in order.

What to do: nothing. If it takes too long, raise `per_minute` in the output's file.
",
    },
];
