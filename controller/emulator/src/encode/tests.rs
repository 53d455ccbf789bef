//! Whole documents, letter by letter.
