/**
 * ProntoQA: whether a statement about a person is true, given an ontology of fictional concepts
 * (paper, section 4.1).
 */
package io.github.coconut4j.data.prontoqa;
