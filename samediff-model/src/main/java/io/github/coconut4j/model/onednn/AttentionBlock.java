package io.github.coconut4j.model.onednn;

/**
 * Queries that attend together: {@code queries} of each of {@code sequences} consecutive sequences,
 * with the keys of time steps [0, {@code keys}).
 *
 * @param firstSequence the first sequence
 * @param firstQuery row of the first query of the first sequence among the pass's queries
 * @param sequenceStep rows from a sequence's query to the next sequence's
 * @param queryStep rows from a sequence's query to its next query
 * @param mask offset of the block's mask, in floats from the start of all masks
 * @param maskPerSequence whether each sequence has its own mask [queries, keys]
 */
record AttentionBlock(
    int firstSequence,
    int sequences,
    int queries,
    int keys,
    long firstQuery,
    long sequenceStep,
    long queryStep,
    long mask,
    boolean maskPerSequence) {}
