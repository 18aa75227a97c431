package io.github.coconut4j.model.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Gradient of {@link LabelCrossEntropy}: {@code hidden [n, D], table [V, D], tokens [n], gradient
 * [], loss [] -> hidden's gradient [n, D], table's gradient [V, D]}. The loss is an input so that
 * it comes first, in the same run: its softmax serves here.
 */
public final class LabelCrossEntropyGradient extends AbstractJavaOp {

  static final String NAME = "label_cross_entropy_bp";

  /** Number of the loss among the inputs. */
  private static final int LOSS = 4;

  /** For SameDiff. */
  public LabelCrossEntropyGradient() {}

  LabelCrossEntropyGradient(
      SameDiff sameDiff,
      SDVariable hidden,
      SDVariable table,
      SDVariable tokens,
      SDVariable gradient,
      SDVariable loss) {
    super(sameDiff, hidden, table, tokens, gradient, loss);
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  public int getNumOutputs() {
    return 2;
  }

  @Override
  long[][] outputShapes(List<INDArray> inputs) {
    return new long[][] {inputs.get(0).shape(), inputs.get(1).shape()};
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    INDArray table = context.getInputArray(1);
    session
        .tokenTable(arg(LOSS).name(), table)
        .crossEntropyGradients(
            context.getInputArray(0),
            table,
            context.getInputArray(2).toIntVector(),
            context.getInputArray(3).getDouble(),
            context.getOutputArray(0),
            context.getOutputArray(1));
  }
}
