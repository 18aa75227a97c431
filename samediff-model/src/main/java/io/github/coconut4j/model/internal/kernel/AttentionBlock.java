package io.github.coconut4j.model.internal.kernel;

/**
 * Queries that attend together: {@code lines} queries of each of {@code rows} neighbouring rows,
 * against the keys of columns [0, {@code keys}).
 *
 * @param firstRow the first row, within the slice
 * @param queryLine line of the first query of the first row on the query side
 * @param rowStep lines from a row's query to the next row's
 * @param lineStep lines from a row's query to its next query
 * @param mask where the block's mask starts, in floats from the start of the slice's masks
 * @param maskPerRow whether each row has its own mask [lines, keys]
 */
record AttentionBlock(
    int firstRow,
    int rows,
    int lines,
    int keys,
    long queryLine,
    long rowStep,
    long lineStep,
    long mask,
    boolean maskPerRow) {}
