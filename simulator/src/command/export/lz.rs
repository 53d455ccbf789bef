//! How large a text is once the browser extension has compressed it for storage: LZ78 with codes that grow, fifteen bits to a
//! UTF-16 unit. Counts only.

use std::collections::BTreeMap;

/// UTF-16 units of the compressed text.
pub(super) fn stored_units(text: &str) -> usize {
    let mut counter = Counter::new();
    // The longest known run so far; its code is the index in the dictionary.
    let mut run: Option<u32> = None;
    for unit in text.encode_utf16() {
        let single = counter.single(unit);
        run = match run.map(|before| (before, counter.longer.get(&(before, unit)).copied())) {
            None => Some(single),
            Some((_, Some(known))) => Some(known),
            Some((before, None)) => {
                counter.emit(before);
                let code = counter.next_code();
                counter.longer.insert((before, unit), code);
                Some(single)
            }
        };
    }
    if let Some(last) = run {
        counter.emit(last);
    }
    // The mark of the end, and the bits that fill up the last unit; a space follows everything.
    (counter.bits + counter.width) / 15 + 2
}

struct Counter {
    singles: BTreeMap<u16, u32>,
    /// Runs of two units and more: a known run and one unit.
    longer: BTreeMap<(u32, u16), u32>,
    /// Units that were not written yet, each with the bits that it takes the first time.
    fresh: BTreeMap<u32, usize>,
    codes: u32,
    bits: usize,
    width: usize,
    until_wider: usize,
}

impl Counter {
    fn new() -> Self {
        let (singles, longer, fresh) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        // Three codes are taken: a unit of 8 bits, a unit of 16 bits, the end.
        Self { singles, longer, fresh, codes: 3, bits: 0, width: 2, until_wider: 2 }
    }

    fn next_code(&mut self) -> u32 {
        let code = self.codes;
        self.codes += 1;
        code
    }

    fn single(&mut self, unit: u16) -> u32 {
        if let Some(code) = self.singles.get(&unit) {
            return *code;
        }
        let code = self.next_code();
        self.singles.insert(unit, code);
        self.fresh.insert(code, if unit < 256 { 8 } else { 16 });
        code
    }

    fn emit(&mut self, run: u32) {
        self.bits += self.width;
        if let Some(more) = self.fresh.remove(&run) {
            self.bits += more;
            self.step();
        }
        self.step();
    }

    fn step(&mut self) {
        self.until_wider -= 1;
        if self.until_wider == 0 {
            self.until_wider = 1 << self.width;
            self.width += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lz-string 1.5.0, which the extension uses, makes of them.
    #[test]
    fn the_size_is_that_of_the_extension() {
        let long = "[a]\nb = c\n".repeat(50);
        for (text, units) in [
            ("", 2),
            ("a", 2),
            ("aaaa", 3),
            ("hello hello hello", 7),
            ("é漢👩\u{200d}💻é漢", 10),
            (&long, 45),
        ] {
            assert_eq!(stored_units(text), units, "{text}");
        }
    }
}
