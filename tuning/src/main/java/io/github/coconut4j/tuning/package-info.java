/** Hyperparameter search with Arbiter over training configurations. */
package io.github.coconut4j.tuning;
