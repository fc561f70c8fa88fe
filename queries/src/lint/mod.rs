//! The common subset of SQL: refuses what the two engines answer differently, or one of them not at all.
//!
//! Works on the syntax tree, so it knows no types of columns: those of the mart are integers and text, and what a query
//! makes of them (doubles, numerics) it sees by casts, literals and divisions. Every report is held to it by a test.

mod expressions;
mod functions;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, LimitClause, Query, Select, SelectItem, Statement, TableFactor, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

/// One construct that does not mean the same in both engines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The construct, as it stands in the text.
    pub construct: String,
    /// What to write in its place.
    pub instead: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` does not mean the same in both engines: {}", self.construct, self.instead)
    }
}

/// The constructs of a statement that both engines do not answer alike; none when it is in the common subset.
///
/// A text that cannot be parsed, or is no single query, is a finding too.
#[must_use]
pub fn findings(sql: &str) -> Vec<Finding> {
    let statements = match Parser::parse_sql(&PostgreSqlDialect {}, sql) {
        Ok(statements) => statements,
        Err(error) => return vec![Finding { construct: error.to_string(), instead: "correct the syntax" }],
    };
    let [Statement::Query(query)] = statements.as_slice() else {
        let construct = statements.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        return vec![Finding { construct, instead: "write one query and nothing else" }];
    };
    let mut linter = Linter::default();
    if query.order_by.is_none() {
        linter.find(query, "order the rows of the answer");
    }
    let _: ControlFlow<()> = query.visit(&mut linter);
    linter.findings.into_iter().collect()
}

/// Findings so far, and the expressions that the one around them allows.
#[derive(Debug, Default)]
struct Linter {
    findings: BTreeSet<Finding>,
    /// Addresses of expressions: the syntax tree stays in place while it is visited.
    allowed: BTreeSet<usize>,
}

impl Linter {
    fn find(&mut self, construct: &dyn fmt::Display, instead: &'static str) {
        self.findings.insert(Finding { construct: construct.to_string(), instead });
    }

    fn allow(&mut self, expr: &Expr) {
        self.allowed.insert(std::ptr::from_ref(expr).addr());
    }

    fn is_allowed(&self, expr: &Expr) -> bool {
        self.allowed.contains(&std::ptr::from_ref(expr).addr())
    }

    fn select_item(&mut self, item: &SelectItem) {
        match item {
            SelectItem::UnnamedExpr(Expr::Identifier(_) | Expr::CompoundIdentifier(_))
            | SelectItem::ExprWithAlias { .. } => {}
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                self.find(item, "name the columns, so that a new one changes no answer");
            }
            _ => self.find(item, "give the column a name with AS"),
        }
    }
}

impl Visitor for Linter {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(fetch) = &query.fetch {
            self.find(fetch, "use LIMIT");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        select.projection.iter().for_each(|item| self.select_item(item));
        if let Some(qualify) = &select.qualify {
            self.find(&format!("QUALIFY {qualify}"), "filter the window's result in an outer query");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Derived { lateral: true, subquery, .. } = factor
            && (subquery.order_by.is_some() || limits(subquery))
        {
            self.find(factor, "use ROW_NUMBER in a subquery in place of LATERAL with ORDER BY or LIMIT");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.expression(expr);
        ControlFlow::Continue(())
    }
}

fn limits(query: &Query) -> bool {
    matches!(&query.limit_clause, Some(LimitClause::LimitOffset { limit: Some(_), .. }))
}

#[cfg(test)]
mod tests;
