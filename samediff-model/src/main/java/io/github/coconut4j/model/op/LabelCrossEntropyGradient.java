package io.github.coconut4j.model.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Gradient of {@link LabelCrossEntropy}: {@code hidden [n, D], table [V, D], tokens [n], gradient
 * [], loss [] -> hidden's gradient [n, D], table's gradient [V, D]}, the latter if the table is
 * trained. For a table made by {@link TrainedRows}, its rows and their ids follow, and the second
 * output is the rows' gradient. Weights come last. The loss is an input so that it is computed
 * first in the same run: its softmax is used here.
 */
public final class LabelCrossEntropyGradient extends AbstractJavaOp {

  static final String NAME = "label_cross_entropy_bp";

  /** Index of the loss's gradient among the inputs. */
  private static final int GRADIENT = 3;

  /** Index of the loss among the inputs. */
  private static final int LOSS = 4;

  private static final int ROWS = 5;
  private static final int IDS = 6;

  /** Number of inputs besides those of the cross-entropy. */
  private static final int OWN = 2;

  /** Number of outputs if the table or its rows are trained too. */
  private static final int BOTH = 2;

  /** For SameDiff. */
  public LabelCrossEntropyGradient() {}

  /**
   * Makes the op.
   *
   * @param inputs the inputs of the cross-entropy
   */
  LabelCrossEntropyGradient(
      SameDiff sameDiff, SDVariable[] inputs, SDVariable gradient, SDVariable loss) {
    super(sameDiff, with(inputs, gradient, loss));
    addBArgument(isDifferentiated(inputs[1]) || LabelCrossEntropy.hasRows(inputs.length));
  }

  private static SDVariable[] with(SDVariable[] inputs, SDVariable gradient, SDVariable loss) {
    List<SDVariable> all = new ArrayList<>(List.of(inputs));
    all.addAll(LabelCrossEntropy.ROWS, List.of(gradient, loss));
    return all.toArray(SDVariable[]::new);
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
    INDArray trained = inputs.get(hasRows(inputs) ? ROWS : 1);
    long[][] both = {inputs.get(0).shape(), trained.shape()};
    return Arrays.copyOf(both, getNumOutputs());
  }

  private static boolean hasRows(List<INDArray> inputs) {
    return LabelCrossEntropy.hasRows(inputs.size() - OWN);
  }

  @Override
  public boolean runsOnDevice() {
    return true;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    List<INDArray> inputs = context.getInputArrays();
    double gradient = inputs.get(GRADIENT).getDouble();
    session
        .tokenTable(arg(LOSS).name(), inputs.get(1))
        .crossEntropyGradients(
            inputs.get(0),
            inputs.get(1),
            LabelCrossEntropy.labels(inputs).times(gradient),
            context.getOutputArray(0),
            getNumOutputs() == BOTH ? context.getOutputArray(1) : null,
            hasRows(inputs) ? inputs.get(IDS).toIntVector() : null);
  }
}
