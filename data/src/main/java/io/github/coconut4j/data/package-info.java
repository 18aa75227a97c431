/**
 * Reasoning problems and the files they are read from: a question, the steps of a chain, an answer.
 */
package io.github.coconut4j.data;
