package io.github.coconut4j.model.internal.kernel;

/**
 * Token embeddings [rows, columns, width] whose first column is the batch's column {@code
 * firstColumn}.
 */
record EmbeddedTokens(long address, int columns, int firstColumn, int width) {

  long at(int row, int column) {
    long cell = (long) row * columns + column - firstColumn;
    return address + cell * width * Float.BYTES;
  }
}
