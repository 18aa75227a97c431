package io.github.coconut4j.model.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * A table with some rows that are trained separately: {@code table [V, D], rows [n, D], ids [n] ->
 * table [V, D]} with {@code rows[i]} as the row {@code ids[i]}. The table is a constant that
 * already holds the rows' current values.
 *
 * <p>{@link EmbeddingLookup} and {@link LabelCrossEntropy} read the constant itself and compute the
 * rows' gradient without one of the table. Other ops get a copy of the table, with a gradient.
 */
public final class TrainedRows extends AbstractJavaOp {

  static final String NAME = "trained_rows";

  private static final int ROWS = 1;
  private static final int IDS = 2;

  /** For SameDiff. */
  public TrainedRows() {}

  private TrainedRows(SameDiff sameDiff, SDVariable table, SDVariable rows, SDVariable ids) {
    super(sameDiff, table, rows, ids);
  }

  /**
   * Adds the op to the table's graph.
   *
   * @param table [V, D], a constant
   * @param rows [n, D]
   * @param ids INT32 [n], each in [0, V), distinct
   */
  public static SDVariable of(SDVariable table, SDVariable rows, SDVariable ids) {
    JavaOps.registerFor(table.getSameDiff());
    return new TrainedRows(table.getSameDiff(), table, rows, ids).outputVariable();
  }

  /** The op that computes a variable, or null if it is another kind of op. */
  static TrainedRows behind(SDVariable table) {
    return table.getSameDiff().getVariableOutputOp(table.name()) instanceof TrainedRows rows
        ? rows
        : null;
  }

  SDVariable table() {
    return arg(0);
  }

  SDVariable rows() {
    return arg(ROWS);
  }

  SDVariable ids() {
    return arg(IDS);
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    INDArray rows = context.getInputArray(ROWS);
    INDArray output = context.getOutputArray(0);
    output.assign(context.getInputArray(0));
    int[] ids = context.getInputArray(IDS).toIntVector();
    for (int i = 0; i < ids.length; i++) {
      output.putRow(ids[i], rows.getRow(i));
    }
  }

  @Override
  public List<SDVariable> diff(List<SDVariable> gradients) {
    SDVariable gradient = EmbeddingLookup.of(gradients.get(0), ids());
    addGradient(rows(), gradient);
    return List.of(gradient);
  }
}
