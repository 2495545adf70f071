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
        page: r"The server or the process of the model does not answer. It is asked again, ever more slowly, without end.

What to do: see whether it runs and whether its address in `connectors/` is right. Waiting items go on by themselves.
",
    },
    Code {
        code: "H0103",
        title: "the output cannot be reached",
        page: r"The approved draft could not be delivered because the other side does not answer. It is tried again without end, and
it is delivered once.

What to do: see whether the other side runs. `vorlage show ITEM` tells the attempts and the next one.
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
        code: "H0107",
        title: "the item could not be worked on",
        page: r"A stage failed again and again, or the item's own records do not fit together. The item was put aside so that nothing
else waits for it, and nothing is lost.

What to do: read the reason with `vorlage show ITEM` and remove it. Choosing a class on the item's page has it tried
once more. Please report the reason if it is a mistake of this program.
",
    },
];
