package io.github.coconut4j.model.op;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gradient of the {@link TrainedRows} of a lookup's table: {@code rows [n, D], ids [n], indices
 * [...], gradient [..., D] -> rows' gradient [n, D]}.
 */
public final class TrainedRowsGradient extends AbstractJavaOp {

  static final String NAME = "trained_rows_bp";

  /** For SameDiff. */
  public TrainedRowsGradient() {}

  TrainedRowsGradient(
      SameDiff sameDiff, SDVariable rows, SDVariable ids, SDVariable indices, SDVariable gradient) {
    super(sameDiff, rows, ids, indices, gradient);
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    List<INDArray> inputs = context.getInputArrays();
    INDArray rowGradients = context.getOutputArray(0).assign(0);
    Map<Integer, Integer> rowOf = new HashMap<>();
    for (int id : inputs.get(1).toIntVector()) {
      rowOf.put(id, rowOf.size());
    }
    int[] indices = inputs.get(2).reshape(-1).toIntVector();
    int[] positions =
        IntStream.range(0, indices.length).filter(i -> rowOf.containsKey(indices[i])).toArray();
    if (positions.length > 0) {
      INDArray all = inputs.get(3).reshape(-1, rowGradients.size(1));
      int[] own = IntStream.of(positions).map(i -> rowOf.get(indices[i])).toArray();
      session
          .tokenTable(rowGradients)
          .scatterAdd(Nd4j.pullRows(all, 1, positions), own, rowGradients);
    }
  }
}
