package io.github.coconut4j.model.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.Visit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the loop computes on every device, oneDNN's and one that plugs in, against plain
 * double-precision loops and central differences of them.
 */
@ParameterizedClass(name = "{0}, {1} threads")
@MethodSource("devices")
class DeviceLoopTest {

  private static final int WIDTH = 12;
  private static final int POSITIONS = 80;

  static Stream<Arguments> devices() {
    return Stream.of(
        Arguments.of("onednn", 1),
        Arguments.of("onednn", 2),
        Arguments.of("onednn", 3),
        Arguments.of("plain-java", 1));
  }

  @Parameter(0)
  String backend;

  @Parameter(1)
  int threads;

  private static Named<BatchLayout> batch(String name, String... rows) {
    return Named.of(name, Layouts.of(rows));
  }

  /** The visits of latents that are refined in parallel: all of them, so many times more. */
  private static Named<BatchLayout> refined(int times, String... rows) {
    BatchLayout layout = Layouts.of(rows);
    int first = rows[0].indexOf('l');
    int end = rows[0].lastIndexOf('l') + 1;
    Visit refinement = new Visit(first, end);
    Stream<Visit> visits =
        Stream.of(
                Stream.of(new Visit(0, end)),
                Stream.generate(() -> refinement).limit(times),
                Stream.of(new Visit(end, layout.steps())))
            .flatMap(each -> each);
    return Named.of(times + " refinements", layout.withVisits(visits.toList()));
  }

  static Stream<Named<BatchLayout>> batches() {
    return Stream.of(
        batch("no latents", "tttyty", "tyttty", "ttttty"),
        batch("one latent", "tttlty", "tttlyy"),
        batch("three latents", "tttllltyy", "tttllltyy", "tttllltyt"),
        batch("only the last token labelled", "ttttllltty", "ttttllltty", "ttttllltty"),
        batch("different numbers of latents", "tttlllty", "tttlttyy", "tttllyyt", "tttttyyy"),
        batch("labels left of the first latent", "ttylltyy", "tyyttyyy", "tttllttt"),
        batch("padding on both sides", "...ttllyy.", ".ttttlty..", "tttttlllyy", "..tttyyyy."),
        batch("one sequence of one token", "tttlltyy", "......ty"),
        batch("one sequence", "ttttllltyyy"),
        batch("sequences without labels or latents", "tttlty", "tttttt", "tttttt", "......"),
        batch("first latent at time step 1", "tllltyy", "tllltyt"),
        batch("nothing after the last latent but an end marker", "ttttllly", "ttttllty"),
        batch(
            "many time steps",
            "t".repeat(37) + "lll" + "tt" + "y".repeat(35),
            ".".repeat(7) + "t".repeat(30) + "llt" + "t" + "y".repeat(30) + "......"),
        batch(
            "many sequences", Stream.generate(() -> "tttttllyyy").limit(9).toArray(String[]::new)),
        refined(1, "tttlllty", ".ttlllyy", "tttllttt"),
        refined(3, "tttlllty", "..tlllyy"),
        Named.of(
            "visits that overlap in part",
            Layouts.of("ttllltyy", "ttlltyyt")
                .withVisits(List.of(new Visit(0, 4), new Visit(2, 6), new Visit(5, 8)))),
        Named.of(
            "everything twice",
            Layouts.of("ttltyy", "ttltty").withVisits(List.of(new Visit(0, 6), new Visit(0, 6)))));
  }

  static Stream<Named<BatchLayout>> batchesForDropout() {
    return Stream.of(
        batch("padding on both sides", "...ttllyy.", ".ttttlty..", "tttttlllyy", "..tttyyyy."),
        batch("many time steps", ".".repeat(7) + "t".repeat(30) + "llt" + "y".repeat(15) + "..."),
        refined(2, "tttlllty", "..tlllyy"));
  }

  private static final Dropout DROPOUT = new Dropout(new DropoutRates(0.3, 0.2, 0.4), -7, 5, 2);

  private LoopRun run(ReferenceTransformer model) {
    return new LoopRun(model, backend, threads, Precision.FLOAT32);
  }

  private static double[] inputs(BatchLayout layout) {
    return LoopRun.random(2, layout.sequences() * layout.steps() * WIDTH);
  }

  @ParameterizedTest
  @MethodSource("batches")
  void hiddenStatesAgreeWithTheReference(BatchLayout layout) {
    compareHidden(layout, new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 7));
  }

  @ParameterizedTest
  @MethodSource("batchesForDropout")
  void hiddenStatesAgreeWithTheReferenceUnderDropout(BatchLayout layout) {
    ReferenceTransformer model = new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 7);
    compareHidden(layout, model.with(DROPOUT));
  }

  private void compareHidden(BatchLayout layout, ReferenceTransformer model) {
    for (BatchLayout each : List.of(layout, Layouts.everyPosition(layout))) {
      double[] inputs = inputs(each);
      try (LoopRun run = run(model)) {
        for (boolean training : new boolean[] {true, false}) {
          assertHidden(model.hidden(each, inputs), each, run.forward(each, inputs, training));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("batches")
  void gradientsAgreeWithCentralDifferences(BatchLayout layout) {
    compareGradients(layout, new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 11));
  }

  @ParameterizedTest
  @MethodSource("batchesForDropout")
  void gradientsAgreeWithCentralDifferencesUnderDropout(BatchLayout layout) {
    ReferenceTransformer model = new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 11);
    compareGradients(layout, model.with(DROPOUT));
  }

  /** Layouts whose latents are mapped, some of them several times; the maps. */
  static Stream<Arguments> batchesWithMaps() {
    List<Named<BatchLayout>> layouts =
        List.of(
            batch("padding on both sides", "...ttllyy.", ".ttttlty..", "tttttlllyy", "..tttyyyy."),
            batch("sequences without latents", "tttlllty", "tttyttyy", "........"),
            batch("no latents", "tttyty"),
            refined(2, "tttlllty", "..tlllyy"));
    List<ThoughtMapConfig> maps =
        List.of(ThoughtMapConfig.projection(7), ThoughtMapConfig.scale(1.3));
    return layouts.stream().flatMap(layout -> maps.stream().map(map -> Arguments.of(layout, map)));
  }

  @ParameterizedTest
  @MethodSource("batchesWithMaps")
  void mappedThoughtsAgreeWithTheReference(BatchLayout layout, ThoughtMapConfig map) {
    ReferenceTransformer model = new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 11);
    compareHidden(layout, model.with(map));
    compareGradients(layout, model);
  }

  private void compareGradients(BatchLayout layout, ReferenceTransformer model) {
    for (BatchLayout each : List.of(layout, Layouts.everyPosition(layout))) {
      double[] inputs = inputs(each);
      double[] factors = LoopRun.random(5, each.queriedCount() * WIDTH);
      List<float[]> gradients = List.of();
      try (LoopRun run = run(model)) {
        for (int repeat = 0; repeat < 2; repeat++) {
          run.forward(each, inputs, true);
          gradients = run.backward(each, factors);
        }
      }
      compare(new Slopes(each, model, inputs, factors), gradients);
    }
  }

  /** Slopes of a weighted sum of hidden states. */
  private record Slopes(
      BatchLayout layout, ReferenceTransformer model, double[] inputs, double[] factors) {

    /** The slope along a direction in one tensor's values. */
    double along(double[] direction, double[] values) {
      double step = 1e-5;
      double[] original = values.clone();
      move(values, original, direction, step);
      double above = sum();
      move(values, original, direction, -step);
      double below = sum();
      move(values, original, direction, 0);
      return (above - below) / (2 * step);
    }

    private static void move(
        double[] values, double[] original, double[] direction, double distance) {
      for (int i = 0; i < values.length; i++) {
        values[i] = original[i] + distance * direction[i];
      }
    }

    private double sum() {
      double[][][] hidden = model.hidden(layout, inputs);
      double sum = 0;
      for (int i = 0; i < layout.queriedCount(); i++) {
        int position = layout.queried(i);
        double[] state = hidden[position / layout.steps()][position % layout.steps()];
        for (int j = 0; j < WIDTH; j++) {
          sum += state[j] * factors[i * WIDTH + j];
        }
      }
      return sum;
    }
  }

  /** One random direction in each tensor: all elements of its gradient have a part in the slope. */
  private static void compare(Slopes slopes, List<float[]> gradients) {
    List<double[]> values = new ArrayList<>(slopes.model().values());
    values.add(0, slopes.inputs());
    Random random = new Random(1);
    for (int tensor = 0; tensor < values.size(); tensor++) {
      double[] direction = direction(random, values.get(tensor).length);
      double expected = slopes.along(direction, values.get(tensor));
      double actual = 0;
      for (int i = 0; i < direction.length; i++) {
        actual += gradients.get(tensor)[i] * direction[i];
      }
      assertThat(actual)
          .as(tensor == 0 ? "inputs" : "tensor " + (tensor - 1))
          .isFinite()
          .isCloseTo(expected, within(5e-5 * (1 + Math.abs(expected))));
    }
  }

  /** A random vector of length 1. */
  private static double[] direction(Random random, int size) {
    double[] direction = random.doubles(size, -1, 1).toArray();
    double length = Math.sqrt(Arrays.stream(direction).map(each -> each * each).sum());
    return Arrays.stream(direction).map(each -> each / length).toArray();
  }

  static void assertHidden(double[][][] expected, BatchLayout layout, float[] actual) {
    assertThat(actual).hasSize(layout.queriedCount() * WIDTH);
    for (int i = 0; i < layout.queriedCount(); i++) {
      int position = layout.queried(i);
      double[] state = expected[position / layout.steps()][position % layout.steps()];
      for (int j = 0; j < WIDTH; j++) {
        assertThat((double) actual[i * WIDTH + j])
            .as("hidden state of position %d", position)
            .isCloseTo(state[j], within(2e-5 * (1 + Math.abs(state[j]))));
      }
    }
  }

  @Test
  void refinedAsOftenAsThereAreLatentsEqualsOneAfterAnother() {
    ReferenceTransformer model = new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 7);
    String[] rows = {"tttlllty", ".ttlllyy"};
    BatchLayout sequential = Layouts.of(rows);
    double[] inputs = inputs(sequential);
    try (LoopRun run = run(model)) {
      float[] expected = run.forward(sequential, inputs, false);
      assertClose(run.forward(refined(3, rows).getPayload(), inputs, false), expected);
      assertThat(run.forward(refined(2, rows).getPayload(), inputs, false)).isNotEqualTo(expected);
    }
  }

  private static void assertClose(float[] actual, float[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(2e-5f));
    }
  }

  @Test
  void aBatchIsNotTouchedByWhatABatchWithoutNumbersLeftBehind() {
    ReferenceTransformer model = new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 7);
    BatchLayout longer = Layouts.of("ttttttllttttttyyyyyy");
    BatchLayout shorter = Layouts.of("tttllty");
    double[] broken = inputs(longer);
    Arrays.fill(broken, Double.NaN);
    double[] inputs = inputs(shorter);
    try (LoopRun run = run(model)) {
      assertThat(run.forward(longer, broken, true)[0]).isNaN();
      assertHidden(model.hidden(shorter, inputs), shorter, run.forward(shorter, inputs, true));
    }
  }

  @Test
  void activationsAreDifferentiatedOnce() {
    ReferenceTransformer model = new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 7);
    BatchLayout layout = Layouts.of("tttllty");
    try (LoopRun run = run(model)) {
      run.step(layout);
      assertThatThrownBy(() -> run.backward(layout))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("one for each backward call");
    }
  }
}
