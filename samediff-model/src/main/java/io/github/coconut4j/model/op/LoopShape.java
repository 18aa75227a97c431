package io.github.coconut4j.model.op;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.kernel.LatentLoopKernel;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * What a latent loop's op must know beside its inputs. It is kept in the op's integer and real
 * arguments, which SameDiff saves and clones.
 *
 * @param layers number of layers
 * @param width width of the hidden states
 * @param heads number of attention heads
 * @param inner width of the feed-forward layers
 * @param epsilon added to the variance in each layer norm
 * @param precision of the linear layers' products
 */
public record LoopShape(
    int layers, int width, int heads, int inner, double epsilon, Precision precision) {

  /** The shape of a transformer. */
  public static LoopShape of(TransformerConfig config, Precision precision) {
    return new LoopShape(
        config.getNLayer(),
        config.getNEmbd(),
        config.getNHead(),
        config.innerSize(),
        config.getLayerNormEpsilon(),
        precision);
  }

  static LoopShape of(DynamicCustomOp op) {
    return new LoopShape(
        op.getIArgument(0).intValue(),
        op.getIArgument(1).intValue(),
        op.getIArgument(2).intValue(),
        op.getIArgument(3).intValue(),
        op.getTArgument(0),
        op.getIArgument(4) == 1 ? Precision.BF16 : Precision.FLOAT32);
  }

  void storeIn(DynamicCustomOp op) {
    op.addIArgument(layers, width, heads, inner, precision == Precision.BF16 ? 1 : 0);
    op.addTArgument(epsilon);
  }

  LatentLoopKernel newKernel() {
    return new LatentLoopKernel(layers, width, heads, inner, epsilon, precision);
  }

  /** Number of parameters that the loop reads. */
  int parameters() {
    return 1 + 12 * layers + 2;
  }
}
