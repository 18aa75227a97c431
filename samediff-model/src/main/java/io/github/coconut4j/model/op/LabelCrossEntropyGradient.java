package io.github.coconut4j.model.op;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Gradient of {@link LabelCrossEntropy}: {@code hidden [n, D], table [V, D], tokens [n], gradient
 * [], loss [] -> hidden's gradient [n, D], table's gradient [V, D]}, the latter where the table is
 * trained. The loss is an input so that it comes first, in the same run: its softmax serves here.
 */
public final class LabelCrossEntropyGradient extends AbstractJavaOp {

  static final String NAME = "label_cross_entropy_bp";

  /** Number of the loss among the inputs. */
  private static final int LOSS = 4;

  /** Outputs where the table is trained, too. */
  private static final int BOTH = 2;

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
    addBArgument(isDifferentiated(table));
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  public int getNumOutputs() {
    return getBArgument(0) ? BOTH : BOTH - 1;
  }

  @Override
  long[][] outputShapes(List<INDArray> inputs) {
    long[][] both = {inputs.get(0).shape(), inputs.get(1).shape()};
    return Arrays.copyOf(both, getNumOutputs());
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
            getNumOutputs() == BOTH ? context.getOutputArray(1) : null);
  }
}
