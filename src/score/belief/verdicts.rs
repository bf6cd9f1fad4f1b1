//! Right or wrong, facts × templates.

/// Which facts of one relation are right under each of its templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    templates: usize,
    /// Fact by fact, each with its templates in order.
    right: Vec<bool>,
}

impl Verdicts {
    /// Of a relation with so many templates, at least one; facts are to be added.
    pub fn new(templates: usize) -> Self {
        Verdicts {
            templates: templates.max(1),
            right: Vec::new(),
        }
    }

    /// Adds a fact: one verdict per template.
    ///
    /// # Panics
    /// With another number of verdicts than there are templates.
    pub fn push(&mut self, fact: impl IntoIterator<Item = bool>) {
        let before = self.right.len();
        self.right.extend(fact);
        let added = self.right.len() - before;
        assert_eq!(added, self.templates, "a fact has a verdict per template");
    }

    pub fn templates(&self) -> usize {
        self.templates
    }

    pub fn facts(&self) -> usize {
        self.right.len() / self.templates
    }

    /// Whether a fact is right under a template.
    pub fn right(&self, fact: usize, template: usize) -> bool {
        self.right[fact * self.templates + template]
    }

    /// a(t): how many facts are right under each template.
    pub fn counts(&self) -> Vec<usize> {
        self.counts_of(0..self.facts())
    }

    /// As [`Verdicts::counts`], of some facts.
    pub fn counts_of(&self, facts: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut counts = vec![0; self.templates];
        for fact in facts {
            for (template, count) in counts.iter_mut().enumerate() {
                *count += usize::from(self.right(fact, template));
            }
        }
        counts
    }
}
