package io.github.coconut4j.data.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BatchSizesTest {

  private static SequenceSource sequences(int count) {
    return SequenceSource.of(
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    new TokenSequence(
                        new int[1 + i % 7], new int[1 + i % 7], new boolean[1 + i % 7]))
            .toList());
  }

  @Property(tries = 100)
  void theyAreThoseOfTheIterator(
      @ForAll @IntRange(min = 1, max = 700) int count,
      @ForAll @IntRange(min = 1, max = 9) int batchSize,
      @ForAll @IntRange(min = 1, max = 5) int group,
      @ForAll long seed,
      @ForAll @IntRange(max = 3) int epoch) {
    BucketedIterator batches =
        new BucketedIterator(sequences(count), new SequenceBatcher(0), batchSize, group, seed);
    batches.restore(epoch, 0);
    BatchSizes sizes = new BatchSizes(count, batchSize, group, seed);
    while (batches.hasNext()) {
      int batch = batches.batch();
      List<?> indices = batches.next().getExampleMetaData();
      assertThat(sizes.of(epoch, batch)).isEqualTo(indices.size());
    }
  }
}
