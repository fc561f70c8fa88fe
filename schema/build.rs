//! Compiles the `.proto` files without a protoc binary, and derives from the same files the JSON Schema of events.
//!
//! Knows nothing of what the messages mean: names, types and comments are all it reads.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto};
use serde_json::{Map, Value, json};

const FILES: [&str; 2] = ["event.proto", "session.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    writeln!(std::io::stdout(), "cargo:rerun-if-changed=proto")?;
    let out = std::env::var("OUT_DIR")?;
    let set = protox::compile(FILES, ["proto"])?;
    let descriptor = Path::new(&out).join("descriptor.bin");
    std::fs::write(&descriptor, set.encode_to_vec())?;
    buffa_build::Config::new()
        .files(&FILES)
        .descriptor_set(&descriptor)
        .generate_json(true)
        .unbox_oneof()
        // Events are passed on as they came: they share the frame's memory instead of being copied out of it.
        .use_bytes_type_in(&[".callmart.session.v1.Batch.events", ".callmart.session.v1.Batch.snapshots"])
        .include_file("proto.rs")
        .compile()?;
    // The compiler asks cargo to watch the file that was just written, which would be newer than this run every time.
    std::fs::File::options().write(true).open(&descriptor)?.set_modified(std::time::SystemTime::UNIX_EPOCH)?;
    let events = set.file.iter().find(|f| f.name() == FILES[0]).ok_or("event.proto was not compiled")?;
    let schema = serde_json::to_string_pretty(&json_schema(events))?;
    std::fs::write(Path::new(&out).join("events.schema.json"), schema)?;
    Ok(())
}

/// The JSON Schema of one event as a JSON line, in protobuf's standard JSON mapping.
fn json_schema(file: &FileDescriptorProto) -> Value {
    let comments = comments(file);
    let mut defs = Map::new();
    for (i, message) in file.message_type.iter().enumerate() {
        add_message(&mut defs, message, &[4, i as i32], &comments);
    }
    for (i, en) in file.enum_type.iter().enumerate() {
        defs.insert(en.name().to_owned(), enum_schema(en, &[5, i as i32], &comments));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:callmart:{}", file.package()),
        "title": "An event as a JSON line",
        "$ref": "#/$defs/Event",
        "$defs": defs,
    })
}

fn add_message(
    defs: &mut Map<String, Value>,
    message: &DescriptorProto,
    path: &[i32],
    comments: &BTreeMap<Vec<i32>, String>,
) {
    let mut properties = Map::new();
    for (i, field) in message.field.iter().enumerate() {
        let mut schema = field_schema(field);
        if let (Some(text), Some(object)) = (comments.get(&[path, &[2, i as i32]].concat()), schema.as_object_mut()) {
            object.insert("description".into(), json!(text));
        }
        properties.insert(field.json_name().to_owned(), schema);
    }
    for (i, en) in message.enum_type.iter().enumerate() {
        defs.insert(en.name().to_owned(), enum_schema(en, &[path, &[4, i as i32]].concat(), comments));
    }
    let one_of: Vec<&str> = message.field.iter().filter(|f| f.oneof_index.is_some()).map(|f| f.json_name()).collect();
    let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if let Some(object) = schema.as_object_mut() {
        if let Some(text) = comments.get(path) {
            object.insert("description".into(), json!(text));
        }
        if !one_of.is_empty() {
            let choices: Vec<Value> = one_of.iter().map(|name| json!({"required": [name]})).collect();
            object.insert("oneOf".into(), json!(choices));
            object.insert("required".into(), json!(["source", "epoch", "seq", "switch", "tenant", "timeUs"]));
        }
    }
    defs.insert(message.name().to_owned(), schema);
}

fn field_schema(field: &FieldDescriptorProto) -> Value {
    let one = match field.r#type() {
        Type::Message | Type::Enum => {
            let name = field.type_name().rsplit('.').next().unwrap_or_default();
            json!({"$ref": format!("#/$defs/{name}")})
        }
        Type::Bool => json!({"type": "boolean"}),
        Type::Bytes => json!({"type": "string", "contentEncoding": "base64"}),
        Type::Int64 => json!({"type": ["integer", "string"], "pattern": "^-?[0-9]+$"}),
        Type::Uint64 => json!({"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 0}),
        Type::Uint32 => json!({"type": "integer", "minimum": 0}),
        _ => json!({"type": "string"}),
    };
    if field.label() == Label::Repeated { json!({"type": "array", "items": one}) } else { one }
}

fn enum_schema(en: &EnumDescriptorProto, path: &[i32], comments: &BTreeMap<Vec<i32>, String>) -> Value {
    let names: Vec<&str> = en.value.iter().map(|v| v.name()).collect();
    let mut schema = json!({"enum": names});
    if let (Some(text), Some(object)) = (comments.get(path), schema.as_object_mut()) {
        object.insert("description".into(), json!(text));
    }
    schema
}

/// Leading comments by descriptor path (4 = message, 2 = field, 5 or 4 = enum), on one line each.
fn comments(file: &FileDescriptorProto) -> BTreeMap<Vec<i32>, String> {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    locations
        .filter_map(|l| {
            let text = l.leading_comments.as_ref()?;
            Some((l.path.clone(), text.split_whitespace().collect::<Vec<_>>().join(" ")))
        })
        .collect()
}
