/**
 * ProsQA: questions about which of two concepts a person belongs to, answered by a path in a graph
 * of facts (paper, section 4.1 and appendix A.3). Generates problems, checks them and measures the
 * scores of guessing rules.
 */
package io.github.coconut4j.data.prosqa;
