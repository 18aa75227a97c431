package io.github.coconut4j.train;

import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** The micro-batches of an update as one batch, for listeners. */
final class JoinedBatches {

  private JoinedBatches() {}

  /**
   * All sequences, padded on the right to the longest; supervision other than labels is left out if
   * there are several batches.
   */
  static MultiDataSet join(List<MultiDataSet> batches) {
    if (batches.size() == 1) {
      return batches.get(0);
    }
    INDArray[] features = new INDArray[SequenceBatcher.LATENT_MASK + 1];
    for (int i = 0; i < features.length; i++) {
      int index = i;
      features[i] = join(batches, batch -> batch.getFeatures(index), 0);
    }
    INDArray labels =
        join(batches, batch -> batch.getLabels(SequenceBatcher.LABELS), TokenSequence.IGNORED);
    MultiDataSet joined =
        new org.nd4j.linalg.dataset.MultiDataSet(features, new INDArray[] {labels});
    List<Serializable> problems = new ArrayList<>();
    batches.forEach(batch -> problems.addAll(batch.getExampleMetaData()));
    joined.setExampleMetaData(problems);
    return joined;
  }

  private static INDArray join(
      List<MultiDataSet> batches, Function<MultiDataSet, INDArray> array, int padding) {
    List<int[]> rows = new ArrayList<>();
    for (MultiDataSet batch : batches) {
      rows.addAll(Arrays.asList(array.apply(batch).toIntMatrix()));
    }
    int length = rows.stream().mapToInt(row -> row.length).max().orElse(0);
    int[][] joined = new int[rows.size()][length];
    for (int i = 0; i < joined.length; i++) {
      Arrays.fill(joined[i], padding);
      System.arraycopy(rows.get(i), 0, joined[i], 0, rows.get(i).length);
    }
    return Nd4j.createFromArray(joined);
  }
}
