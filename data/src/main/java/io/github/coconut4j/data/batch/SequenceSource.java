package io.github.coconut4j.data.batch;

import java.util.List;

/**
 * The source of an epoch's sequences. It may build different ones in every epoch, for another stage
 * of the curriculum or with resampled names.
 */
public interface SequenceSource {

  /** The number of sequences in an epoch. */
  int size();

  /**
   * One sequence of an epoch. Equal arguments must give equal sequences, or an interrupted run
   * would continue differently: randomness may depend only on a seed, the epoch and the index.
   *
   * @param epoch counted from 0
   * @param index from 0 to {@code size() - 1}
   */
  TokenSequence get(int epoch, int index);

  /** The same sequences in every epoch. */
  static SequenceSource of(List<TokenSequence> sequences) {
    List<TokenSequence> copy = List.copyOf(sequences);
    return new SequenceSource() {
      @Override
      public int size() {
        return copy.size();
      }

      @Override
      public TokenSequence get(int epoch, int index) {
        return copy.get(index);
      }
    };
  }
}
