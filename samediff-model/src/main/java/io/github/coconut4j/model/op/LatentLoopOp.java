package io.github.coconut4j.model.op;

import io.github.coconut4j.model.internal.kernel.LatentLoopKernel;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;

/**
 * The whole latent loop as one node of the graph: every pass and every layer, on oneDNN.
 *
 * <p>Inputs: token embeddings [B, T, D]; INT32 position ids, attention mask and latent mask [B, T];
 * INT32 cells [n]; then the parameters: position table, each layer's twelve in Hugging Face's
 * order, the final norm's weight and bias. Output: hidden states at the cells [n, D].
 */
public final class LatentLoopOp extends AbstractJavaOp {

  static final String NAME = "latent_loop";

  /** Inputs before the parameters. */
  static final int LEADING_INPUTS = 5;

  /** For SameDiff. */
  public LatentLoopOp() {}

  private LatentLoopOp(SameDiff sameDiff, SDVariable[] inputs, LoopShape shape) {
    super(sameDiff, inputs);
    shape.storeIn(this);
  }

  /**
   * Adds the op to a graph.
   *
   * @param inputs token embeddings, position ids, attention mask, latent mask, cells
   * @param parameters position table, layers, final norm
   * @throws IllegalArgumentException if there are not as many; shapes, position ids and cells are
   *     checked when the graph runs
   */
  public static SDVariable of(
      List<SDVariable> inputs, List<SDVariable> parameters, LoopShape shape) {
    JavaOps.registerFor(inputs.get(0).getSameDiff());
    requireCount("inputs", inputs.size(), LEADING_INPUTS);
    requireCount("parameters", parameters.size(), shape.parameters());
    List<SDVariable> all = new ArrayList<>(inputs);
    all.addAll(parameters);
    return new LatentLoopOp(inputs.get(0).getSameDiff(), all.toArray(SDVariable[]::new), shape)
        .outputVariable();
  }

  private static void requireCount(String what, int found, int needed) {
    if (found != needed) {
      throw new IllegalArgumentException(
          "A latent loop of this shape has "
              + needed
              + " "
              + what
              + ", but was given "
              + found
              + ".");
    }
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  long[][] outputShapes(List<INDArray> inputs) {
    return new long[][] {{inputs.get(4).length(), inputs.get(0).size(2)}};
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    List<INDArray> inputs = context.getInputArrays();
    LatentLoopKernel kernel = session.latentLoop(outputVariablesNames()[0], LoopShape.of(this));
    kernel.forward(
        inputs.subList(1, LEADING_INPUTS),
        inputs.get(0),
        inputs.subList(LEADING_INPUTS, inputs.size()),
        context.getOutputArray(0),
        session.differentiates());
  }

  @Override
  public List<SDVariable> doDiff(List<SDVariable> gradients) {
    SDVariable[] inputs = args();
    SDVariable[] differentiated =
        new LatentLoopGradient(
                getSameDiff(), inputs, gradients.get(0), outputVariable(), LoopShape.of(this))
            .outputVariables();
    List<SDVariable> all = new ArrayList<>();
    all.add(differentiated[0]);
    for (int i = 1; i < LEADING_INPUTS; i++) {
      all.add(getSameDiff().zerosLike(inputs[i]));
    }
    all.addAll(List.of(differentiated).subList(1, differentiated.length));
    return all;
  }
}
