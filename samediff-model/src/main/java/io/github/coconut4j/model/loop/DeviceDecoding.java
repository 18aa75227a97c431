package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Decoding;
import io.github.coconut4j.model.backend.DeviceArrays;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.latent.BatchLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Decoding on a device, over ND4J's arrays. Prompts may have any length, padded on either side, and
 * join while other sequences are continued. Each worker has its own sequences, keys and values. The
 * buffers are reused by later decodings.
 *
 * <p>Shapes: R sequences, D width, V vocabulary.
 */
public final class DeviceDecoding implements Decoding {

  private final int width;

  /** Whether the inputs of latents are the unchanged hidden states. */
  private final boolean isIdentity;

  private final Device device;
  private final TokenTable table;
  private final DeviceArrays arrays;
  private final INDArray tokenTable;
  private final INDArray outputTable;
  private final ParameterLayout layout;
  private final List<INDArray> weights;

  /** Whether weights are in bfloat16; then decoding spends most of its time reading them. */
  private final boolean readsFew;

  private final BiConsumer<DeviceDecoding, Boolean> release;
  private final List<WorkerDecoding> workers = new ArrayList<>();

  /** The worker of each sequence. */
  private int[] workerOf = {};

  /** The weights on the device; null without sequences. */
  private Parameters parameters;

  /** Final hidden states of the last positions [R, D]; null without sequences. */
  private INDArray hidden;

  /** Grows and is reused, since ND4J frees a closed array's memory only at garbage collection. */
  private INDArray embeddings;

  /** The rows of {@link #embeddings} that were looked up last: creating a view is slow in ND4J. */
  private INDArray lookedUp;

  private INDArray logits;

  /**
   * Makes a decoding without sequences.
   *
   * @param weights kept open as long as the decoding
   * @param device freed with the decoding, as is {@code table}
   * @param arrays the device's arrays
   * @param release receives this when it is closed; its second argument says whether a call failed
   */
  public DeviceDecoding(
      TransformerConfig config,
      Weights weights,
      Device device,
      TokenTable table,
      DeviceArrays arrays,
      BiConsumer<DeviceDecoding, Boolean> release) {
    width = config.getNEmbd();
    this.device = device;
    this.table = table;
    this.arrays = arrays;
    this.release = release;
    isIdentity = config.getThoughtMap().isIdentity();
    layout = ParameterLayout.of(config);
    readsFew = weights.hasBfloat16();
    tokenTable = weights.tokenTable();
    outputTable = weights.outputTable();
    this.weights =
        layout.loopParameters().stream().map(parameter -> weights.get(parameter.name())).toList();
    for (int i = 0; i < device.workers(); i++) {
      workers.add(new WorkerDecoding(config, device.operations(i)));
    }
  }

  private Parameters parameters() {
    if (parameters == null) {
      parameters =
          Parameters.of(
              layout, weights, (array, parameter) -> Parameters.input(device, array, parameter));
      arrays.pin(read());
    }
    return parameters;
  }

  /** All weights; they do not change while sequences are decoded. */
  private List<INDArray> read() {
    List<INDArray> all = new ArrayList<>(weights);
    all.add(tokenTable);
    all.add(outputTable);
    return all;
  }

  @Override
  public void join(BatchLayout prompts, int[] tokens, int newTokens) {
    int[] assigned = assign(prompts.sequences());
    Parameters values = parameters();
    INDArray states = array(prompts.sequences(), width);
    Matrix inputs = device.input(lookUp(tokens), "embeddings", tokens.length, width);
    Matrix outputs = device.output(states, "hidden states", prompts.sequences(), width);
    device.run(
        IntStream.of(assigned).distinct().toArray(),
        worker -> {
          int from = first(assigned, worker);
          int count = count(assigned, worker);
          workers
              .get(worker)
              .join(
                  prompts.range(from, count),
                  inputs.rows((long) from * prompts.steps(), (long) count * prompts.steps()),
                  values,
                  newTokens,
                  outputs.rows(from, count));
        });
    device.finish();
    Reference.reachabilityFence(this);
    INDArray all = hidden == null ? states : Nd4j.concat(0, hidden, states);
    replaceHidden(all);
    workerOf = IntStream.concat(Arrays.stream(workerOf), Arrays.stream(assigned)).toArray();
  }

  /** Divides prompts evenly among workers; each gets consecutive prompts. */
  private int[] assign(int count) {
    int[] load = workers.stream().mapToInt(WorkerDecoding::sequences).toArray();
    int[] added = new int[load.length];
    int all = IntStream.of(load).sum() + count;
    int sharing = readsFew ? device.workersReading(all) : load.length;
    for (int i = 0; i < count; i++) {
      int least = 0;
      for (int worker = 1; worker < sharing; worker++) {
        // Among workers with equal load, the later ones get the remainder.
        least = load[worker] <= load[least] ? worker : least;
      }
      load[least]++;
      added[least]++;
    }
    return IntStream.range(0, added.length)
        .flatMap(worker -> IntStream.generate(() -> worker).limit(added[worker]))
        .toArray();
  }

  private static int first(int[] assigned, int worker) {
    return (int) IntStream.of(assigned).filter(other -> other < worker).count();
  }

  private static int count(int[] assigned, int worker) {
    return (int) IntStream.of(assigned).filter(other -> other == worker).count();
  }

  private INDArray lookUp(int[] tokens) {
    if (embeddings == null || embeddings.size(0) < tokens.length) {
      close(embeddings);
      embeddings = array(tokens.length, width);
      lookedUp = embeddings;
    }
    if (lookedUp.size(0) != tokens.length) {
      lookedUp = embeddings.get(NDArrayIndex.interval(0, tokens.length), NDArrayIndex.all());
    }
    table.lookUp(tokenTable, tokens, lookedUp);
    return lookedUp;
  }

  private static void close(INDArray array) {
    if (array != null && !array.wasClosed()) {
      array.close();
    }
  }

  private static INDArray array(long rows, long columns) {
    return Nd4j.createUninitializedDetached(DataType.FLOAT, rows, columns);
  }

  private void replaceHidden(INDArray states) {
    if (hidden != states) {
      close(hidden);
    }
    hidden = states;
  }

  @Override
  public void append(int[] tokens, int[] positionIds) {
    append(lookUp(tokens), positionIds);
  }

  @Override
  public void append(int[] tokens, int[] latents, int[] positionIds) {
    INDArray inputs = lookUp(tokens);
    INDArray fed = isIdentity ? hidden : latents();
    copyRows(fed, latents, inputs, latents);
    append(inputs, positionIds);
  }

  /**
   * Copies rows of an array to rows of another, or to all of them if {@code toRows} is null; ND4J's
   * own operation takes longer than a step.
   */
  private void copyRows(INDArray from, int[] fromRows, INDArray to, int[] toRows) {
    Matrix source = device.input(from, "hidden states", from.size(0), width);
    int[] kept = toRows == null ? new int[0] : others(toRows, (int) to.size(0));
    Matrix before = kept.length == 0 ? null : device.input(to, "rows", to.size(0), width);
    Matrix target = device.output(to, "rows", to.size(0), width);
    device.run(
        new int[] {0},
        worker -> {
          WorkerDecoding own = workers.get(worker);
          if (before != null) {
            own.copyRows(before, kept, target, kept); // all rows of an output are written
          }
          own.copyRows(source, fromRows, target, toRows);
        });
    device.finish();
    Reference.reachabilityFence(this);
    Reference.reachabilityFence(source);
    Reference.reachabilityFence(before);
  }

  /** The row numbers below {@code count} that are not among the given ones. */
  private static int[] others(int[] rows, int count) {
    boolean[] given = new boolean[count];
    IntStream.of(rows).forEach(row -> given[row] = true);
    return IntStream.range(0, count).filter(row -> !given[row]).toArray();
  }

  @Override
  public void append(INDArray inputs, int[] positionIds) {
    Parameters values = parameters();
    Matrix vectors = device.input(inputs, "inputs", workerOf.length, width);
    Matrix states = device.output(hidden, "hidden states", workerOf.length, width);
    device.run(
        IntStream.of(workerOf).distinct().sorted().toArray(),
        worker ->
            workers.get(worker).append(sequencesOf(worker), vectors, positionIds, values, states));
    device.finish();
    Reference.reachabilityFence(this);
    Reference.reachabilityFence(vectors);
  }

  private int[] sequencesOf(int worker) {
    return IntStream.range(0, workerOf.length).filter(i -> workerOf[i] == worker).toArray();
  }

  @Override
  public void takeBack(int count, INDArray states) {
    workers.forEach(worker -> worker.takeBack(count));
    hidden.assign(states);
  }

  @Override
  public void takeBack(int[] sequences, INDArray states) {
    forOwn(sequences, WorkerDecoding::takeBack);
    copyRows(states, sequences, hidden, sequences);
  }

  /**
   * Calls every worker that has sequences with those of the given sequences that are its own, by
   * their index there.
   */
  private void forOwn(int[] sequences, BiConsumer<WorkerDecoding, int[]> call) {
    boolean[] meant = new boolean[workerOf.length];
    IntStream.of(sequences).forEach(i -> meant[i] = true);
    for (int worker = 0; worker < workers.size(); worker++) {
      int[] own = sequencesOf(worker);
      if (own.length > 0) {
        call.accept(
            workers.get(worker),
            IntStream.range(0, own.length).filter(i -> meant[own[i]]).toArray());
      }
    }
  }

  @Override
  public void retain(int[] sequences) {
    forOwn(sequences, WorkerDecoding::retain);
    INDArray kept = array(sequences.length, width);
    copyRows(hidden, sequences, kept, null);
    replaceHidden(kept);
    workerOf = IntStream.of(sequences).map(i -> workerOf[i]).toArray();
  }

  @Override
  public INDArray logits() {
    long rows = workerOf.length;
    if (logits == null || logits.wasClosed() || logits.size(0) != rows) {
      close(logits);
      logits = array(rows, outputTable.size(0));
    }
    table.logits(outputTable, hidden, logits);
    return logits;
  }

  @Override
  public INDArray hiddenStates() {
    return hidden.dup();
  }

  @Override
  public INDArray latents() {
    if (isIdentity) {
      return hiddenStates();
    }
    Parameters values = parameters();
    INDArray latents = array(workerOf.length, width);
    Matrix states = device.input(hidden, "hidden states", workerOf.length, width);
    Matrix outputs = device.output(latents, "latents", workerOf.length, width);
    device.run(new int[] {0}, worker -> workers.get(worker).latents(states, values, outputs));
    device.finish();
    Reference.reachabilityFence(this);
    return latents;
  }

  @Override
  public void close(boolean failed) {
    workers.forEach(WorkerDecoding::clear);
    workerOf = new int[0];
    if (parameters != null) {
      arrays.unpin(read());
    }
    parameters = null;
    replaceHidden(null);
    release.accept(this, failed);
  }

  /** Frees native memory and threads. */
  public void free() {
    workers.forEach(WorkerDecoding::close);
    device.close();
    table.close();
    close(logits);
    close(embeddings);
  }
}
