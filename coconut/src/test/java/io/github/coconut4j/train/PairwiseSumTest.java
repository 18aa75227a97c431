package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.backend.DeviceArrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PairwiseSumTest {

  private static final int VALUES = 1000;

  private static float[][] terms(int count) {
    Random random = new Random(7);
    float[][] terms = new float[count][VALUES];
    for (float[] term : terms) {
      for (int i = 0; i < VALUES; i++) {
        term[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8) - 4));
      }
    }
    return terms;
  }

  private static float[] sum(int group, float[][] terms) {
    PairwiseSum sum = new PairwiseSum(group, DeviceArrays.NONE);
    PairwiseSum.Totals totals =
        sum.add(
            terms.length,
            (index, adder) -> {
              adder.add(Map.of("x", Nd4j.createFromArray(terms[index])), 1);
              return new PairwiseSum.Totals(index, 1);
            });
    assertThat(totals.count()).isEqualTo(terms.length);
    assertThat(totals.loss()).isEqualTo(IntStream.range(0, terms.length).sum());
    return sum.sums().get("x").toFloatVector();
  }

  /** Parts of a group, each added by itself and then in pairs, are the group's sum. */
  @ParameterizedTest
  @CsvSource({"2, 2", "4, 2", "4, 4", "8, 2", "8, 4", "6, 2", "12, 4", "16, 8"})
  void equalPartsGiveTheSameBits(int group, int parts) {
    float[][] terms = terms(group);
    int part = group / parts;
    float[][] sums = new float[parts][];
    for (int i = 0; i < parts; i++) {
      sums[i] = sum(part, List.of(terms).subList(i * part, (i + 1) * part).toArray(float[][]::new));
    }

    assertThat(sum(parts, sums)).isEqualTo(sum(group, terms));
  }

  /** The last group of an epoch: parts that are empty change nothing. */
  @ParameterizedTest
  @CsvSource({"4, 1", "4, 2", "4, 3", "8, 5", "8, 6", "8, 7", "6, 4"})
  void aGroupCutShortIsTheSumOfItsPartsThatAreThere(int group, int present) {
    float[][] terms = terms(present);
    int half = group / 2;
    float[] left =
        sum(half, List.of(terms).subList(0, Math.min(half, present)).toArray(float[][]::new));
    float[] whole = left;
    if (present > half) {
      float[] right = sum(half, List.of(terms).subList(half, present).toArray(float[][]::new));
      whole = sum(2, new float[][] {left, right});
    }

    assertThat(sum(group, terms)).isEqualTo(whole);
  }

  /** Whatever the grouping, it is the sum: in double it agrees within float's rounding. */
  @Test
  void itIsTheSum() {
    float[][] terms = terms(13);
    float[] sum = sum(13, terms);
    for (int i = 0; i < VALUES; i++) {
      double exact = 0;
      double size = 0;
      for (float[] term : terms) {
        exact += term[i];
        size += Math.abs(term[i]);
      }
      assertThat(Math.abs(sum[i] - exact)).isLessThanOrEqualTo(4 * Math.ulp((float) size));
    }
  }

  @Test
  void negativeZeroIsKeptWhereNothingIsAdded() {
    INDArray nothing = Nd4j.zeros(3);
    nothing.assign(-0.0f);

    assertThat(Float.floatToRawIntBits(nothing.getFloat(1))).isEqualTo(1 << 31);
    INDArray sum = Nd4j.createFromArray(-0.0f, 0.0f, 1.5f).addi(nothing);
    assertThat(Float.floatToRawIntBits(sum.getFloat(0))).isEqualTo(1 << 31);
    assertThat(Float.floatToRawIntBits(sum.getFloat(1))).isZero();
  }
}
