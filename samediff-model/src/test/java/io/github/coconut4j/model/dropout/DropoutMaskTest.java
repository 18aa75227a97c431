package io.github.coconut4j.model.dropout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutMaskTest {

  private static final DropoutRates RATES = new DropoutRates(0.3, 0.4, 0.5, 0.6);
  private static final Dropout DROPOUT = new Dropout(RATES, (1L << 40) | 7, 3, 2);

  private static DropoutMask mask(double rate, long seed) {
    return new Dropout(new DropoutRates(rate, 0, 0), seed, 0).mask(DropoutSite.ATTENTION, 0);
  }

  /** Ten million draws: a rate that is off by 5 standard deviations fails. */
  @ParameterizedTest
  @ValueSource(doubles = {0.02, 0.1, 0.5, 0.9})
  void dropsAtItsRateAndKeepsTheMean(double rate) {
    assertThat(mask(rate, 5).scale() * (1 - rate)).isCloseTo(1, within(1e-4));
    int rows = 4096;
    int width = 2448;
    byte[] kept = new byte[rows * width + MaskWriter.SLACK];
    MaskWriter writer = new MaskWriter();
    writer.start(mask(rate, 5), new MaskRecord(), kept);
    for (int row = 0; row < rows; row++) {
      writer.add(row * width, row % 32, row / 32 % 4, row / 128, width);
    }
    writer.finish();

    long draws = (long) rows * width;
    long dropped = 0;
    long pairs = 0;
    for (int i = 0; i < draws; i++) {
      dropped += kept[i] == 0 ? 1 : 0;
      pairs += kept[i] == 0 && kept[i + 1] == 0 ? 1 : 0;
      assertThat(kept[i] == 0 || kept[i] == 1).isTrue();
    }
    double deviation = Math.sqrt(rate * (1 - rate) / draws);
    assertThat(dropped / (double) draws).isCloseTo(rate, within(5 * deviation));
    double square = rate * rate;
    double pairDeviation = Math.sqrt(square * (1 - square) / draws);
    assertThat(pairs / (double) draws).isCloseTo(square, within(8 * pairDeviation));
  }

  /** Every random number is one decision, so the mean over all of them is exact. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-9, 0.1, 1 / 3.0, 0.9, 0.999, 0.9999, 0.99999, 0.9999999, 1 - 0x1p-53})
  void theMeanIsKeptAtEveryRate(double rate) {
    DropoutMask mask = mask(rate, 5);
    double kept = (65536 - mask.threshold()) / 65536.0;

    assertThat(kept * mask.scale()).isEqualTo(1);
    assertThat(kept).isCloseTo(1 - rate, within(0x1p-16)).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "EMBEDDING, 0",
    "ATTENTION, 1",
    "ATTENTION_OUTPUT, 2",
    "FEED_FORWARD_OUTPUT, 3",
    "ADAPTER_QUERY_KEY_VALUE, 16",
    "ADAPTER_FEED_FORWARD_DOWN, 23"
  })
  void hasTheMultipliersOfItsDefinition(DropoutSite site, int number) {
    double[] expected = new ReferenceDropout(DROPOUT).multipliers(number, 5, 4, 3, -2, 45);

    assertThat(DROPOUT.mask(site, 5).multipliers(4, 3, -2, 45)).containsExactly(expected);
  }

  @Test
  void theWriterWritesTheSameForManyRows() {
    MaskWriter writer = new MaskWriter();
    MaskRecord record = new MaskRecord();
    for (int repeat = 0; repeat < 20; repeat++) {
      DropoutMask mask = mask(0.1 + 0.04 * repeat, repeat);
      byte[] drawn = new byte[60_000];
      byte[] repeated = new byte[60_000];
      record.clear();
      writer.start(mask, record, drawn);
      double[] expected = addRows(repeat, mask, writer);
      record.rewind();
      writer.startAgain(mask, record, repeated);
      addRows(repeat, mask, writer);
      for (int i = 0; i < expected.length; i++) {
        boolean free = Double.isNaN(expected[i]);
        assertThat(free || drawn[i] * mask.scale() == expected[i]).isTrue();
        assertThat(free || repeated[i] * mask.scale() == expected[i]).isTrue();
      }
    }
  }

  /** What is expected of the target, NaN between rows. */
  private static double[] addRows(long seed, DropoutMask mask, MaskWriter writer) {
    Random random = new Random(seed);
    double[] expected = new double[60_000];
    Arrays.fill(expected, Double.NaN);
    int at = 0;
    while (at < 50_000) {
      int count = random.nextInt(500);
      int[] where = random.ints(3, 0, 1000).toArray();
      writer.add(at, where[0], where[1], where[2], count);
      double[] row = mask.multipliers(where[0], where[1], where[2], count);
      System.arraycopy(row, 0, expected, at, count);
      at += count + random.nextInt(MaskWriter.SLACK + 1);
    }
    writer.finish();
    return expected;
  }

  /** Each number that a mask depends on changes about as many decisions as chance would. */
  @Test
  void everyCounterMatters() {
    Dropout base = new Dropout(new DropoutRates(0.5, 0.5, 0.5), 1, 1, 1);
    List<double[]> rows = new ArrayList<>();
    rows.add(row(base, DropoutSite.ATTENTION, 1, 1, 1, 1));
    rows.add(row(new Dropout(base.rates(), 2, 1, 1), DropoutSite.ATTENTION, 1, 1, 1, 1));
    rows.add(row(new Dropout(base.rates(), 1L << 32, 1, 1), DropoutSite.ATTENTION, 1, 1, 1, 1));
    rows.add(row(new Dropout(base.rates(), 1, 2, 1), DropoutSite.ATTENTION, 1, 1, 1, 1));
    rows.add(row(new Dropout(base.rates(), 1, 1L << 32, 1), DropoutSite.ATTENTION, 1, 1, 1, 1));
    rows.add(row(base, DropoutSite.ATTENTION_OUTPUT, 1, 1, 1, 1));
    rows.add(row(base, DropoutSite.FEED_FORWARD_OUTPUT, 1, 1, 1, 1));
    rows.add(row(base, DropoutSite.ATTENTION, 2, 1, 1, 1));
    rows.add(row(base, DropoutSite.ATTENTION, 1, 2, 1, 1));
    rows.add(row(base, DropoutSite.ATTENTION, 1, 1, 2, 1));
    rows.add(row(base, DropoutSite.ATTENTION, 1, 1, 1, 2));
    for (int i = 0; i < rows.size(); i++) {
      for (int j = 0; j < i; j++) {
        int equal = 0;
        for (int e = 0; e < 4000; e++) {
          equal += rows.get(i)[e] == rows.get(j)[e] ? 1 : 0;
        }
        assertThat(equal).as("rows %d and %d", i, j).isBetween(1820, 2180);
      }
    }
  }

  private static double[] row(
      Dropout dropout, DropoutSite site, int layer, int sequence, int head, int step) {
    return dropout.mask(site, layer).multipliers(sequence, head, step, 4000);
  }

  @Test
  void aBatchThatFollowsHasTheMasksOfTheWholeUpdate() {
    double[] whole = row(DROPOUT, DropoutSite.EMBEDDING, 0, 9, 0, 1);

    assertThat(row(DROPOUT.after(4).after(3), DropoutSite.EMBEDDING, 0, 2, 0, 1))
        .containsExactly(whole);
  }

  @Test
  void nothingIsDroppedAtARateOfZero() {
    assertThat(new Dropout(new DropoutRates(0, 0.1, 0), 1, 1).mask(DropoutSite.ATTENTION, 0))
        .isNull();
    assertThat(DropoutRates.NONE.isNone()).isTrue();
    assertThat(RATES.isNone()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, -0.1, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesOtherRates(double rate) {
    assertThatThrownBy(() -> new DropoutRates(0, rate, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("at least 0 and below 1", "embedding", String.valueOf(rate));
  }

  @Test
  void refusesANegativeIndex() {
    assertThatThrownBy(() -> new Dropout(RATES, 1, 1, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }
}
