//! Writes a GGUF file, the form in which llama.cpp reads weights.
//!
//! Source: the specification of GGUF version 3, `docs/gguf.md` of ggml (MIT).

use std::io::{self, Write};

/// Tensors begin at multiples of so many bytes (`general.alignment` by default).
const ALIGNMENT: usize = 32;

/// A value of the file's head.
pub(super) enum Value<'a> {
    Number(u32),
    Float(f32),
    Truth(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
    Numbers(Vec<i32>),
    Floats(Vec<f32>),
    Texts(Vec<&'a [u8]>),
}

/// How the numbers of a tensor are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// Four bytes each.
    F32 = 0,
    /// Blocks of 32 with one scale: 18 bytes.
    Q4 = 2,
}

/// A tensor as it will lie in the file.
pub(super) struct Tensor<'a> {
    pub(super) name: String,
    /// The length of a row, and how many rows; a vector has one.
    pub(super) columns: usize,
    pub(super) rows: Option<usize>,
    pub(super) packing: Packing,
    pub(super) bytes: &'a [u8],
}

/// A whole file: the values in their order, then the tensors.
pub(super) fn write(
    to: &mut impl Write,
    values: &[(&str, Value<'_>)],
    tensors: &[Tensor<'_>],
) -> io::Result<()> {
    let mut head = Vec::new();
    head.extend(b"GGUF");
    head.extend(3_u32.to_le_bytes());
    count(&mut head, tensors.len());
    count(&mut head, values.len());
    for (key, value) in values {
        text(&mut head, key.as_bytes());
        put(&mut head, value);
    }
    let mut at = 0_usize;
    for tensor in tensors {
        text(&mut head, tensor.name.as_bytes());
        let sides = [Some(tensor.columns), tensor.rows];
        let sides: Vec<usize> = sides.into_iter().flatten().collect();
        head.extend((sides.len() as u32).to_le_bytes());
        sides.into_iter().for_each(|side| count(&mut head, side));
        head.extend((tensor.packing as u32).to_le_bytes());
        count(&mut head, at);
        at += tensor.bytes.len().next_multiple_of(ALIGNMENT);
    }
    head.resize(head.len().next_multiple_of(ALIGNMENT), 0);
    to.write_all(&head)?;
    for tensor in tensors {
        to.write_all(tensor.bytes)?;
        let length = tensor.bytes.len();
        to.write_all(&vec![0; length.next_multiple_of(ALIGNMENT) - length])?;
    }
    Ok(())
}

fn put(head: &mut Vec<u8>, value: &Value<'_>) {
    let mut kind = |kind: u32| head.extend(kind.to_le_bytes());
    match value {
        Value::Number(_) => kind(4),
        Value::Float(_) => kind(6),
        Value::Truth(_) => kind(7),
        Value::Text(_) => kind(8),
        Value::Bytes(_) => [9, 0].into_iter().for_each(kind),
        Value::Numbers(_) => [9, 5].into_iter().for_each(kind),
        Value::Floats(_) => [9, 6].into_iter().for_each(kind),
        Value::Texts(_) => [9, 8].into_iter().for_each(kind),
    }
    match value {
        Value::Number(it) => head.extend(it.to_le_bytes()),
        Value::Float(it) => head.extend(it.to_le_bytes()),
        Value::Truth(it) => head.push(u8::from(*it)),
        Value::Text(it) => text(head, it.as_bytes()),
        Value::Bytes(all) => text(head, all),
        Value::Numbers(all) => {
            count(head, all.len());
            all.iter().for_each(|it| head.extend(it.to_le_bytes()));
        }
        Value::Floats(all) => {
            count(head, all.len());
            all.iter().for_each(|it| head.extend(it.to_le_bytes()));
        }
        Value::Texts(all) => {
            count(head, all.len());
            all.iter().for_each(|it| text(head, it));
        }
    }
}

fn count(head: &mut Vec<u8>, count: usize) {
    head.extend((count as u64).to_le_bytes());
}

fn text(head: &mut Vec<u8>, text: &[u8]) {
    count(head, text.len());
    head.extend(text);
}
