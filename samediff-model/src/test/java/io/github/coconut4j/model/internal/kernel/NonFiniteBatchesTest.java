package io.github.coconut4j.model.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.bytedeco.javacpp.FloatPointer;

/** Buffers that batches with NaN or infinity went through give what fresh ones give. */
class NonFiniteBatchesTest {

  private static final int WIDTH = 12;
  private static final int POSITIONS = 80;
  private static final ReferenceTransformer MODEL =
      new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 7);
  private static final TransformerShape SHAPE = new TransformerShape(2, WIDTH, 3, 20, 1e-5f);
  private static final TransformerParameters WEIGHTS = NativeTensors.weights(MODEL);

  /** Pictures as in {@link FusedTransformerTest}, in which some cells have no hidden state. */
  private static final List<LatentPlan> PLANS =
      List.of(
          FusedTransformerTest.plan("tyt"),
          FusedTransformerTest.plan("tttllty", "..tllyt", "ttttttt"),
          FusedTransformerTest.plan(
              "t".repeat(33) + "ll" + "tyytt", "t".repeat(33) + "l" + "tttyyt"),
          FusedTransformerTest.plan("tyttttt", "tttyttt", "tttttyt", "ttttyyt", "tyttttt"),
          FusedTransformerTest.plan(
              ".".repeat(9) + "t".repeat(31) + "y".repeat(20) + "t".repeat(10),
              "t".repeat(60) + "yyyyy" + ".....",
              "t".repeat(70)));

  /** Where a batch is not finite. */
  private enum Fault {
    NONE,
    FIRST_TOKEN,
    LAST_TOKEN_OF_FIRST_ROW,
    LAST_ROW,
    HIDDEN_GRADIENT,
    WEIGHT_OF_FEED_FORWARD
  }

  /** A training step, or a pass without a way back. */
  private record Batch(int plan, Fault fault, float value, boolean everyCell, boolean backward) {

    LatentPlan latentPlan() {
      LatentPlan labelled = PLANS.get(plan);
      return everyCell ? PlanVariants.everyCell(labelled) : labelled;
    }
  }

  private final Map<Object, List<float[]>> expected = new HashMap<>();

  @Provide
  Arbitrary<Batch> batches() {
    Arbitrary<Float> values = Arbitraries.of(Float.NaN, Float.POSITIVE_INFINITY, -3e38f);
    return Combinators.combine(
            Arbitraries.integers().between(0, PLANS.size() - 1),
            Arbitraries.of(Fault.class),
            values,
            Arbitraries.of(true, false, false),
            Arbitraries.of(true, true, false))
        .as(Batch::new);
  }

  @Property(tries = 25, shrinking = ShrinkingMode.BOUNDED)
  void trainingStepsGiveWhatFreshKernelsGive(
      @ForAll("sequences") List<Batch> batches, @ForAll("threads") int threads) {
    try (FusedTransformer reused = transformer(threads)) {
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
    try (FusedTransformer fresh = transformer(threads)) {
      return run(fresh, batch);
    }
  }

  private static FusedTransformer transformer(int threads) {
    return new FusedTransformer(2, WIDTH, 3, 20, 1e-5f, Precision.FLOAT32, threads);
  }

  /** Hidden states, and the gradients of inputs and parameters. */
  private static List<float[]> run(FusedTransformer transformer, Batch batch) {
    LatentPlan plan = batch.latentPlan();
    int cells = plan.rows() * plan.columns();
    int states = plan.hiddenCount();
    FloatPointer inputs = random(1, cells * WIDTH);
    FloatPointer gradients = random(2, states * WIDTH);
    switch (batch.fault()) {
      case FIRST_TOKEN -> inputs.put(3, batch.value());
      case LAST_TOKEN_OF_FIRST_ROW -> inputs.put((plan.columns() - 1L) * WIDTH + 1, batch.value());
      case LAST_ROW -> inputs.put((cells - plan.columns() + 1L) * WIDTH + 2, batch.value());
      case HIDDEN_GRADIENT -> gradients.put(5, batch.value());
      default -> {}
    }
    TransformerParameters weights = WEIGHTS;
    if (batch.fault() == Fault.WEIGHT_OF_FEED_FORWARD) {
      weights = NativeTensors.weights(MODEL);
      new FloatAddress()
          .at(weights.block(0, SHAPE).feedForward().up().weight().address())
          .put(batch.value());
    }
    FloatPointer hidden = NativeTensors.unwritten((long) states * WIDTH);
    transformer.forward(plan, inputs, weights, hidden, batch.backward());
    List<float[]> results = new ArrayList<>(List.of(NativeTensors.toArray(hidden)));
    if (batch.backward()) {
      FloatPointer inputGradients = NativeTensors.unwritten((long) cells * WIDTH);
      List<FloatPointer> tensors = NativeTensors.gradientTensors(MODEL);
      transformer.backward(
          gradients, weights, inputGradients, NativeTensors.parameters(tensors), POSITIONS);
      results.add(NativeTensors.toArray(inputGradients));
      tensors.forEach(tensor -> results.add(NativeTensors.toArray(tensor)));
    }
    return results;
  }

  /** A decoding in which a row or what is taken back again is not finite. */
  private record Decoding(int plan, boolean nanRow, boolean nanTakenBack, int steps) {}

  @Provide
  Arbitrary<List<Decoding>> decodings() {
    return Combinators.combine(
            Arbitraries.of(1, 3, 4),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.of(1, 5, 40))
        .as(Decoding::new)
        .list()
        .ofMinSize(2)
        .ofMaxSize(5);
  }

  @Property(tries = 25, shrinking = ShrinkingMode.BOUNDED)
  void decodersGiveWhatFreshOnesGive(
      @ForAll("decodings") List<Decoding> decodings, @ForAll("threads") int threads) {
    try (FusedDecoding reused = decoding(threads)) {
      for (Decoding each : decodings) {
        assertThat(run(reused, each))
            .as("%s after others of %s", each, decodings)
            .usingElementComparator(Arrays::compare)
            .isEqualTo(
                expected.computeIfAbsent(List.of(each, threads), key -> untroubled(each, threads)));
      }
    }
  }

  private static FusedDecoding decoding(int threads) {
    return new FusedDecoding(2, WIDTH, 3, 20, 1e-5f, threads);
  }

  /** The same rows without what is not finite, on a kernel of their own. */
  private static List<float[]> untroubled(Decoding decoding, int threads) {
    try (FusedDecoding fresh = decoding(threads)) {
      return run(fresh, new Decoding(decoding.plan(), false, false, decoding.steps()));
    }
  }

  /** States of the rows that stay, after every token. */
  private static List<float[]> run(FusedDecoding decoding, Decoding script) {
    LatentPlan plan = PlanVariants.lastCells(PLANS.get(script.plan()));
    int rows = plan.rows();
    FloatPointer inputs = random(3, rows * plan.columns() * WIDTH);
    if (script.nanRow()) {
      inputs.put(plan.columns() * (long) WIDTH - 1, Float.NaN);
    }
    FloatPointer hidden = NativeTensors.unwritten((long) rows * WIDTH);
    decoding.start(plan, inputs, WEIGHTS, script.steps() + 3, hidden);
    decoding.advance(random(4, rows * WIDTH), new int[rows], hidden);
    if (script.nanTakenBack()) {
      FloatPointer broken = random(5, rows * WIDTH);
      broken.put((rows - 1L) * WIDTH, Float.NaN);
      decoding.advance(broken, new int[rows], hidden);
      decoding.advance(broken, new int[rows], hidden);
      decoding.takeBack(2);
    }
    // The first row leaves; in the wider batches the others move up only later.
    decoding.retain(IntStream.range(1, rows).toArray());
    List<float[]> states = new ArrayList<>();
    int left = rows - 1;
    for (int step = 0; step < script.steps(); step++) {
      FloatPointer after = NativeTensors.unwritten((long) left * WIDTH);
      decoding.advance(random(6L + step, left * WIDTH), positions(left, step), after);
      states.add(NativeTensors.toArray(after));
      if (step == 1 && left > 1) {
        decoding.retain(new int[] {left - 1});
        left = 1;
      }
    }
    return states;
  }

  private static int[] positions(int rows, int step) {
    return IntStream.range(0, rows).map(row -> step + row).toArray();
  }

  private static FloatPointer random(long seed, int count) {
    return NativeTensors.of(ReferenceTransformer.normal(new Random(seed), count, 0, 1));
  }
}
