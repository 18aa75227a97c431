package io.github.coconut4j.spark;

import io.github.coconut4j.tuning.SearchFile;
import io.github.coconut4j.tuning.candidate.CandidateTrainer;
import io.github.coconut4j.tuning.cli.CandidateCluster;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import lombok.RequiredArgsConstructor;
import org.apache.spark.SparkConf;

/** The Spark cluster of {@code tune --spark}. */
@RequiredArgsConstructor
final class SparkCandidateCluster implements CandidateCluster {

  private final SparkConf conf;
  private ClusterSession session;

  @Override
  public int threads() {
    return SparkSettings.taskCpus(conf);
  }

  @Override
  public CandidateTrainer open(SearchFile file, SearchDirectory directory) throws IOException {
    String store = ClusterSession.store(conf, directory.path(), false);
    session = ClusterSession.open(conf);
    return SparkCandidateTrainer.builder()
        .spark(session.getSpark())
        .store(store)
        .searched(file.getSpace().getNestedSpaces().keySet())
        .build();
  }

  @Override
  public void close() {
    if (session != null) {
      session.close();
    }
  }
}
