package io.github.coconut4j.data.batch;

/**
 * A sequence and its place in the source.
 *
 * @param index from 0
 */
record IndexedSequence(int index, TokenSequence sequence) {}
