package io.github.coconut4j.model.op;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Decoding;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.LatentLoop;
import io.github.coconut4j.model.latent.LoopInputs;
import io.github.coconut4j.model.latent.LoopStates;
import io.github.coconut4j.model.latent.Visits;
import io.github.coconut4j.model.loop.Device;
import io.github.coconut4j.model.loop.DeviceDecoding;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The latent loop as one op on a backend's device, forward and backward. Its name in the summary is
 * {@code latent_loop}.
 */
@RequiredArgsConstructor
public final class FusedLatentLoop implements LatentLoop {

  /**
   * Number of idle decodings that are kept: as many as run at a time; more would only hold memory.
   */
  private static final int MOST_IDLE = Runtime.getRuntime().availableProcessors();

  private final DeviceBackend backend;
  private final TransformerConfig config;
  private final Precision precision;

  /** Decodings of closed decoders, whose buffers and compiled products the next decoder reuses. */
  private final Deque<DeviceDecoding> idle = new ArrayDeque<>();

  private boolean closed;

  @Override
  public LoopStates states(LoopInputs inputs, BatchLayout layout) {
    requireUsualVisits(layout);
    List<SDVariable> parameters =
        ParameterLayout.of(config).loopParameters().stream()
            .map(parameter -> inputs.parameters().apply(parameter.name()))
            .toList();
    return LatentLoopOp.of(
        List.of(
            inputs.tokenEmbeddings(),
            inputs.positionIds(),
            inputs.attentionMask(),
            inputs.latentMask(),
            inputs.queried()),
        parameters,
        inputs.dropout(),
        inputs.probed(),
        layout.keepsFedGradients(),
        new LatentLoopOp.Model(backend.name(), precision, config));
  }

  /** Rejects other visits, since the op derives them from the batch's latents and the model. */
  private void requireUsualVisits(BatchLayout layout) {
    Visits usual =
        BatchLayout.of(layout.positions())
            .withLatentIterations(config.getLatentIterations())
            .visits();
    if (!layout.visits().equals(usual)) {
      throw new IllegalArgumentException(
          "The fused latent loop's op feeds latents as the model's configuration says, by the visits "
              + usual
              + ", but the layout has "
              + layout.visits()
              + ". Use the unrolled loop, which takes any visits.");
    }
  }

  @Override
  public boolean dependsOnVisits() {
    return false;
  }

  @Override
  public Decoding decoding(Weights weights, Precision products) {
    DeviceDecoding kept = idleDecoding();
    return kept == null ? newDecoding(weights, products) : kept;
  }

  private synchronized DeviceDecoding idleDecoding() {
    return idle.poll();
  }

  private DeviceDecoding newDecoding(Weights weights, Precision products) {
    INDArray table = weights.tokenTable(); // the output table has the same shape
    Device device = backend.device(config, products);
    TokenTable tokenTable = null;
    try {
      tokenTable = backend.tokenTable(table.dataType(), table.size(0), table.size(1), products);
      return new DeviceDecoding(
          config, weights, device, tokenTable, backend.deviceArrays(), this::release);
    } catch (RuntimeException | Error e) {
      if (tokenTable != null) {
        tokenTable.close();
      }
      device.close();
      throw e;
    }
  }

  private void release(DeviceDecoding decoding, boolean failed) {
    if (failed || !keep(decoding)) {
      decoding.free();
    }
  }

  private synchronized boolean keep(DeviceDecoding decoding) {
    if (closed || idle.size() == MOST_IDLE) {
      return false;
    }
    idle.push(decoding);
    return true;
  }

  @Override
  public synchronized void close() {
    closed = true;
    idle.forEach(DeviceDecoding::free);
    idle.clear();
  }
}
