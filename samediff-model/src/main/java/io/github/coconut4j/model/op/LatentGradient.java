package io.github.coconut4j.model.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Passes the inputs of latents on, but lets gradients flow only to a sequence's last latents: y = x
 * and dx = m ⊙ dy, with m[b, t] = 1 where sequence b has at most K latents from time step t on,
 * else 0.
 *
 * <p>Inputs: x [B, t, D], a range of time steps; INT32 latent mask [B, T]. Output: y, in the shape
 * of x.
 */
public final class LatentGradient extends AbstractJavaOp {

  static final String NAME = "latent_gradient";

  /** For SameDiff. */
  public LatentGradient() {}

  private LatentGradient(
      SameDiff sameDiff,
      SDVariable x,
      SDVariable latentMask,
      long latents,
      long from,
      boolean backward) {
    super(sameDiff, x, latentMask);
    addIArgument(latents, from);
    addBArgument(backward);
  }

  /**
   * Adds the op to a graph.
   *
   * @param latents K, at least 0
   * @param from the first time step of x
   */
  public static SDVariable of(SDVariable x, SDVariable latentMask, int latents, int from) {
    SameDiff sameDiff = x.getSameDiff();
    JavaOps.registerFor(sameDiff);
    return new LatentGradient(sameDiff, x, latentMask, latents, from, false).outputVariable();
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    INDArray y = context.getOutputArray(0);
    y.assign(context.getInputArray(0));
    if (getBArgument(0)) {
      int[][] latents = context.getInputArray(1).toIntMatrix();
      for (int b = 0; b < latents.length; b++) {
        clearConstant(latents[b], b, y);
      }
    }
  }

  private void clearConstant(int[] latents, int b, INDArray y) {
    int from = getIArgument(1).intValue();
    int following = 0;
    for (int t = latents.length - 1; t >= from; t--) {
      following += latents[t];
      if (following > getIArgument(0) && t - from < y.size(1)) {
        y.get(NDArrayIndex.point(b), NDArrayIndex.point(t - from), NDArrayIndex.all()).assign(0);
      }
    }
  }

  @Override
  public List<SDVariable> diff(List<SDVariable> gradients) {
    long latents = getIArgument(0);
    long from = getIArgument(1);
    SDVariable dx =
        new LatentGradient(getSameDiff(), gradients.get(0), arg(1), latents, from, true)
            .outputVariable();
    addGradient(arg(0), dx);
    return List.of(dx);
  }
}
