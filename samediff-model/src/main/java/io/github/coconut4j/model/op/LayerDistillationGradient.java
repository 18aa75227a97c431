package io.github.coconut4j.model.op;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Gradient of {@link LayerDistillation}: its inputs and the loss's gradient [] -> gradients of the
 * layers [L, m, D] and of the final hidden states [n, D], 0 except for students.
 */
public final class LayerDistillationGradient extends AbstractJavaOp {

  static final String NAME = "layer_distillation_bp";

  private static final int GRADIENT = 6;

  /** For SameDiff. */
  public LayerDistillationGradient() {}

  LayerDistillationGradient(
      SameDiff sameDiff, SDVariable[] inputs, SDVariable gradient, long firstLayer) {
    super(sameDiff, with(inputs, gradient));
    addIArgument(firstLayer);
  }

  private static SDVariable[] with(SDVariable[] inputs, SDVariable gradient) {
    SDVariable[] all = Arrays.copyOf(inputs, GRADIENT + 1);
    all[GRADIENT] = gradient;
    return all;
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
    List<INDArray> inputs = context.getInputArrays();
    LayerDistances.of(inputs.subList(0, GRADIENT), getIArgument(0).intValue())
        .gradients(
            inputs.get(GRADIENT).getDouble(), context.getOutputArray(0), context.getOutputArray(1));
  }
}
