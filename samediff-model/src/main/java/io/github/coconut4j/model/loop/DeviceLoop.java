package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.BatchLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs the latent loop of whole batches on a device, forward and backward, over ND4J's arrays. The
 * activations of a forward call are kept for the backward call that follows. A loop serves one
 * caller at a time.
 *
 * <p>The sequences of a batch are divided among the device's workers. The parameter gradient of a
 * linear layer is one product over all positions of all workers and passes.
 *
 * <p>Shapes: B sequences, T time steps, D width, n queried positions.
 */
public final class DeviceLoop implements AutoCloseable {

  private final TransformerConfig config;
  private final int width;
  private final ParameterLayout parameters;
  private final Device device;
  private final List<WorkerLoop> workers = new ArrayList<>();

  /** The batch whose activations are kept, or null. */
  private BatchLayout current;

  /** Number of workers among which the last batch was divided. */
  private int busy;

  /**
   * Makes a loop for one model.
   *
   * @param device closed with the loop
   */
  public DeviceLoop(TransformerConfig config, Device device) {
    this.config = config;
    width = config.getNEmbd();
    parameters = ParameterLayout.of(config);
    this.device = device;
    for (int i = 0; i < device.workers(); i++) {
      workers.add(new WorkerLoop(config, device.operations(i)));
    }
  }

  /**
   * Runs every pass.
   *
   * @param tokenEmbeddings [B, T, D]; not read at latents that are fed a hidden state
   * @param weights all except the tables of tokens and outputs, in the layout's order
   * @param hidden [n, D], written
   * @param layerStates the input of each of the L blocks at the m probed positions [L, m, D],
   *     written; null if no position is probed
   * @param dropout of the batch, or null for none
   * @param training whether {@link #backward} follows
   * @throws IllegalArgumentException if an array has another shape or type, or a position id is out
   *     of range
   */
  public void forward(
      BatchLayout batch,
      INDArray tokenEmbeddings,
      List<INDArray> weights,
      INDArray hidden,
      INDArray layerStates,
      Dropout dropout,
      boolean training) {
    Parameters values = Parameters.of(parameters, weights, this::input);
    batch.positions().requireIds(config);
    Matrix tokens = device.input(tokenEmbeddings, "token embeddings", shape(batch));
    Matrix states = device.output(hidden, "hidden states", batch.queriedCount(), width);
    Matrix layers =
        batch.probedCount() == 0
            ? null
            : device.output(layerStates, "layer states", layerShape(batch));
    current = null; // until all activations are computed
    busy = Math.min(batch.sequences(), workersFor(batch.sequences(), weights));
    run(
        batch,
        (worker, range) -> {
          WorkerLayout own = new WorkerLayout(batch.range((int) range.from(), (int) range.size()));
          if (training) {
            worker.prepareTraining(own);
          } else {
            worker.prepareInference(own, batch.steps());
          }
          worker.drop(dropout == null ? null : dropout.after((int) range.from()));
          worker.forward(
              tokens(tokens, batch, range),
              values,
              states(states, batch, range),
              layers(layers, batch, range));
        });
    device.finish();
    hold(values, tokens, states, layers);
    current = training ? batch : null;
  }

  private int workersFor(int sequences, List<INDArray> weights) {
    return weights.stream().anyMatch(weight -> weight.dataType() == DataType.BFLOAT16)
        ? device.workersPassing(sequences)
        : workers.size();
  }

  /** Keeps the arrays whose addresses the device uses reachable up to this call. */
  private static void hold(Object... owners) {
    Reference.reachabilityFence(owners);
  }

  private Matrix input(INDArray array, ParameterLayout.Parameter parameter) {
    return Parameters.input(device, array, parameter);
  }

  private Matrix output(INDArray array, ParameterLayout.Parameter parameter) {
    return array == null ? null : device.output(array, parameter.name(), parameter.shape());
  }

  private long[] shape(BatchLayout batch) {
    return new long[] {batch.sequences(), batch.steps(), width};
  }

  private long[] layerShape(BatchLayout batch) {
    return new long[] {config.getNLayer(), batch.probedCount(), width};
  }

  /** Each layer's rows of a range of sequences; empty if no position is probed. */
  private List<Matrix> layers(Matrix whole, BatchLayout batch, Range sequences) {
    if (whole == null) {
      return List.of();
    }
    int from = batch.firstProbed((int) sequences.from());
    int count = batch.firstProbed((int) sequences.to()) - from;
    return IntStream.range(0, config.getNLayer())
        .mapToObj(layer -> whole.rows((long) layer * batch.probedCount() + from, count))
        .toList();
  }

  private static Matrix tokens(Matrix whole, BatchLayout batch, Range sequences) {
    return whole.rows(sequences.from() * batch.steps(), sequences.size() * batch.steps());
  }

  private static Matrix states(Matrix whole, BatchLayout batch, Range sequences) {
    int from = batch.firstQueried((int) sequences.from());
    return whole.rows(from, batch.firstQueried((int) sequences.to()) - from);
  }

  /** Runs a task with each worker that has sequences, and with the range of these. */
  private void run(BatchLayout batch, BiConsumer<WorkerLoop, Range> task) {
    device.run(
        IntStream.range(0, busy).toArray(),
        i -> task.accept(workers.get(i), Range.of(batch.sequences(), i, busy, 1)));
  }

  /**
   * Computes the gradients of the last forward call's inputs. All outputs are overwritten.
   * Gradients of parameters that are not trained are not computed and take no memory.
   *
   * @param hiddenGradient [n, D]
   * @param layerGradient [L, m, D]; null if no position is probed
   * @param weights the same values as in the forward call
   * @param tokenGradient [B, T, D], written; 0 at latents that were fed a hidden state
   * @param gradients written, of the weights' shapes; null for a weight that is not trained
   * @throws IllegalArgumentException if an array has another shape or type
   * @throws IllegalStateException if no forward call kept its activations, or another backward call
   *     used them
   */
  public void backward(
      INDArray hiddenGradient,
      INDArray layerGradient,
      List<INDArray> weights,
      INDArray tokenGradient,
      List<INDArray> gradients) {
    if (current == null) {
      throw new IllegalStateException(
          "A forward call must precede this call, one for each backward call; none did");
    }
    BatchLayout batch = current;
    Parameters values = Parameters.of(parameters, weights, this::input);
    Parameters outputs = Parameters.of(parameters, gradients, this::output);
    Matrix states =
        device.input(hiddenGradient, "hidden states' gradients", batch.queriedCount(), width);
    Matrix layers =
        batch.probedCount() == 0
            ? null
            : device.input(layerGradient, "layer states' gradients", layerShape(batch));
    Matrix tokens = device.output(tokenGradient, "token embeddings", shape(batch));
    current = null; // gradients overwrite the activations
    run(
        batch,
        (worker, range) ->
            worker.backward(
                states(states, batch, range),
                layers(layers, batch, range),
                values,
                tokens(tokens, batch, range)));
    parameterGradients(workers.subList(0, busy), outputs);
    device.finish();
    hold(values, outputs, states, layers, tokens);
  }

  private void parameterGradients(List<WorkerLoop> busy, Parameters gradients) {
    int threads = device.workers();
    device.run(
        IntStream.range(0, threads).toArray(),
        thread -> {
          LayerOperations operations = device.operations(thread);
          linearGradients(new GradientSums(operations, gradients, thread, threads), busy);
          if (thread == threads - 1) {
            smallGradients(operations, busy, gradients);
          }
        });
  }

  /** Computes the gradients of linear layers over all positions of all workers. */
  static void linearGradients(GradientSums sums, List<WorkerLoop> busy) {
    for (int layer = 0; layer < busy.get(0).blocks().size(); layer++) {
      sums.add(layer, blocks(busy, layer).stream().map(TransformerBlock::gradientParts).toList());
    }
    sums.add(
        ParameterLayout.NO_LAYER,
        busy.stream().map(worker -> worker.thoughtMap().gradientParts()).toList());
  }

  /** Computes the gradients of norms and of the position table. */
  static void smallGradients(
      LayerOperations operations, List<WorkerLoop> busy, Parameters gradients) {
    for (int layer = 0; layer < busy.get(0).blocks().size(); layer++) {
      List<List<Norm>> norms = blocks(busy, layer).stream().map(TransformerBlock::norms).toList();
      normGradients(operations, norms, layer, gradients);
    }
    List<List<Norm>> last = busy.stream().map(WorkerLoop::norms).toList();
    normGradients(operations, last, ParameterLayout.NO_LAYER, gradients);
    InputEmbedding.positionGradients(operations, busy, gradients);
  }

  private static void normGradients(
      LayerOperations operations, List<List<Norm>> norms, int layer, Parameters gradients) {
    for (int i = 0; i < norms.get(0).size(); i++) {
      int index = i;
      List<Norm> workers = norms.stream().map(all -> all.get(index)).toList();
      Norm.parameterGradients(operations, workers, gradients.ofLayer(layer));
    }
  }

  private static List<TransformerBlock> blocks(List<WorkerLoop> workers, int layer) {
    return workers.stream().map(worker -> worker.blocks().get(layer)).toList();
  }

  @Override
  public void close() {
    workers.forEach(WorkerLoop::close);
    device.close();
  }
}
