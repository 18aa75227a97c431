package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.backend.Decoding;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.Positions;
import io.github.coconut4j.model.latent.Visit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Decodes with native SameDiff operations: the readable reference of decoding on a device.
 *
 * <p>New tokens are appended as new time steps, the same in every sequence, after any padding that
 * a sequence has at its end. Padding stays masked, so a sequence's results do not depend on the
 * others.
 *
 * <p>Shapes: B sequences, T time steps, D width; keys and values [B, H, T, S].
 */
@RequiredArgsConstructor
final class UnrolledDecoding implements Decoding {

  private final PassGraph graph;

  /** What was read so far; null without sequences. */
  private BatchLayout layout;

  private Map<String, INDArray> keyValues = Map.of();

  /** Final hidden states of the last positions [B, D]. */
  private INDArray hidden;

  private INDArray tokenTable() {
    return graph.weights().tokenTable();
  }

  private long width() {
    return tokenTable().size(1);
  }

  @Override
  public INDArray logits() {
    return hidden.mmul(graph.weights().outputTable().transpose());
  }

  @Override
  public INDArray hiddenStates() {
    return hidden.dup();
  }

  @Override
  public INDArray latents() {
    return graph.latents(hidden);
  }

  @Override
  public void append(int[] tokens, int[] positionIds) {
    append(Nd4j.pullRows(tokenTable(), 1, tokens), positionIds);
  }

  @Override
  public void append(int[] tokens, int[] latents, int[] positionIds) {
    INDArray inputs = Nd4j.pullRows(tokenTable(), 1, tokens);
    INDArray fed = latents();
    for (int b : latents) {
      inputs.putRow(b, fed.getRow(b));
    }
    append(inputs, positionIds);
  }

  @Override
  public void append(INDArray inputs, int[] positionIds) {
    int sequences = layout.sequences();
    layout = layout.next(positionIds, IntStream.range(0, sequences).toArray());
    PassGraph.Result result =
        run(layout, layout.visits().get(0), inputs.reshape(sequences, 1, width()), keyValues);
    keyValues = result.keyValues();
    hidden = result.hidden().reshape(sequences, width());
  }

  private PassGraph.Result run(
      BatchLayout batch, Visit visit, INDArray embeddings, Map<String, INDArray> past) {
    Positions positions = batch.positions();
    int[] ids =
        IntStream.range(0, batch.sequences() * visit.steps())
            .map(i -> positions.id(i / visit.steps(), visit.from() + i % visit.steps()))
            .toArray();
    return graph.run(
        embeddings,
        Nd4j.createFromArray(ids).reshape(batch.sequences(), visit.steps()),
        AttentionBias.ofQueries(positions, visit, tokenTable().dataType()),
        past);
  }

  @Override
  public void takeBack(int count, INDArray states) {
    layout = layout.firstSteps(layout.steps() - count);
    keyValues = mapped(keyValues, array -> steps(array, layout.steps()));
    hidden = states;
  }

  @Override
  public void takeBack(int[] sequences, INDArray states) {
    layout = layout.withoutLast(sequences);
    for (int i : sequences) {
      hidden.putRow(i, states.getRow(i));
    }
  }

  @Override
  public void retain(int[] sequences) {
    layout = layout.select(sequences);
    INDArrayIndex kept = NDArrayIndex.indices(IntStream.of(sequences).asLongStream().toArray());
    keyValues =
        mapped(
            keyValues,
            array ->
                array.get(kept, NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all()).dup());
    hidden = hidden.getRows(sequences);
  }

  @Override
  public void close(boolean failed) {
    keyValues = Map.of();
    graph.close();
  }

  @Override
  public void join(BatchLayout prompts, int[] tokens, int newTokens) {
    INDArray table = tokenTable();
    INDArray embeddings =
        Nd4j.pullRows(table, 1, tokens).reshape(prompts.sequences(), prompts.steps(), width());
    INDArray states = Nd4j.create(table.dataType(), prompts.sequences(), prompts.steps(), width());
    Map<String, INDArray> read = Map.of();
    for (int i = 0; i < prompts.visits().count(); i++) {
      Visit visit = prompts.visits().get(i);
      read = mapped(read, array -> steps(array, visit.from()));
      INDArray inputs = fed(prompts, i, embeddings, states);
      PassGraph.Result result = run(prompts, visit, inputs, visit.from() == 0 ? Map.of() : read);
      states.put(range(visit), result.hidden());
      read = result.keyValues();
    }
    joinSequences(prompts, read, last(prompts, states));
  }

  /** Input embeddings of a visit: hidden states at latents, tokens elsewhere. */
  private INDArray fed(BatchLayout prompts, int index, INDArray embeddings, INDArray states) {
    Visit visit = prompts.visits().get(index);
    INDArray inputs = embeddings.get(range(visit)).dup();
    for (int t = visit.from(); t < visit.to(); t++) {
      for (int b = 0; b < prompts.sequences(); b++) {
        if (prompts.positions().isLatent(b, t) && prompts.visits().last(t - 1, index) >= 0) {
          INDArray before = states.get(row(b, t - 1)).reshape(1, width());
          inputs.get(row(b, t - visit.from())).assign(graph.latents(before).reshape(width()));
        }
      }
    }
    return inputs;
  }

  private static INDArrayIndex[] range(Visit visit) {
    return new INDArrayIndex[] {
      NDArrayIndex.all(), NDArrayIndex.interval(visit.from(), visit.to()), NDArrayIndex.all()
    };
  }

  private static INDArrayIndex[] row(int b, int t) {
    return new INDArrayIndex[] {NDArrayIndex.point(b), NDArrayIndex.point(t), NDArrayIndex.all()};
  }

  private INDArray last(BatchLayout prompts, INDArray states) {
    INDArray last = Nd4j.create(states.dataType(), prompts.sequences(), width());
    for (int b = 0; b < prompts.sequences(); b++) {
      last.putRow(b, states.get(row(b, prompts.positions().lastReal(b))));
    }
    return last;
  }

  private void joinSequences(BatchLayout prompts, Map<String, INDArray> read, INDArray states) {
    if (layout == null) {
      layout = prompts;
      keyValues = read;
      hidden = states;
      return;
    }
    BatchLayout joined = layout.join(prompts);
    Map<String, INDArray> own = keyValues;
    Map<String, INDArray> all = new HashMap<>();
    read.forEach(
        (name, array) ->
            all.put(
                name,
                Nd4j.concat(
                    0, padded(own.get(name), joined.steps()), padded(array, joined.steps()))));
    layout = joined;
    keyValues = all;
    hidden = Nd4j.concat(0, hidden, states);
  }

  /** Keys or values with zeros appended, which are masked. */
  private static INDArray padded(INDArray array, int steps) {
    long[] shape = array.shape();
    long missing = steps - shape[2];
    if (missing == 0) {
      return array;
    }
    long[] rest = Arrays.copyOf(shape, shape.length);
    rest[2] = missing;
    return Nd4j.concat(2, array, Nd4j.zeros(array.dataType(), rest));
  }

  private static INDArray steps(INDArray array, int count) {
    return count == array.size(2)
        ? array
        : array
            .get(
                NDArrayIndex.all(),
                NDArrayIndex.all(),
                NDArrayIndex.interval(0, count),
                NDArrayIndex.all())
            .dup();
  }

  private static Map<String, INDArray> mapped(
      Map<String, INDArray> arrays, UnaryOperator<INDArray> change) {
    Map<String, INDArray> changed = new HashMap<>();
    arrays.forEach((name, array) -> changed.put(name, change.apply(array)));
    return changed;
  }
}
