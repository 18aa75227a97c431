package io.github.coconut4j.model;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rows of the token table that are trained separately.
 *
 * @param name of the parameter [n, D]
 * @param tokens n ids
 */
record TokenRows(String name, int[] tokens) {

  /** Writes the rows' values into the table [V, D]. */
  void write(INDArray values, INDArray table) {
    for (int i = 0; i < tokens.length; i++) {
      table.putRow(tokens[i], values.getRow(i));
    }
  }
}
