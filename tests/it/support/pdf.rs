//! PDF files written object by object.

/// A file of these objects, numbered from 1; the first is the catalogue. `trailer` is added to the trailer.
pub(crate) fn file<T: AsRef<[u8]>>(objects: &[T], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = String::new();
    for (index, object) in objects.iter().enumerate() {
        places.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend(format!("{} 0 obj\n", index + 1).into_bytes());
        file.extend_from_slice(object.as_ref());
        file.extend_from_slice(b"\nendobj\n");
    }
    let (start, size) = (file.len(), objects.len() + 1);
    let table = format!("xref\n0 {size}\n0000000000 65535 f \n{places}");
    let root = format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>");
    file.extend(format!("{table}{root}\nstartxref\n{start}\n%%EOF\n").into_bytes());
    file
}
