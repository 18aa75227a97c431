/**
 * Analysis of a trained model's thoughts: section 5 of arXiv 2412.06769, and causal tests beyond
 * it. {@link io.github.coconut4j.analyze.Analyzer} runs all of it.
 */
package io.github.coconut4j.analyze;
