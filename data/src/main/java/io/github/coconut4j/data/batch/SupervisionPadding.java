package io.github.coconut4j.data.batch;

import java.util.Arrays;
import java.util.stream.Stream;

/** Pads the supervision of a batch's sequences to the shape of one array. */
public final class SupervisionPadding {

  /** Value where there is none. */
  public static final int NONE = -1;

  private static final int[] EMPTY = {};

  private SupervisionPadding() {}

  /**
   * Pads lists of tokens.
   *
   * @param values for each sequence its lists, any number of any length
   * @param sequences number of sequences in the batch; those beyond {@code values} have no lists
   * @return [sequences, most lists, longest list], both at least 1, with {@link #NONE} at the
   *     padding
   */
  public static int[][][] pad(int[][][] values, int sequences) {
    int second = Stream.of(values).mapToInt(lists -> lists.length).max().orElse(0);
    int third = Stream.of(values).flatMap(Stream::of).mapToInt(list -> list.length).max().orElse(0);
    int[][][] padded = new int[sequences][Math.max(1, second)][Math.max(1, third)];
    for (int b = 0; b < sequences; b++) {
      for (int i = 0; i < padded[b].length; i++) {
        int[] own = b < values.length && i < values[b].length ? values[b][i] : EMPTY;
        Arrays.fill(padded[b][i], NONE);
        System.arraycopy(own, 0, padded[b][i], 0, own.length);
      }
    }
    return padded;
  }
}
