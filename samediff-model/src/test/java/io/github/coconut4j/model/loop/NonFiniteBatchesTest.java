package io.github.coconut4j.model.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.LatentLoops;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Buffers that batches with NaN or infinity went through give what fresh ones give. */
class NonFiniteBatchesTest {

  private static final int WIDTH = 12;
  private static final int POSITIONS = 130;
  private static final int VOCABULARY = 5;

  private static final ReferenceTransformer MODEL =
      new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 7);

  /** In some of which sequences have no hidden state that is used. */
  private static final List<BatchLayout> LAYOUTS =
      List.of(
          Layouts.of("tyt"),
          Layouts.of("tttllty", "..tllyt", "ttttttt"),
          Layouts.of("tttttttllyty", "....tttllttt"), // of 8 keys, then of 16
          Layouts.of("t".repeat(33) + "ll" + "tyytt", "t".repeat(33) + "l" + "tttyyt"),
          Layouts.of("tyttttt", "tttyttt", "tttttyt", "ttttyyt", "tyttttt"),
          Layouts.of(
              ".".repeat(9) + "t".repeat(31) + "y".repeat(20) + "t".repeat(10),
              "t".repeat(60) + "yyyyy" + ".....",
              "t".repeat(70)));

  /** Where a batch is not finite. */
  private enum Fault {
    NONE,
    FIRST_TOKEN,
    LAST_TOKEN_OF_FIRST_SEQUENCE,
    LAST_SEQUENCE,
    HIDDEN_GRADIENT,
    WEIGHT_OF_FEED_FORWARD
  }

  /** Runs a training step, or only a forward pass. */
  private record Batch(
      int layout, Fault fault, float value, boolean everyPosition, boolean backward) {
    BatchLayout batchLayout() {
      BatchLayout labelled = LAYOUTS.get(layout);
      return everyPosition ? Layouts.everyPosition(labelled) : labelled;
    }
  }

  private final Map<Object, List<float[]>> expected = new HashMap<>();

  @Provide
  Arbitrary<Batch> batches() {
    Arbitrary<Float> values = Arbitraries.of(Float.NaN, Float.POSITIVE_INFINITY, -3e38f);
    return Combinators.combine(
            Arbitraries.integers().between(0, LAYOUTS.size() - 1),
            Arbitraries.of(Fault.class),
            values,
            Arbitraries.of(true, false, false),
            Arbitraries.of(true, true, false))
        .as(Batch::new);
  }

  @Property(tries = 25, shrinking = ShrinkingMode.BOUNDED)
  void trainingStepsGiveWhatFreshBuffersGive(
      @ForAll("sequences") List<Batch> batches, @ForAll("threads") int threads) {
    try (LoopRun reused = loop(threads)) {
      for (Batch batch : batches) {
        assertThat(run(reused, batch))
            .as("%s after others of %s", batch, batches)
            .usingElementComparator(Arrays::compare)
            .isEqualTo(
                expected.computeIfAbsent(List.of(batch, threads), key -> alone(batch, threads)));
      }
    }
  }

  @Provide
  Arbitrary<List<Batch>> sequences() {
    return batches().list().ofMinSize(2).ofMaxSize(12);
  }

  @Provide
  Arbitrary<Integer> threads() {
    return Arbitraries.of(1, 2);
  }

  private static List<float[]> alone(Batch batch, int threads) {
    try (LoopRun fresh = loop(threads)) {
      return run(fresh, batch);
    }
  }

  private static LoopRun loop(int threads) {
    return new LoopRun(MODEL, "onednn", threads, Precision.FLOAT32);
  }

  /** Hidden states, and the gradients of inputs and parameters. */
  private static List<float[]> run(LoopRun loop, Batch batch) {
    BatchLayout layout = batch.batchLayout();
    int steps = layout.steps();
    double[] inputs = LoopRun.random(1, layout.sequences() * steps * WIDTH);
    double[] gradients = LoopRun.random(2, layout.queriedCount() * WIDTH);
    switch (batch.fault()) {
      case FIRST_TOKEN -> inputs[3] = batch.value();
      case LAST_TOKEN_OF_FIRST_SEQUENCE -> inputs[(steps - 1) * WIDTH + 1] = batch.value();
      case LAST_SEQUENCE -> inputs[inputs.length - (steps - 1) * WIDTH + 2] = batch.value();
      case HIDDEN_GRADIENT -> gradients[5] = batch.value();
      default -> {}
    }
    INDArray weight = loop.weights().get(9); // the first layer's mlp.c_fc
    float before = weight.getFloat(0, 0);
    if (batch.fault() == Fault.WEIGHT_OF_FEED_FORWARD) {
      weight.putScalar(0, 0, batch.value());
    }
    List<float[]> results = new ArrayList<>();
    results.add(loop.forward(layout, inputs, batch.backward()));
    if (batch.backward()) {
      results.addAll(loop.backward(layout, gradients));
    }
    weight.putScalar(0, 0, before);
    return results;
  }

  /** A decoding in which a sequence that leaves, or what is taken back, is not finite. */
  private record Decodings(int layout, boolean nanSequence, boolean nanTakenBack, int steps) {}

  @Provide
  Arbitrary<List<Decodings>> decodings() {
    return Combinators.combine(
            Arbitraries.of(1, 3, 4),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.of(1, 5, 40))
        .as(Decodings::new)
        .list()
        .ofMinSize(2)
        .ofMaxSize(5);
  }

  @Property(tries = 25, shrinking = ShrinkingMode.BOUNDED)
  void decodersGiveWhatFreshOnesGive(
      @ForAll("decodings") List<Decodings> decodings, @ForAll("threads") int threads) {
    DeviceDecoding reused = decoding(threads);
    for (Decodings each : decodings) {
      assertThat(run(reused, each))
          .as("%s after others of %s", each, decodings)
          .usingElementComparator(Arrays::compare)
          .isEqualTo(
              expected.computeIfAbsent(List.of(each, threads), key -> untroubled(each, threads)));
    }
    reused.free();
  }

  private static final TransformerConfig CONFIG =
      MODEL.config().toBuilder().vocabSize(VOCABULARY).build();

  private static final Weights WEIGHTS = Weights.initial(CONFIG, 3);

  private static DeviceDecoding decoding(int threads) {
    DeviceBackend backend = (DeviceBackend) LatentLoops.FUSED.backend();
    INDArray table = WEIGHTS.tokenTable();
    return LoopRun.withThreads(
        threads,
        () ->
            new DeviceDecoding(
                CONFIG,
                WEIGHTS,
                backend.device(CONFIG, Precision.FLOAT32),
                backend.tokenTable(table.dataType(), VOCABULARY, WIDTH),
                backend.deviceArrays(),
                (decoding, failed) -> assertThat(failed).isFalse()));
  }

  /** The same without what is not finite, on buffers of its own. */
  private static List<float[]> untroubled(Decodings decodings, int threads) {
    DeviceDecoding fresh = decoding(threads);
    List<float[]> states =
        run(fresh, new Decodings(decodings.layout(), false, false, decodings.steps()));
    fresh.free();
    return states;
  }

  /** States of the sequences that stay, after every token. */
  private static List<float[]> run(DeviceDecoding decoding, Decodings script) {
    BatchLayout layout = LAYOUTS.get(script.layout()).withLastQueried();
    int sequences = layout.sequences();
    int[] tokens =
        IntStream.range(0, sequences * layout.steps()).map(i -> i % VOCABULARY).toArray();
    decoding.join(layout, tokens, script.steps() + 3);
    double[] next = LoopRun.random(4, sequences * WIDTH);
    next[0] = script.nanSequence() ? Double.NaN : next[0];
    decoding.append(LoopRun.array(next, sequences, WIDTH), new int[sequences]);
    if (script.nanTakenBack()) {
      INDArray states = decoding.hiddenStates();
      double[] broken = LoopRun.random(5, sequences * WIDTH);
      broken[(sequences - 1) * WIDTH] = Double.NaN;
      for (int i = 0; i < 2; i++) {
        decoding.append(LoopRun.array(broken, sequences, WIDTH), new int[sequences]);
      }
      decoding.takeBack(2, states);
    }
    // The first sequence leaves; in the wider batches the others move up only later.
    decoding.retain(IntStream.range(1, sequences).toArray());
    List<float[]> results = continued(decoding, sequences - 1, script.steps());
    decoding.close();
    return results;
  }

  private static List<float[]> continued(DeviceDecoding decoding, int sequences, int steps) {
    List<float[]> results = new ArrayList<>();
    int left = sequences;
    for (int step = 0; step < steps; step++) {
      int number = step;
      decoding.append(
          LoopRun.array(LoopRun.random(6L + step, left * WIDTH), left, WIDTH),
          IntStream.range(0, left).map(b -> number + b).toArray());
      results.add(decoding.hiddenStates().data().asFloat());
      if (step == 1 && left > 1) {
        decoding.retain(new int[] {left - 1});
        left = 1;
      }
    }
    return results;
  }
}
