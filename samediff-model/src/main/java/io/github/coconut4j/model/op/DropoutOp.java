package io.github.coconut4j.model.op;

import io.github.coconut4j.model.dropout.DropoutMask;
import io.github.coconut4j.model.dropout.DropoutSite;
import io.github.coconut4j.model.latent.DropoutInputs;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Dropout at one site of a pass: y = m ⊙ x, and as its own gradient dx = m ⊙ dy. The readable
 * reference for the devices' dropout.
 *
 * <p>Inputs: x, features [B · t, D] or attention probabilities [B, H, t, K]; INT32 attention mask
 * [B, T]; {@link DropoutInputs}. Output: y, in the shape of x. The K keys are the time steps from
 * the first on.
 */
public final class DropoutOp extends AbstractJavaOp {

  static final String NAME = "counted_dropout";

  /** For SameDiff. */
  public DropoutOp() {}

  private DropoutOp(
      SameDiff sameDiff, SDVariable[] inputs, DropoutSite site, long layer, long from) {
    super(sameDiff, inputs);
    addSArgument(site.name());
    addIArgument(layer, from);
  }

  /**
   * Adds the op to a graph.
   *
   * @param from the first time step of x
   */
  public static SDVariable of(
      SDVariable x,
      SDVariable attentionMask,
      DropoutInputs dropout,
      DropoutSite site,
      int layer,
      int from) {
    JavaOps.registerFor(x.getSameDiff());
    SDVariable[] inputs = {x, attentionMask, dropout.rates(), dropout.counters()};
    return new DropoutOp(x.getSameDiff(), inputs, site, layer, from).outputVariable();
  }

  @Override
  public String opName() {
    return NAME;
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    INDArray x = context.getInputArray(0);
    DropoutMask mask =
        DropoutInputs.dropout(context.getInputArray(2), context.getInputArray(3))
            .mask(site(), layer());
    INDArray y = context.getOutputArray(0);
    if (mask == null) {
      y.assign(x);
      return;
    }
    double[] values = x.reshape(-1).toDoubleVector();
    int[] firstSteps = firstSteps(context.getInputArray(1));
    if (site() == DropoutSite.ATTENTION) {
      dropKeys(values, x.shape(), mask, firstSteps);
    } else {
      dropFeatures(values, x.shape(), mask, firstSteps);
    }
    y.assign(Nd4j.createFromArray(values).reshape(x.shape()).castTo(x.dataType()));
  }

  /** Each sequence's first real time step. */
  private static int[] firstSteps(INDArray attentionMask) {
    int[][] real = attentionMask.toIntMatrix();
    return IntStream.range(0, real.length)
        .map(
            b ->
                IntStream.range(0, real[b].length)
                    .filter(t -> real[b][t] != 0)
                    .findFirst()
                    .orElse(0))
        .toArray();
  }

  private void dropFeatures(double[] values, long[] shape, DropoutMask mask, int[] firstSteps) {
    int width = (int) shape[1];
    int steps = (int) shape[0] / firstSteps.length;
    for (int row = 0; row < shape[0]; row++) {
      int b = row / steps;
      int step = from() + row % steps - firstSteps[b];
      multiply(values, row * width, mask.multipliers(b, 0, step, width));
    }
  }

  private void dropKeys(double[] values, long[] shape, DropoutMask mask, int[] firstSteps) {
    int heads = (int) shape[1];
    int steps = (int) shape[2];
    int keys = (int) shape[3];
    for (int row = 0; row < shape[0] * heads * steps; row++) {
      int b = row / steps / heads;
      int step = from() + row % steps - firstSteps[b];
      int seen = Math.max(0, step + 1); // padding attends only to itself
      double[] multipliers = mask.multipliers(b, row / steps % heads, step, seen);
      multiply(values, row * keys + firstSteps[b], multipliers);
    }
  }

  private DropoutSite site() {
    return DropoutSite.valueOf(getSArgument(0));
  }

  private int layer() {
    return getIArgument(0).intValue();
  }

  private int from() {
    return getIArgument(1).intValue();
  }

  private static void multiply(double[] values, int at, double[] multipliers) {
    for (int i = 0; i < multipliers.length; i++) {
      values[at + i] *= multipliers[i];
    }
  }

  @Override
  public List<SDVariable> doDiff(List<SDVariable> gradients) {
    SDVariable[] inputs = {gradients.get(0), arg(1), arg(2), arg(3)};
    return List.of(
        new DropoutOp(getSameDiff(), inputs, site(), layer(), from()).outputVariable(),
        getSameDiff().zerosLike(arg(1)),
        getSameDiff().zerosLike(arg(2)),
        getSameDiff().zerosLike(arg(3)));
  }
}
