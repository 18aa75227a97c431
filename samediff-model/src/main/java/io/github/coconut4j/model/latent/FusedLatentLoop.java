package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.kernel.DecodingKernel;
import io.github.coconut4j.model.op.LatentLoopOp;
import io.github.coconut4j.model.op.LoopShape;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The latent loop as one op on oneDNN, forward and backward; {@code latent_loop} in the summary.
 */
@RequiredArgsConstructor
final class FusedLatentLoop implements LatentLoop {

  private final Precision precision;

  /** Kernels of closed decoders: the next decoder finds buffers and compiled products there. */
  private final Queue<DecodingKernel> idleKernels = new ConcurrentLinkedQueue<>();

  @Override
  public SDVariable hiddenStates(LoopInputs inputs, LatentColumns columns) {
    List<SDVariable> parameters =
        parameterNames(inputs.config()).map(inputs.sameDiff()::getVariable).toList();
    return LatentLoopOp.of(
        List.of(
            inputs.tokenEmbeddings(),
            inputs.positionIds(),
            inputs.attentionMask(),
            inputs.latentMask(),
            inputs.cells()),
        parameters,
        LoopShape.of(inputs.config(), precision));
  }

  @Override
  public Decoder decoder(
      TransformerConfig config, Weights weights, LatentBatch prompts, int maxNewTokens) {
    DecodingKernel idle = idleKernels.poll();
    DecodingKernel kernel = idle == null ? newKernel(config, weights) : idle;
    try {
      List<INDArray> parameters = parameterNames(config).map(weights::get).toList();
      return new FusedDecoder(kernel, config, parameters, prompts, maxNewTokens, idleKernels::add);
    } catch (IllegalArgumentException e) {
      idleKernels.add(kernel);
      throw e;
    } catch (RuntimeException | Error e) {
      kernel.close();
      throw e;
    }
  }

  private static DecodingKernel newKernel(TransformerConfig config, Weights weights) {
    return new DecodingKernel(
        config.getNLayer(),
        config.getNHead(),
        config.innerSize(),
        config.getLayerNormEpsilon(),
        weights.get(Weights.TOKEN_TABLE));
  }

  @Override
  public void close() {
    for (DecodingKernel kernel = idleKernels.poll(); kernel != null; kernel = idleKernels.poll()) {
      kernel.close();
    }
  }

  @Override
  public boolean dependsOnColumns() {
    return false;
  }

  @Override
  public Map<String, INDArray> ownPlaceholders(LatentBatch batch, DataType type) {
    return Map.of();
  }

  /** Everything but the token table, in the order that the op reads it. */
  private static Stream<String> parameterNames(TransformerConfig config) {
    return Weights.names(config).stream().filter(name -> !name.equals(Weights.TOKEN_TABLE));
  }
}
