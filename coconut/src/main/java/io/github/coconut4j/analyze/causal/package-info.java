/**
 * Whether the thoughts carry the reasoning: each is replaced by a vector with less information, and
 * the accuracies on the same problems are compared.
 */
package io.github.coconut4j.analyze.causal;
