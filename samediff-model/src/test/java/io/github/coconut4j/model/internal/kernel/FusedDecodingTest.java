package io.github.coconut4j.model.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding with keys and values kept, against the reference that computes whole sequences. */
class FusedDecodingTest {

  private static final int WIDTH = 12;
  private static final String[] PROMPTS = {
    "..tttllt", ".ttttlt.", "...tttt.", ".ttttllt", "tttttttt"
  };

  private final ReferenceTransformer reference =
      new ReferenceTransformer(3, WIDTH, 3, 20, 1e-5, 64, 5);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void continuesEachRowAsTheReferenceDoes(int threads) {
    LatentPlan prompts = prompts();
    Random random = new Random(3);
    double[] inputs =
        ReferenceTransformer.normal(random, prompts.rows() * prompts.columns() * WIDTH, 0, 1);
    double[][] rowInputs = new double[PROMPTS.length][];
    for (int row = 0; row < rowInputs.length; row++) {
      rowInputs[row] = realInputs(prompts, inputs, row);
    }
    try (FusedDecoding decoding = new FusedDecoding(3, WIDTH, 3, 20, 1e-5f, threads)) {
      FloatPointer hidden = NativeTensors.unwritten(PROMPTS.length * (long) WIDTH);
      decoding.start(
          prompts, NativeTensors.of(inputs), NativeTensors.weights(reference), 40, hidden);
      int[] rows = {0, 1, 2, 3, 4};
      assertStates(rows, rowInputs, hidden);
      for (int step = 0; step < 36; step++) {
        if (step == 5) {
          decoding.retain(new int[] {0, 2, 3, 4});
          rows = new int[] {0, 2, 3, 4};
        } else if (step == 11) {
          decoding.retain(new int[] {1, 3});
          rows = new int[] {2, 4};
        } else if (step == 15) {
          decoding.retain(new int[] {1});
          rows = new int[] {4};
        }
        step(decoding, rows, rowInputs, random);
      }
    }
  }

  private void step(FusedDecoding decoding, int[] rows, double[][] rowInputs, Random random) {
    assertThat(decoding.rows()).isEqualTo(rows.length);
    double[] next = ReferenceTransformer.normal(random, rows.length * WIDTH, 0, 1);
    int[] positions = IntStream.of(rows).map(row -> rowInputs[row].length / WIDTH).toArray();
    for (int i = 0; i < rows.length; i++) {
      double[] longer = Arrays.copyOf(rowInputs[rows[i]], rowInputs[rows[i]].length + WIDTH);
      System.arraycopy(next, i * WIDTH, longer, longer.length - WIDTH, WIDTH);
      rowInputs[rows[i]] = longer;
    }
    FloatPointer hidden = NativeTensors.unwritten(rows.length * (long) WIDTH);
    decoding.advance(NativeTensors.of(next), positions, hidden);
    assertStates(rows, rowInputs, hidden);
  }

  @Test
  void refusesMoreTokensThanForeseen() {
    LatentPlan prompts = prompts();
    try (FusedDecoding decoding = new FusedDecoding(3, WIDTH, 3, 20, 1e-5f, 2)) {
      FloatPointer hidden = NativeTensors.unwritten(PROMPTS.length * (long) WIDTH);
      FloatPointer inputs =
          NativeTensors.of(new double[prompts.rows() * prompts.columns() * WIDTH]);
      decoding.start(prompts, inputs, NativeTensors.weights(reference), 1, hidden);
      int[] positions = new int[PROMPTS.length];
      decoding.advance(hidden, positions, hidden);

      assertThatThrownBy(() -> decoding.advance(hidden, positions, hidden))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("9 columns");
    }
  }

  @Test
  void refusesRowsThatDoNotAscend() {
    try (FusedDecoding decoding = new FusedDecoding(3, WIDTH, 3, 20, 1e-5f, 2)) {
      LatentPlan prompts = prompts();
      decoding.start(
          prompts,
          NativeTensors.of(new double[prompts.rows() * prompts.columns() * WIDTH]),
          NativeTensors.weights(reference),
          1,
          NativeTensors.unwritten(PROMPTS.length * (long) WIDTH));

      assertThatThrownBy(() -> decoding.retain(new int[] {2, 1}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ascend");
    }
  }

  /** The last state of each row, computed from that row alone without padding. */
  private void assertStates(int[] rows, double[][] rowInputs, FloatPointer hidden) {
    float[] actual = NativeTensors.toArray(hidden);
    for (int i = 0; i < rows.length; i++) {
      String prompt = PROMPTS[rows[i]].replace(".", "");
      int columns = rowInputs[rows[i]].length / WIDTH;
      LatentPlan alone = FusedTransformerTest.plan(prompt + "t".repeat(columns - prompt.length()));
      double[] expected = reference.hidden(alone, rowInputs[rows[i]].clone())[0][columns - 1];
      for (int j = 0; j < WIDTH; j++) {
        assertThat((double) actual[i * WIDTH + j])
            .as("row %d after %d tokens", rows[i], columns)
            .isCloseTo(expected[j], within(5e-5));
      }
    }
  }

  private double[] realInputs(LatentPlan plan, double[] inputs, int row) {
    int[] real =
        IntStream.range(0, plan.columns()).filter(column -> plan.isReal(row, column)).toArray();
    double[] values = new double[real.length * WIDTH];
    for (int i = 0; i < real.length; i++) {
      System.arraycopy(inputs, (row * plan.columns() + real[i]) * WIDTH, values, i * WIDTH, WIDTH);
    }
    return values;
  }

  private static LatentPlan prompts() {
    return PlanVariants.lastCells(FusedTransformerTest.plan(PROMPTS));
  }
}
