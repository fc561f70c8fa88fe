//! Rules for calls of functions: which exist in both engines and mean the same there.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
};

use super::Linter;
use super::expressions::is_exact_fraction;

/// Functions that differ or are missing in one engine, and what to use in their place.
const REFUSED: [(&str, &str); 34] = [
    ("to_timestamp", "compare epoch columns, and join the calendar for local time"),
    ("to_local_time", "join the calendar"),
    ("to_char", "give the typed value, or a label of the calendar"),
    ("date_trunc", "join the calendar"),
    ("date_bin", "join the calendar"),
    ("date_part", "join the calendar"),
    ("now", "pass the time as a parameter"),
    ("current_timestamp", "pass the time as a parameter"),
    ("current_date", "pass the time as a parameter"),
    ("current_time", "pass the time as a parameter"),
    ("localtimestamp", "pass the time as a parameter"),
    ("localtime", "pass the time as a parameter"),
    ("clock_timestamp", "pass the time as a parameter"),
    ("statement_timestamp", "pass the time as a parameter"),
    ("transaction_timestamp", "pass the time as a parameter"),
    ("random", "leave chance out of answers"),
    ("gen_random_uuid", "leave chance out of answers"),
    ("uuid", "leave chance out of answers"),
    ("percentile_cont", "take the nearest rank by ROW_NUMBER"),
    ("percentile_disc", "take the nearest rank by ROW_NUMBER"),
    ("mode", "count in groups and take the first by ROW_NUMBER"),
    ("avg", "write CAST(SUM(x) AS double precision) / NULLIF(COUNT(x), 0)"),
    ("stddev", "compute it from sums outside the query"),
    ("stddev_samp", "compute it from sums outside the query"),
    ("stddev_pop", "compute it from sums outside the query"),
    ("variance", "compute it from sums outside the query"),
    ("var_samp", "compute it from sums outside the query"),
    ("var_pop", "compute it from sums outside the query"),
    ("mod", "use the operator %"),
    ("md5", "compare the texts"),
    ("generate_series", "use it in FROM"),
    ("unnest", "use it in FROM"),
    ("approx_distinct", "use COUNT(DISTINCT x)"),
    ("approx_percentile_cont", "take the nearest rank by ROW_NUMBER"),
];

impl Linter {
    pub(super) fn function(&mut self, expr: &Expr, function: &Function) {
        let name = name_of(function);
        if let Some((_, instead)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            self.find(expr, instead);
        }
        if name == "sum" && !self.is_allowed(expr) {
            self.find(expr, "write CAST(SUM(x) AS bigint) or CAST(SUM(x) AS double precision)");
        }
        if name == "round" && !rounds_exactly(function) {
            self.find(expr, "write round(CAST(x AS numeric(p, s)), n), or round when the answer is written out");
        }
        if treats_nulls(function) {
            self.find(expr, "leave nulls out with FILTER or a subquery");
        }
    }
}

/// Name of the function in lower case, without its schema.
pub(super) fn name_of(function: &Function) -> String {
    function.name.0.last().map(ToString::to_string).unwrap_or_default().trim_matches('"').to_lowercase()
}

/// The arguments that are expressions.
pub(super) fn arguments<'a>(function: &'a Function) -> Vec<&'a Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let expression = |arg: &'a FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().filter_map(expression).collect()
}

fn rounds_exactly(function: &Function) -> bool {
    match arguments(function).as_slice() {
        [Expr::Cast { data_type, .. }, _] => is_exact_fraction(data_type),
        _ => false,
    }
}

fn treats_nulls(function: &Function) -> bool {
    let in_arguments = match &function.args {
        FunctionArguments::List(list) => {
            list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::IgnoreOrRespectNulls(_)))
        }
        _ => false,
    };
    function.null_treatment.is_some() || in_arguments
}
