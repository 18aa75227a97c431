package io.github.coconut4j.train;

import io.github.coconut4j.data.batch.PrefetchedBatches;
import io.github.coconut4j.data.batch.SequenceBatcher;
import java.util.List;
import java.util.stream.Collectors;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** The training problems as batches, pass after pass. */
interface TrainingData {

  /** Batches of one pass. */
  int batchesPerPass();

  /**
   * Updates of one pass; the last may have fewer batches.
   *
   * @param batches batches of an update, at least 1
   */
  default int updatesPerPass(int batches) {
    return -Math.floorDiv(-batchesPerPass(), batches);
  }

  /**
   * The batches of one pass, the same for the same arguments; to be closed by the caller. Their
   * example metadata are the indices of their problems.
   *
   * @param pass number of the pass, from 0
   * @param stage stage of the curriculum
   * @param skipped batches at its start that are left out
   */
  PrefetchedBatches pass(int pass, int stage, int skipped);

  /** Tokens of a batch without its padding. */
  static double realTokens(MultiDataSet batch) {
    return batch.getFeatures(SequenceBatcher.ATTENTION_MASK).sumNumber().doubleValue();
  }

  /** Indices of the problems in batches, as text. */
  static String problems(List<MultiDataSet> batches) {
    return batches.stream()
        .flatMap(batch -> batch.getExampleMetaData().stream())
        .map(String::valueOf)
        .collect(Collectors.joining(", "));
  }
}
