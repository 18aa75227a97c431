package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.kernel.DecodingKernel;
import io.github.coconut4j.model.op.LatentLoopOp;
import io.github.coconut4j.model.op.LoopShape;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
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

  /** As many decoders as run at a time; more kernels would only hold memory. */
  private static final int MOST_IDLE = Runtime.getRuntime().availableProcessors();

  private final Precision precision;

  /** Kernels of closed decoders: the next decoder finds buffers and compiled products there. */
  private final Deque<DecodingKernel> idleKernels = new ArrayDeque<>();

  private boolean closed;

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
    DecodingKernel idle = idleKernel();
    DecodingKernel kernel = idle == null ? newKernel(config, weights) : idle;
    try {
      List<INDArray> parameters = parameterNames(config).map(weights::get).toList();
      kernel.start(
          List.of(
              prompts.getInputIds(),
              prompts.getPositionIds(),
              prompts.getAttentionMask(),
              prompts.getLatentMask()),
          parameters,
          maxNewTokens);
      return new FusedDecoder(
          kernel, config, weights, PromptEnds.of(prompts), maxNewTokens, this::release);
    } catch (RuntimeException | Error e) {
      kernel.close();
      throw e;
    }
  }

  private synchronized DecodingKernel idleKernel() {
    return idleKernels.poll();
  }

  private void release(DecodingKernel kernel, boolean failed) {
    if (failed || !keep(kernel)) {
      kernel.close();
    }
  }

  private synchronized boolean keep(DecodingKernel kernel) {
    if (closed || idleKernels.size() == MOST_IDLE) {
      return false;
    }
    idleKernels.push(kernel);
    return true;
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
  public synchronized void close() {
    closed = true;
    idleKernels.forEach(DecodingKernel::close);
    idleKernels.clear();
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
