//! Shows MQTT packets.
#[path = "common/dump.rs"]
mod dump;
fn main() -> std::io::Result<()> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let mut out = anstream::stdout().lock();
    let mut decoder = mqtt_wire::Decoder::learning();
    let mut rest = &bytes[..];
    while let Ok(mqtt_wire::FrameLen::Total(n)) = decoder.frame_len(rest) {
        let (frame, after) = rest.split_at(n.min(rest.len()));
        dump::dump(&mut out, &decoder, frame, Default::default())?;
        if decoder.decode(frame).is_err() {
            decoder = mqtt_wire::Decoder::new(mqtt_wire::Version::V5_0);
        }
        rest = after;
        println!();
    }
    Ok(())
}
