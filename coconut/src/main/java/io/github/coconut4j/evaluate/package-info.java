/** Scoring of answers as in the paper, with confidence intervals. */
package io.github.coconut4j.evaluate;
