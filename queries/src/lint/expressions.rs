//! Rules for single expressions, calls of functions aside.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DateTimeField, Expr, UnaryOperator, Value, ValueWithSpan,
};

use super::Linter;
use super::functions::name_of;

impl Linter {
    pub(super) fn expression(&mut self, expr: &Expr) {
        match expr {
            Expr::Function(function) => self.function(expr, function),
            Expr::Cast { expr: inner, data_type, kind, .. } => self.cast(expr, inner, data_type, kind),
            Expr::BinaryOp { left, op, right } => self.binary(expr, left, op, right),
            Expr::Value(value) if is_decimal(value) && !self.is_allowed(expr) => {
                self.find(expr, "write CAST(number AS double precision)");
            }
            Expr::AtTimeZone { .. } => self.find(expr, "join the calendar"),
            Expr::SimilarTo { .. } => self.find(expr, "use the operator ~"),
            Expr::Collate { .. } => self.find(expr, "leave the order to the tables: both order text by code point"),
            Expr::Extract { field, .. } if is_below_minute(field) => self.find(expr, "compute with epoch columns"),
            Expr::Like { escape_char: Some(_), .. } | Expr::ILike { escape_char: Some(_), .. } => {
                self.find(expr, "escape with a backslash and without ESCAPE");
            }
            _ => {}
        }
    }

    fn cast(&mut self, expr: &Expr, inner: &Expr, data_type: &DataType, kind: &CastKind) {
        if !matches!(kind, CastKind::Cast | CastKind::DoubleColon) {
            self.find(expr, "use CAST");
        } else if is_text(data_type) {
            self.find(expr, "give the typed value: text is made of it in one place, when the answer is written out");
        } else if is_integer(data_type) && may_have_fraction(inner) {
            self.find(expr, "apply floor or ceil before the cast: engines round differently");
        } else if matches!(data_type, DataType::Uuid) {
            self.find(expr, "compare texts");
        }
        if is_fractional(data_type) {
            self.allow(unsigned(inner));
        }
        if is_fractional(data_type) || is_big_integer(data_type) {
            self.allow(inner);
        }
    }

    fn binary(&mut self, expr: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr) {
        match op {
            BinaryOperator::Divide | BinaryOperator::Modulo if !never_zero(right) => {
                self.find(expr, "write NULLIF(divisor, 0)");
            }
            BinaryOperator::Multiply if is_interval(left) || is_interval(right) => {
                self.find(expr, "compute with epoch columns");
            }
            _ => {}
        }
    }
}

fn never_zero(divisor: &Expr) -> bool {
    match divisor {
        Expr::Function(function) => name_of(function) == "nullif",
        Expr::Value(value) => matches!(&value.value, Value::Number(text, _) if text.parse() != Ok(0.0)),
        Expr::Nested(inner) => never_zero(inner),
        Expr::Cast { expr, .. } => never_zero(expr),
        _ => false,
    }
}

/// The number behind its sign.
fn unsigned(expr: &Expr) -> &Expr {
    match expr {
        Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => expr,
        other => other,
    }
}

fn is_decimal(value: &ValueWithSpan) -> bool {
    matches!(&value.value, Value::Number(text, _) if text.contains(['.', 'e', 'E']))
}

fn is_interval(expr: &Expr) -> bool {
    matches!(expr, Expr::Interval(_))
}

fn is_below_minute(field: &DateTimeField) -> bool {
    let name = field.to_string().to_lowercase();
    ["second", "milli", "micro", "nano", "epoch"].iter().any(|part| name.starts_with(part))
}

/// Whether a value can have a fraction, as far as its expression shows.
fn may_have_fraction(expr: &Expr) -> bool {
    match expr {
        Expr::Cast { data_type, .. } => is_fractional(data_type),
        Expr::Value(value) => is_decimal(value),
        Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } => may_have_fraction(inner),
        Expr::BinaryOp { left, right, .. } => may_have_fraction(left) || may_have_fraction(right),
        Expr::Case { conditions, else_result, .. } => {
            conditions.iter().any(|when| may_have_fraction(&when.result))
                || else_result.as_deref().is_some_and(may_have_fraction)
        }
        Expr::Function(function) => {
            let whole = ["floor", "ceil", "ceiling", "count", "row_number", "rank", "dense_rank", "length"];
            let always = ["avg", "sqrt", "power", "exp", "ln", "stddev", "percent_rank", "cume_dist"];
            let name = name_of(function);
            !whole.contains(&name.as_str())
                && (always.contains(&name.as_str())
                    || super::functions::arguments(function).into_iter().any(may_have_fraction))
        }
        _ => false,
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Text
            | DataType::Varchar(_)
            | DataType::Char(_)
            | DataType::CharacterVarying(_)
            | DataType::Character(_)
            | DataType::String(_)
    )
}

pub(super) fn is_big_integer(data_type: &DataType) -> bool {
    matches!(data_type, DataType::BigInt(_) | DataType::Int8(_))
}

fn is_integer(data_type: &DataType) -> bool {
    is_big_integer(data_type)
        || matches!(
            data_type,
            DataType::Int(_) | DataType::Integer(_) | DataType::SmallInt(_) | DataType::Int2(_) | DataType::Int4(_)
        )
}

pub(super) fn is_exact_fraction(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Numeric(_) | DataType::Decimal(_) | DataType::Dec(_))
}

fn is_fractional(data_type: &DataType) -> bool {
    is_exact_fraction(data_type)
        || matches!(
            data_type,
            DataType::Double(_)
                | DataType::DoublePrecision
                | DataType::Real
                | DataType::Float(_)
                | DataType::Float4
                | DataType::Float8
        )
}
