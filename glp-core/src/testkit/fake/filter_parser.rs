//! Reads filters, by recursive descent.
//!
//! ```text
//! either     = both ("or" both)*
//! both       = one ("and" one)*
//! one        = "not" one | "(" either ")" | name operator literal | name "in" literals
//! literals   = list | "(" list ")" | "[" list "]"
//! list       = literal ("," literal)*
//! literal    = "'" text "'" | '"' text '"' | number | time | "true" | "false" | "null"
//! ```
//!
//! A quote within a quoted text is doubled.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::field::Literal;
use super::filter::{Comparison, Filter};
use super::refusal::Problem;
use super::row::{Row, reader};
use crate::wall::UnixTime;

/// How deep parentheses and `not` may nest: it bounds the parser's own stack.
const MAX_DEPTH: u32 = 32;
/// How many comparisons, conjunctions and disjunctions a filter may have: it bounds the stack of
/// whoever walks it.
const MAX_TERMS: u32 = 256;

impl<R: Row> Filter<R> {
    /// Reads a filter.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let mut parser = Parser { text, rest: text, depth: 0, terms: 0 };
        let filter = parser.either()?;
        match parser.peek() {
            "" => Ok(filter),
            _ => Err(parser.problem("expected `and`, `or` or the end")),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: u32,
    terms: u32,
}

impl<'a> Parser<'a> {
    fn problem(&self, what: &str) -> Problem {
        Problem::new("filter", format!("{what} at byte {}", self.text.len() - self.rest.len()))
    }

    /// Returns the next token without taking it: a mark, a word, or the quote that opens a text.
    fn peek(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        let is_mark = |c: char| "()[],'\"".contains(c);
        let is_end = |c: char| c.is_whitespace() || is_mark(c);
        match self.rest.chars().next() {
            Some(mark) if is_mark(mark) => &self.rest[..mark.len_utf8()],
            _ => &self.rest[..self.rest.find(is_end).unwrap_or(self.rest.len())],
        }
    }

    fn next(&mut self) -> &'a str {
        let token = self.peek();
        self.rest = &self.rest[token.len()..];
        token
    }

    /// Takes the next token if it is this one.
    fn took(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), Problem> {
        if self.took(token) { Ok(()) } else { Err(self.problem(&format!("expected `{token}`"))) }
    }

    fn count_term(&mut self) -> Result<(), Problem> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.problem(&format!("more than {MAX_TERMS} terms")));
        }
        Ok(())
    }

    fn either<R: Row>(&mut self) -> Result<Filter<R>, Problem> {
        let mut filter = self.both()?;
        while self.took("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.both()?));
        }
        Ok(filter)
    }

    fn both<R: Row>(&mut self) -> Result<Filter<R>, Problem> {
        let mut filter = self.one()?;
        while self.took("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one<R: Row>(&mut self) -> Result<Filter<R>, Problem> {
        self.count_term()?;
        if self.depth == MAX_DEPTH {
            return Err(self.problem(&format!("nested deeper than {MAX_DEPTH}")));
        }
        self.depth += 1;
        let filter = if self.took("not") {
            Filter::Not(Box::new(self.one()?))
        } else if self.took("(") {
            let inner = self.either()?;
            self.expect(")")?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn comparison<R: Row>(&mut self) -> Result<Filter<R>, Problem> {
        let (_, read) = reader(self.peek()).ok_or_else(|| self.problem("an unknown field"))?;
        self.next();
        if self.took("in") {
            return Ok(Filter::In { read, literals: self.literals()? });
        }
        let comparison = Comparison::parse(self.peek())
            .ok_or_else(|| self.problem("expected one of eq, ne, gt, ge, lt, le, in"))?;
        self.next();
        Ok(Filter::Compare { read, comparison, literal: self.literal()? })
    }

    fn literals(&mut self) -> Result<Vec<Literal>, Problem> {
        let close = match self.peek() {
            "(" => Some(")"),
            "[" => Some("]"),
            _ => None,
        };
        if close.is_some() {
            self.next();
        }
        let mut literals = Vec::from([self.literal()?]);
        while self.took(",") {
            literals.push(self.literal()?);
        }
        close.map_or(Ok(()), |close| self.expect(close))?;
        Ok(literals)
    }

    fn literal(&mut self) -> Result<Literal, Problem> {
        let token = self.peek();
        let literal = match token {
            "'" | "\"" => return self.quoted(),
            "true" => Literal::Flag(true),
            "false" => Literal::Flag(false),
            "null" => Literal::Null,
            word => match word.parse::<f64>() {
                Ok(number) if number.is_finite() => Literal::Number(number),
                _ if word.parse::<UnixTime>().is_ok() => Literal::text(word.into()),
                _ => return Err(self.problem("expected a value")),
            },
        };
        self.next();
        Ok(literal)
    }

    /// Reads a text up to its closing quote; a doubled one stands for itself.
    fn quoted(&mut self) -> Result<Literal, Problem> {
        let quote = self.next();
        let mut text = String::new();
        loop {
            let end = self.rest.find(quote).ok_or_else(|| self.problem("a quote never closed"))?;
            text.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + quote.len()..];
            match self.rest.strip_prefix(quote) {
                Some(rest) => {
                    text.push_str(quote);
                    self.rest = rest;
                }
                None => return Ok(Literal::text(text)),
            }
        }
    }
}
