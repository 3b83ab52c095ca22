//! Scalars as the reader takes them (`keys`): a number may stand as text, a flag as `"1"`.

use crate::check::{METHODS, PLATFORMS};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::marker::PhantomData;

/// Types that exist for their schema alone, which is written where it is used.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $schema:tt)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

kinds! {
    /// A text that says something.
    Text: {"type": "string", "minLength": 1}
    /// `"value": 100` as well as `"value": "100"`.
    Scalar: {"type": ["string", "number", "boolean"]}
    Flag: {"enum": [true, false, "true", "false", 1, 0, "1", "0"]}
    /// A whole number from 1; each keyword minds its own type.
    Count: {
        "type": ["integer", "string"], "minimum": 1, "maximum": u32::MAX, "pattern": "^\\+?0*[1-9][0-9]*$",
    }
    /// Ten years are the most, which a pattern cannot say.
    Span: {"type": "string", "pattern": "^0*[1-9][0-9]{0,8}[smhd]$"}
    SpanOrNone: {"type": "string", "pattern": "^0*[0-9]{1,9}[smhd]$"}
    Name: {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"}
    /// Names that `{{params.x}}` can refer to (`reference::is_name`, without points).
    Params: {
        "type": "object",
        "propertyNames": {"pattern": "^[^\\s\\x00-\\x1f\\x7f.!\"%&'()*+,/;<=>?\\[\\\\\\]^`{|}~]+$"},
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    }
    Platform: {"enum": PLATFORMS}
    Method: {"enum": METHODS}
    Query: {"const": "QUERY"}
    Execute: {"const": "EXECUTE"}
    FiveFields: {"type": "string", "pattern": "^\\s*[0-9*/,-]+(\\s+[0-9*/,-]+){4}\\s*$"}
}

/// An object whose keys are the author's own names (`lookups`).
pub struct ByName<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for ByName<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("{}ByName", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z0-9_-]+$"},
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}
