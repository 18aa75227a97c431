package io.github.coconut4j.model.op;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** Copies rows out of a table and adds rows to it, on whichever backend holds the arrays. */
final class TableRows {

  private TableRows() {}

  /**
   * {@code rows[i] = table[indices[i]]}.
   *
   * @param table [V, D]
   * @param indices INT32, n values of any shape
   * @param rows [n, D], written
   */
  static void gather(INDArray table, INDArray indices, INDArray rows) {
    int[] chosen = indices.reshape(-1).toIntVector();
    check(chosen, table.size(0));
    Nd4j.pullRows(table, rows, 1, chosen);
  }

  /**
   * {@code table[indices[i]] += rows[i]}, an index that occurs twice adding twice.
   *
   * @param rows [n, D]
   * @param indices INT32, n values of any shape
   * @param table [V, D], added to
   */
  static void scatterAdd(INDArray rows, INDArray indices, INDArray table) {
    INDArray flat = indices.reshape(-1);
    Nd4j.exec(
        DynamicCustomOp.builder("scatter_add")
            .addInputs(table, flat, rows)
            .addOutputs(table)
            .addBooleanArguments(true) // one thread: two equal indices must not race
            .build());
  }

  private static void check(int[] indices, long rows) {
    for (int index : indices) {
      if (index < 0 || index >= rows) {
        throw new IllegalArgumentException(
            "An index into a table of "
                + rows
                + " rows must lie between 0 and "
                + (rows - 1)
                + ", but is "
                + index
                + ". Does the tokenizer belong to this model, and is the sequence no longer than"
                + " the position table?");
      }
    }
  }
}
