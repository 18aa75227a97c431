package io.github.coconut4j.model.op;

import io.github.coconut4j.model.backend.TokenTable;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Gradient of {@link EmbeddingLookup} with respect to its table: each row's gradient is added to
 * its row of the table. {@code table [V, D], indices [...], gradient [..., D] -> [V, D]}. With a
 * fourth input [V, D], the gradient from the table's other uses, it adds to that input in place: a
 * table may be most of a model, and nothing else reads that input.
 */
public final class EmbeddingLookupGradient extends AbstractJavaOp {

  static final String NAME = "table_lookup_bp";

  /** Number of inputs if the table has no other use. */
  private static final int ALONE = 3;

  /** For SameDiff. */
  public EmbeddingLookupGradient() {}

  EmbeddingLookupGradient(
      SameDiff sameDiff, SDVariable table, SDVariable indices, SDVariable gradient) {
    super(sameDiff, table, indices, gradient);
  }

  EmbeddingLookupGradient(
      SameDiff sameDiff,
      SDVariable table,
      SDVariable indices,
      SDVariable gradient,
      SDVariable otherUses) {
    super(sameDiff, table, indices, gradient, otherUses);
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  public boolean runsOnDevice() {
    return true;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    List<INDArray> inputs = context.getInputArrays();
    requireIndices(inputs.get(1));
    boolean adds = inputs.size() > ALONE;
    if (adds) {
      session.returnInput(context, inputs.get(ALONE));
    }
    INDArray tableGradient = context.getOutputArray(0);
    INDArray rows = inputs.get(2).reshape(-1, tableGradient.size(1));
    int[] indices = inputs.get(1).reshape(-1).toIntVector();
    TokenTable table = session.tokenTable(tableGradient);
    if (adds) {
      table.scatterAdd(rows, indices, tableGradient);
    } else {
      table.scatter(rows, indices, tableGradient);
    }
  }
}
