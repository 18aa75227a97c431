/**
 * The vocabulary of the model that a run starts from: a new tokenizer, or tokens and words added to
 * a model's own, with rows in its tables.
 */
package io.github.coconut4j.vocabulary;
