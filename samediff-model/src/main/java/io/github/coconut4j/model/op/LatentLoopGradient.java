package io.github.coconut4j.model.op;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * Gradient of {@link LatentLoopOp}: the passes in reverse, then each weight's gradient as one
 * matrix product over all positions of all passes.
 *
 * <p>Inputs: those of the loop up to its parameters, then, if it has any, the gradient of its layer
 * states [L, m, D], then the gradient of its hidden states, then the hidden states [n, D]. Outputs:
 * gradients of the token embeddings [B, T, D] and of the trained parameters, whose indices among
 * all parameters are the op's integer arguments. It reads the activations that the loop's forward
 * pass left in the session. The hidden states are an input so that the forward pass comes first in
 * the same run, and their name identifies the loop.
 */
public final class LatentLoopGradient extends AbstractJavaOp {

  static final String NAME = "latent_loop_bp";

  private LatentLoopOp.Model model;

  /** For SameDiff. */
  public LatentLoopGradient() {}

  LatentLoopGradient(
      SameDiff sameDiff,
      SDVariable[] inputs,
      int[] trained,
      SDVariable[] outputs,
      LatentLoopOp.Model model) {
    super(sameDiff, Stream.of(inputs, outputs).flatMap(Stream::of).toArray(SDVariable[]::new));
    addIArgument(trained);
    addBArgument(outputs.length > 2);
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
    return 1 + numIArguments();
  }

  @Override
  long[][] outputShapes(List<INDArray> inputs) {
    long[][] shapes = new long[getNumOutputs()][];
    shapes[0] = inputs.get(0).shape();
    for (int i = 1; i < shapes.length; i++) {
      shapes[i] = inputs.get(LatentLoopOp.LEADING_INPUTS + trained(i - 1)).shape();
    }
    return shapes;
  }

  /** Index of a trained parameter among all parameters. */
  private int trained(int index) {
    return getIArgument(index).intValue();
  }

  @Override
  public boolean runsOnDevice() {
    return true;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    List<INDArray> inputs = context.getInputArrays();
    List<INDArray> outputs = context.getOutputArrays();
    int hidden = inputs.size() - 1;
    int gradient = hidden - 1;
    int end = LatentLoopOp.probes(this) ? gradient - 1 : gradient;
    session
        .latentLoop(arg(hidden).name(), model())
        .backward(
            inputs.get(gradient),
            end < gradient ? inputs.get(end) : null,
            inputs.subList(LatentLoopOp.LEADING_INPUTS, end),
            outputs.get(0),
            parameterGradients(end - LatentLoopOp.LEADING_INPUTS, outputs));
  }

  /** The output for each parameter's gradient; null for parameters that are not trained. */
  private List<INDArray> parameterGradients(int parameters, List<INDArray> outputs) {
    INDArray[] gradients = new INDArray[parameters];
    for (int i = 0; i < numIArguments(); i++) {
      gradients[trained(i)] = outputs.get(1 + i);
    }
    return Arrays.asList(gradients);
  }
}
