package io.github.coconut4j.analyze.thought;

import java.util.ArrayList;
import java.util.List;
import lombok.Value;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The similarity of a thought and the next one: the cosine between them, over problems. */
@Value
public class ThoughtSimilarity {

  /** Number of the earlier thought, from 1. */
  int thought;

  /** Number of problems. */
  int problems;

  /** Mean cosine, -1 to 1. */
  double mean;

  /** Standard deviation over the problems; 0 for a single one. */
  double standardDeviation;

  /** Compares each thought with the next; empty with fewer than two. */
  public static List<ThoughtSimilarity> of(ThoughtRecord record) {
    List<ThoughtSimilarity> similarities = new ArrayList<>();
    for (int thought = 0; thought + 1 < record.thoughts(); thought++) {
      SummaryStatistics cosines = cosines(record.thought(thought), record.thought(thought + 1));
      similarities.add(
          new ThoughtSimilarity(
              thought + 1,
              (int) cosines.getN(),
              cosines.getMean(),
              cosines.getStandardDeviation()));
    }
    return similarities;
  }

  private static SummaryStatistics cosines(INDArray first, INDArray second) {
    SummaryStatistics cosines = new SummaryStatistics();
    for (int problem = 0; problem < first.size(0); problem++) {
      cosines.addValue(Transforms.cosineSim(first.getRow(problem), second.getRow(problem)));
    }
    return cosines;
  }
}
