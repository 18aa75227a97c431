package io.github.coconut4j.model.op;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Gradient of {@link LatentLoopOp}: back through the passes in reverse, then each weight's gradient
 * as one matrix product over all positions of all passes.
 *
 * <p>Inputs: those of the loop, then the gradient of its hidden states and these themselves [n, D].
 * Outputs: gradients of the token embeddings [B, T, D] and of every parameter. It reads the
 * activations that the loop's forward pass left in the session: the hidden states are an input so
 * that this pass comes first, in the same run, and their name tells which loop's it is.
 */
public final class LatentLoopGradient extends AbstractJavaOp {

  static final String NAME = "latent_loop_bp";

  private LatentLoopOp.Model model;

  /** For SameDiff. */
  public LatentLoopGradient() {}

  LatentLoopGradient(
      SameDiff sameDiff,
      SDVariable[] inputs,
      SDVariable gradient,
      SDVariable hidden,
      LatentLoopOp.Model model) {
    super(sameDiff, with(inputs, gradient, hidden));
    model.storeIn(this);
  }

  private LatentLoopOp.Model model() {
    if (model == null) {
      model = LatentLoopOp.Model.of(this);
    }
    return model;
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  public int getNumOutputs() {
    // The gradient of the token embeddings and of each parameter; the last two inputs have none.
    return 1 + args().length - LatentLoopOp.LEADING_INPUTS - 2;
  }

  @Override
  long[][] outputShapes(List<INDArray> inputs) {
    long[][] shapes = new long[getNumOutputs()][];
    shapes[0] = inputs.get(0).shape();
    for (int i = 1; i < shapes.length; i++) {
      shapes[i] = inputs.get(LatentLoopOp.LEADING_INPUTS + i - 1).shape();
    }
    return shapes;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    List<INDArray> inputs = context.getInputArrays();
    List<INDArray> outputs = context.getOutputArrays();
    int hidden = inputs.size() - 1;
    int gradient = hidden - 1;
    session
        .latentLoop(arg(hidden).name(), model())
        .backward(
            inputs.get(gradient),
            inputs.subList(LatentLoopOp.LEADING_INPUTS, gradient),
            outputs.get(0),
            outputs.subList(1, outputs.size()));
  }

  private static SDVariable[] with(SDVariable[] inputs, SDVariable gradient, SDVariable hidden) {
    SDVariable[] all = Arrays.copyOf(inputs, inputs.length + 2);
    all[inputs.length] = gradient;
    all[inputs.length + 1] = hidden;
    return all;
  }
}
