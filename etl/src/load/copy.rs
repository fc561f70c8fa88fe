//! PostgreSQL's binary COPY form of a record batch.
//!
//! Knows the column types of the catalogue; not which table the rows go to.

use arrow::array::{Array, ArrayRef, BinaryArray, Int32Array, Int64Array, RecordBatch, StringArray};

/// Signature, flags and the length of an empty header extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Field count of -1: the end.
const TRAILER: [u8; 2] = (-1i16).to_be_bytes();
/// Field length of -1: null.
const NULL: [u8; 4] = (-1i32).to_be_bytes();

/// A column opened as its type, so that the type is looked up once and not for each cell.
enum Cells<'a> {
    Int(&'a Int32Array),
    BigInt(&'a Int64Array),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
}

/// The batch's rows in binary COPY form, with header and trailer. Columns of a type that the catalogue does not have are
/// sent as null.
#[must_use]
pub(crate) fn binary(batch: &RecordBatch) -> Vec<u8> {
    let columns: Vec<Option<Cells<'_>>> = batch.columns().iter().map(open).collect();
    let mut out = Vec::with_capacity(HEADER.len() + batch.get_array_memory_size());
    out.extend_from_slice(HEADER);
    for row in 0..batch.num_rows() {
        out.extend_from_slice(&(columns.len() as i16).to_be_bytes());
        for column in &columns {
            match column {
                Some(cells) => cells.write(row, &mut out),
                None => out.extend_from_slice(&NULL),
            }
        }
    }
    out.extend_from_slice(&TRAILER);
    out
}

fn open(column: &ArrayRef) -> Option<Cells<'_>> {
    let any = column.as_any();
    any.downcast_ref()
        .map(Cells::BigInt)
        .or_else(|| any.downcast_ref().map(Cells::Int))
        .or_else(|| any.downcast_ref().map(Cells::Text))
        .or_else(|| any.downcast_ref().map(Cells::Bytes))
}

impl Cells<'_> {
    fn write(&self, row: usize, out: &mut Vec<u8>) {
        match self {
            Self::Int(a) => field(a.is_null(row), &a.value(row).to_be_bytes(), out),
            Self::BigInt(a) => field(a.is_null(row), &a.value(row).to_be_bytes(), out),
            Self::Text(a) => field(a.is_null(row), a.value(row).as_bytes(), out),
            Self::Bytes(a) => field(a.is_null(row), a.value(row), out),
        }
    }
}

fn field(is_null: bool, bytes: &[u8], out: &mut Vec<u8>) {
    if is_null {
        out.extend_from_slice(&NULL);
    } else {
        out.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
        out.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use callmart_schema::catalogue::{Resource, Row, Tenant};

    use super::*;

    #[test]
    fn a_row_has_its_golden_bytes() {
        let batch = Tenant::batch(&[Tenant { tenant_key: 258, tenant_name: "ab".into() }]);
        let mut golden = HEADER.to_vec();
        golden.extend_from_slice(&[0, 2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 2, b'a', b'b', 0xff, 0xff]);
        assert_eq!(binary(&batch), golden);
    }

    #[test]
    fn a_null_is_a_length_of_minus_one_without_bytes() {
        let row = binary(&Resource::batch(&[Resource::default()]));
        // Two keys, four empty texts, two nulls (employee_id, switch_name), one integer.
        let key: &[u8] = &[0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0];
        let golden = [HEADER, &[0, 9], key, key, &[0; 16], &NULL, &NULL, &[0, 0, 0, 4, 0, 0, 0, 0], &TRAILER].concat();
        assert_eq!(row, golden);
    }
}
