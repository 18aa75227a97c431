/**
 * ProntoQA: is a statement about a person true, given an ontology of made-up concepts (paper,
 * section 4.1).
 */
package io.github.coconut4j.data.prontoqa;
