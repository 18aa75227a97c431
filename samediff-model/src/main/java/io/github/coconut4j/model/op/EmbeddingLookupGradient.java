package io.github.coconut4j.model.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Gradient of {@link EmbeddingLookup} with respect to its table: each row's gradient is added to
 * the row of the table that it came from. {@code table [V, D], indices [...], gradient [..., D] ->
 * [V, D]}.
 */
public final class EmbeddingLookupGradient extends AbstractJavaOp {

  static final String NAME = "table_lookup_bp";

  /** For SameDiff. */
  public EmbeddingLookupGradient() {}

  EmbeddingLookupGradient(
      SameDiff sameDiff, SDVariable table, SDVariable indices, SDVariable gradient) {
    super(sameDiff, table, indices, gradient);
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  long[][] outputShapes(List<INDArray> inputs) {
    return new long[][] {inputs.get(0).shape()};
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    INDArray tableGradient = context.getOutputArray(0);
    tableGradient.assign(0);
    INDArray rows = context.getInputArray(2).reshape(-1, tableGradient.size(1));
    session.tokenTable(tableGradient).scatterAdd(rows, context.getInputArray(1), tableGradient);
  }
}
