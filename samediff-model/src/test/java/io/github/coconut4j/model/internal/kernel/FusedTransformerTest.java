package io.github.coconut4j.model.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fused loop against plain double-precision loops and central differences of them. */
class FusedTransformerTest {

  private static final int WIDTH = 12;
  private static final int POSITIONS = 80;

  /** Rows as strings: t token, l latent, y token with a label, . padding. */
  private static Named<LatentPlan> batch(String name, String... rows) {
    return Named.of(name, plan(rows));
  }

  static LatentPlan plan(String... rows) {
    int columns = rows[0].length();
    int cells = rows.length * columns;
    int[] positions = new int[cells];
    int[] attention = new int[cells];
    int[] latent = new int[cells];
    for (int cell = 0; cell < cells; cell++) {
      char kind = rows[cell / columns].charAt(cell % columns);
      attention[cell] = kind == '.' ? 0 : 1;
      latent[cell] = kind == 'l' ? 1 : 0;
      boolean follows = cell % columns > 0 && attention[cell - 1] == 1;
      positions[cell] = follows ? positions[cell - 1] + 1 : 0;
    }
    int[] beforeLabels =
        IntStream.range(1, cells)
            .filter(cell -> rows[cell / columns].charAt(cell % columns) == 'y')
            .map(cell -> cell - 1)
            .toArray();
    return LatentPlan.forCells(rows.length, columns, positions, attention, latent, beforeLabels);
  }

  static Stream<Named<LatentPlan>> batches() {
    return Stream.of(
        batch("no latents", "tttyty", "tyttty", "ttttty"),
        batch("one latent", "tttlty", "tttlyy"),
        batch("three latents", "tttllltyy", "tttllltyy", "tttllltyt"),
        batch("only the last token labelled", "ttttllltty", "ttttllltty", "ttttllltty"),
        batch("different numbers of latents", "tttlllty", "tttlttyy", "tttllyyt", "tttttyyy"),
        batch("labels left of the first latent", "ttylltyy", "tyyttyyy", "tttllttt"),
        batch("padding on both sides", "...ttllyy.", ".ttttlty..", "tttttlllyy", "..tttyyyy."),
        batch("one row of one token", "tttlltyy", "......ty"),
        batch("one row", "ttttllltyyy"),
        batch("rows without labels or latents", "tttlty", "tttttt", "tttttt", "......"),
        batch("first latent in column 1", "tllltyy", "tllltyt"),
        batch("nothing after the last latent but an end marker", "ttttllly", "ttttllty"),
        batch(
            "many columns",
            "t".repeat(37) + "lll" + "tt" + "y".repeat(35),
            ".".repeat(7) + "t".repeat(30) + "llt" + "t" + "y".repeat(30) + "......"),
        batch("many rows", Stream.generate(() -> "tttttllyyy").limit(9).toArray(String[]::new)));
  }

  @ParameterizedTest
  @MethodSource("batches")
  void hiddenStatesAgreeWithTheReference(LatentPlan plan) {
    for (int threads : new int[] {1, 2, 3}) {
      ReferenceTransformer reference =
          new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 7);
      double[] inputs = inputs(plan);
      double[][][] expected = reference.hidden(plan, inputs.clone());
      try (FusedTransformer fused = fused(reference, threads)) {
        int[] cells = plan.hiddenCells();
        FloatPointer hidden = NativeTensors.unwritten((long) cells.length * WIDTH);
        for (boolean keep : new boolean[] {true, false}) {
          fused.forward(
              plan, NativeTensors.of(inputs), NativeTensors.weights(reference), hidden, keep);
          assertHidden(expected, cells, plan.columns(), hidden);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("batches")
  void everyCellAgreesWithTheReferenceAndLatentsAreFilledIn(LatentPlan labelled) {
    LatentPlan plan = PlanVariants.everyCell(labelled);
    ReferenceTransformer reference = new ReferenceTransformer(3, WIDTH, 2, 48, 1e-5, POSITIONS, 3);
    double[] inputs = inputs(plan);
    double[] filled = inputs.clone();
    double[][][] expected = reference.hidden(plan, filled);
    try (FusedTransformer fused = fused(reference, 2)) {
      int[] cells = plan.hiddenCells();
      FloatPointer hidden = NativeTensors.unwritten((long) cells.length * WIDTH);
      FloatPointer tokens = NativeTensors.of(inputs);
      fused.forward(plan, tokens, NativeTensors.weights(reference), hidden, false);
      assertHidden(expected, cells, plan.columns(), hidden);

      FloatPointer actual = NativeTensors.unwritten(inputs.length);
      fused.inputEmbeddings(tokens, actual);
      assertClose(filled, NativeTensors.toArray(actual), 2e-5, "filled inputs");
    }
  }

  @ParameterizedTest
  @MethodSource("batches")
  void gradientsAgreeWithCentralDifferences(LatentPlan plan) {
    for (LatentPlan each : List.of(plan, PlanVariants.everyCell(plan))) {
      ReferenceTransformer reference =
          new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 11);
      double[] inputs = inputs(each);
      int[] cells = each.hiddenCells();
      double[] weights = ReferenceTransformer.normal(new Random(5), cells.length * WIDTH, 0, 1);
      for (int threads : new int[] {1, 2}) {
        compareGradients(each, reference, inputs, weights, threads);
      }
    }
  }

  @Test
  void aBatchIsNotTouchedByWhatABatchWithoutNumbersLeftBehind() {
    ReferenceTransformer reference = new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, POSITIONS, 7);
    LatentPlan longer = plan("ttttttllttttttyyyyyy");
    LatentPlan shorter = plan("tttllty");
    double[] broken = inputs(longer);
    Arrays.fill(broken, Double.NaN);
    double[] inputs = inputs(shorter);
    double[][][] expected = reference.hidden(shorter, inputs.clone());
    try (FusedTransformer fused = fused(reference, 1)) {
      TransformerParameters weights = NativeTensors.weights(reference);
      FloatPointer hidden = NativeTensors.unwritten(6L * WIDTH);
      fused.forward(longer, NativeTensors.of(broken), weights, hidden, true);
      assertThat(hidden.get(0)).isNaN();

      FloatPointer after = NativeTensors.unwritten(WIDTH);
      fused.forward(shorter, NativeTensors.of(inputs), weights, after, true);
      assertHidden(expected, shorter.hiddenCells(), shorter.columns(), after);
    }
  }

  private void compareGradients(
      LatentPlan plan,
      ReferenceTransformer reference,
      double[] inputs,
      double[] weights,
      int threads) {
    List<FloatPointer> gradients = NativeTensors.gradientTensors(reference);
    FloatPointer inputGradients = NativeTensors.unwritten(inputs.length);
    try (FusedTransformer fused = fused(reference, threads)) {
      TransformerParameters parameters = NativeTensors.weights(reference);
      FloatPointer hidden = NativeTensors.unwritten(weights.length);
      for (int repeat = 0; repeat < 2; repeat++) {
        fused.forward(plan, NativeTensors.of(inputs), parameters, hidden, true);
        fused.backward(
            NativeTensors.of(weights),
            parameters,
            inputGradients,
            NativeTensors.parameters(gradients),
            POSITIONS);
      }
    }
    Random random = new Random(1);
    List<double[]> values = NativeTensors.values(reference);
    for (int tensor = 0; tensor < values.size(); tensor++) {
      float[] actual = NativeTensors.toArray(gradients.get(tensor));
      for (int sample = 0; sample < 12; sample++) {
        int index = random.nextInt(tensor == 0 ? 12 * WIDTH : actual.length);
        double expected =
            centralDifference(plan, reference, inputs, weights, values.get(tensor), index);
        assertThat((double) actual[index])
            .as("gradient %d of tensor %d on %d threads", index, tensor, threads)
            .isCloseTo(expected, within(2e-4 * (1 + Math.abs(expected))));
      }
    }
    float[] actual = NativeTensors.toArray(inputGradients);
    for (int sample = 0; sample < 40; sample++) {
      int index = random.nextInt(actual.length);
      double expected = centralDifference(plan, reference, inputs, weights, inputs, index);
      assertThat((double) actual[index])
          .as("gradient of input %d", index)
          .isCloseTo(expected, within(2e-4 * (1 + Math.abs(expected))));
    }
  }

  private static double centralDifference(
      LatentPlan plan,
      ReferenceTransformer reference,
      double[] inputs,
      double[] weights,
      double[] tensor,
      int index) {
    double step = 1e-5;
    double value = tensor[index];
    tensor[index] = value + step;
    double above = objective(plan, reference, inputs, weights);
    tensor[index] = value - step;
    double below = objective(plan, reference, inputs, weights);
    tensor[index] = value;
    return (above - below) / (2 * step);
  }

  private static double objective(
      LatentPlan plan, ReferenceTransformer reference, double[] inputs, double[] weights) {
    double[][][] hidden = reference.hidden(plan, inputs.clone());
    int[] cells = plan.hiddenCells();
    double sum = 0;
    for (int i = 0; i < cells.length; i++) {
      double[] state = hidden[cells[i] / plan.columns()][cells[i] % plan.columns()];
      for (int j = 0; j < WIDTH; j++) {
        sum += state[j] * weights[i * WIDTH + j];
      }
    }
    return sum;
  }

  private static FusedTransformer fused(ReferenceTransformer reference, int threads) {
    return new FusedTransformer(
        reference.layers,
        reference.width,
        reference.heads,
        reference.inner,
        (float) reference.epsilon,
        Precision.FLOAT32,
        threads);
  }

  private static double[] inputs(LatentPlan plan) {
    return ReferenceTransformer.normal(new Random(2), plan.rows() * plan.columns() * WIDTH, 0, 1);
  }

  private static void assertHidden(
      double[][][] expected, int[] cells, int columns, FloatPointer actual) {
    double[] wanted =
        Arrays.stream(cells)
            .boxed()
            .flatMapToDouble(cell -> Arrays.stream(expected[cell / columns][cell % columns]))
            .toArray();
    assertClose(wanted, NativeTensors.toArray(actual), 2e-5, "hidden states");
  }

  private static void assertClose(
      double[] expected, float[] actual, double tolerance, String subject) {
    assertThat(actual).as(subject).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i])
          .as("%s, value %d", subject, i)
          .isCloseTo(expected[i], within(tolerance * (1 + Math.abs(expected[i]))));
    }
  }
}
