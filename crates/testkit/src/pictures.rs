//! Pictures that the server accepts.

const SIDE: u32 = 240;

/// A grey square as an uncompressed TIFF: large enough in pixels and bytes for an ID or a face (B220).
///
/// `shade` tells one picture from another.
pub fn picture(shade: u8) -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    let entries = [
        (256, LONG, SIDE),        // width
        (257, LONG, SIDE),        // height
        (258, SHORT, 8),          // bits a sample
        (259, SHORT, 1),          // not compressed
        (262, SHORT, 1),          // black is zero
        (273, LONG, 0),           // where the pixels begin, filled in below
        (277, SHORT, 1),          // samples a pixel
        (278, LONG, SIDE),        // rows a strip
        (279, LONG, SIDE * SIDE), // bytes a strip
    ];
    let directory = 2 + 12 * u32::try_from(entries.len()).unwrap_or(0) + 4;
    let pixels = 8 + directory;
    let mut bytes = Vec::from(*b"II*\0\x08\0\0\0");
    bytes.extend(u16::try_from(entries.len()).unwrap_or(0).to_le_bytes());
    for (tag, kind, value) in entries {
        let value = if tag == 273 { pixels } else { value };
        bytes.extend(u16::to_le_bytes(tag));
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(0_u32.to_le_bytes());
    bytes.resize(bytes.len() + (SIDE * SIDE) as usize, shade);
    bytes
}
